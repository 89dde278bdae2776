import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkPublished } from '../../attestation/verify/check-published.ts';
import { type BuiltIn, type Published, type Publisher, shipped } from '../../attestation/verify/published.ts';

/** What the last good look found, with the metadata that the next one starts from. One file per publisher, for all processes. */
export type Kept = Published & { metadata: Record<string, string> };

const texts = z.record(z.string().regex(/^[\w.%/-]{1,200}$/), z.string());
const KeptFile = z.object({
  asOf: z.iso.datetime(),
  files: texts,
  // Names of files in a folder.
  metadata: texts.refine((all) => Object.keys(all).every((name) => /^[\w.%-]+\.json$/.test(name))),
});

const fileOf = (dir: string, publisher: Publisher) => join(dir, `${publisher}.json`);

/** Undefined where nothing was kept. Throws where it cannot be used. */
export function readKept(dir: string, publisher: Publisher): Kept | undefined {
  const text = readIfThere(fileOf(dir, publisher));
  return text === undefined ? undefined : parseKept(publisher, text);
}

function parseKept(publisher: Publisher, text: string): Kept {
  const kept: Kept = { origin: 'tuf', ...KeptFile.parse(JSON.parse(text)) };
  refuseUnusable(publisher, kept, shipped()[publisher]);
  return kept;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Throws where a key of it cannot be read. That takes a while, so not where it is the same as what is `known` to be good. */
export function refuseUnusable(publisher: Publisher, found: Published, known: Published): void {
  const checked = hasSameFiles(found, known) ? { ok: true as const } : checkPublished(publisher, found);
  if (!checked.ok) throw new Error(checked.message);
}

export const hasSameFiles = (found: Published, known: Published): boolean =>
  Object.entries(known.files).every(([name, text]) => found.files[name] === text);

/** Whole or not at all, whoever else writes at the same time. */
export function writeKept(dir: string, publisher: Publisher, { asOf, files, metadata }: Kept): void {
  mkdirSync(dir, { recursive: true });
  const path = fileOf(dir, publisher);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ asOf, files, metadata }));
  renameSync(draft, path);
}

/** The newer of what came with the package and what was kept: an upgrade may bring a newer one. */
export const newer = (seed: Published, kept: Kept | undefined): Published => {
  if (!kept || kept.asOf <= seed.asOf) return seed;
  const { metadata: _, ...published } = kept;
  return published;
};

/**
 * What a process that starts now would use, for those who only show it: read at each call, checked where it changed. What
 * cannot be used counts as not there.
 */
export function createBuiltInReader(dir: string): () => BuiltIn {
  const [sigstore, github] = [createReader(dir, 'sigstore'), createReader(dir, 'github')];
  return () => ({ sigstore: sigstore(), github: github() });
}

function createReader(dir: string, publisher: Publisher): () => Published {
  const seed = shipped()[publisher];
  let latest: { text: string | undefined; published: Published } = { text: undefined, published: seed };
  return () => {
    const text = orUndefined(() => readIfThere(fileOf(dir, publisher)));
    if (text !== latest.text) {
      const kept = orUndefined(() => (text === undefined ? undefined : parseKept(publisher, text)));
      latest = { text, published: newer(seed, kept) };
    }
    return latest.published;
  };
}

const orUndefined = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};
