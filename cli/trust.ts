import { parse } from 'yaml';
import { z } from 'zod';
import type { TrustedKey } from '../attestation/verify/keys.ts';
import type { Trust } from '../attestation/verify/verify.ts';
import { usageError } from './exit.ts';
import { readInput } from './files.ts';
import type { Io } from './io.ts';

export type TrustOptions = {
  key?: string[];
  algorithm?: string;
  trustedRoot?: string;
};

/** Whose signatures count on this command line. Without `--trusted-root`: what is built in, unless only keys are asked for. */
export async function readTrust(io: Io, options: TrustOptions, { certificates = true } = {}): Promise<Trust> {
  const { parseTrustedKey } = await import('../attestation/verify/keys.ts');
  const keys = (options.key ?? []).map((path): TrustedKey => {
    const text = readInput(io, path).toString('utf8');
    const publicKey = readJson(text) ?? text;
    const { algorithm } = options;
    const read = parseTrustedKey(nameOf(path), { publicKey, ...(algorithm && { algorithm }) });
    if (!read.ok) throw usageError(`${path}: ${read.message}`, read.remedy);
    return read.key;
  });
  if (options.trustedRoot) return { keys, profiles: [await readRoot(io, options.trustedRoot)] };
  if (!certificates) return { keys, profiles: [] };
  const { builtInProfiles } = await import('../attestation/verify/profiles.ts');
  return { keys, profiles: builtInProfiles() };
}

/** A key's name is its file's: `skynet-release.pub.pem` is `skynet-release`. */
const nameOf = (path: string): string =>
  (path.split(/[/\\]/).at(-1) ?? '').replace(/(\.pub)?(\.pem|\.pub|\.jwk)?$/, '');

const MAX_ROOT_BYTES = 2 ** 20;

/**
 * A `trusted_root.json`, a customer's own authorities as PEM, or the resource that a server is given. What a
 * `trusted_root.json` has no log for is not asked for; the resource says by itself what it asks for. Its `projects` are left
 * out: here is no pipeline that could be one of theirs, and who names a root on the command line says that it counts.
 */
async function readRoot(io: Io, path: string): Promise<Trust['profiles'][number]> {
  const { parseTrustedRoot } = await import('../attestation/verify/trusted-root.ts');
  const bytes = readInput(io, path);
  // YAML of this length could hold the command for minutes.
  if (bytes.byteLength > MAX_ROOT_BYTES)
    throw usageError(`${path}: expected a trusted root of at most ${MAX_ROOT_BYTES} bytes, found ${bytes.byteLength}.`);
  const text = bytes.toString('utf8');
  const { name, spec } = readRootSpec(text);
  const root = parseTrustedRoot(name, spec);
  if (!root.ok) throw usageError(`${path}: ${root.message}`, root.remedy);
  const { projects: _, ...profile } = root.profile;
  return profile;
}

const Resource = z.object({
  kind: z.literal('TrustedRoot'),
  metadata: z.object({ name: z.string() }),
  spec: z.unknown(),
});

function readRootSpec(text: string): { name: string; spec: unknown } {
  const name = 'trusted-root';
  if (text.trimStart().startsWith('-----BEGIN')) return { name, spec: { kind: 'x509', certificates: text } };
  const resource = Resource.safeParse(readJson(text) ?? readYaml(text));
  if (resource.success) return { name: resource.data.metadata.name, spec: resource.data.spec };
  const { tlogs, ctlogs } = readJson(text) ?? {};
  const require = { log: isEmpty(tlogs) ? 0 : 1, certificateLog: isEmpty(ctlogs) ? 0 : 1 };
  return { name, spec: { kind: 'sigstore', trustedRoot: text, require } };
}

const isEmpty = (list: unknown): boolean => list === undefined || (Array.isArray(list) && list.length === 0);

const readJson = (text: string): Record<string, unknown> | undefined => {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

const readYaml = (text: string): unknown => {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
};
