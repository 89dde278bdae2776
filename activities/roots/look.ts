import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BaseFetcher, Updater } from 'tuf-js';
import { createFetcher } from './fetcher.ts';
import type { Mirror } from './mirrors.ts';

/** Files of a mirror, and the metadata that proves them, from which the next look starts: nothing older is taken then. */
export type Found = { files: Record<string, string>; metadata: Record<string, string> };

/** Nothing new was learnt. `tuf.unreachable`: it could not be had. `tuf.refused`: what was had does not prove what it must. */
export class LookError extends Error {
  override readonly name = 'LookError';
  readonly code: 'tuf.unreachable' | 'tuf.refused';
  constructor(code: LookError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Looks at a mirror over TUF: whether the metadata is signed, no older than `metadata`, and not expired, and the files
 * are those that it names. Leaves nothing behind. Throws `LookError`.
 */
export async function look(
  mirror: Mirror,
  names: readonly string[],
  metadata: Record<string, string>,
  signal: AbortSignal,
): Promise<Found> {
  // The library works on files, without a thought of a second process: each look has its own.
  const dir = await mkdtemp(join(tmpdir(), 'waybill-tuf-')).catch((error: Error) => {
    throw new LookError('tuf.unreachable', error.message, { cause: error });
  });
  const fetcher = createFetcher(signal);
  try {
    const updater = await open(dir, mirror, metadata, fetcher);
    await updater.refresh();
    const files: Record<string, string> = {};
    for (const name of names) files[name] = await download(updater, name, join(dir, 'target'));
    return { files, metadata: await readMetadata(dir) };
  } catch (error) {
    const reason = fetcher.failure() ?? (signal.aborted ? 'it took too long' : undefined);
    if (reason !== undefined) throw new LookError('tuf.unreachable', reason, { cause: error });
    throw new LookError('tuf.refused', error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** From the metadata of the last look; where that cannot be used, from the root that came with the package. */
async function open(dir: string, mirror: Mirror, metadata: Record<string, string>, fetcher: BaseFetcher) {
  const create = async (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    const url = mirror.url.replace(/\/+$/, '');
    return new Updater({ metadataDir: dir, metadataBaseUrl: url, targetBaseUrl: `${url}/targets`, fetcher });
  };
  try {
    return await create(metadata);
  } catch {
    return create({ 'root.json': mirror.root });
  }
}

async function download(updater: Updater, name: string, path: string): Promise<string> {
  const target = await updater.getTargetInfo(name);
  if (!target) throw new Error(`expected the file ${name} among its targets, there is none`);
  return readFile(await updater.downloadTarget(target, path), 'utf8');
}

async function readMetadata(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const)),
  );
}
