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
    const publicKey = readInput(io, path).toString('utf8');
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

/** A `trusted_root.json`, or a customer's own authorities as PEM. What the file has no log for, it does not ask for. */
async function readRoot(io: Io, path: string): Promise<Trust['profiles'][number]> {
  const { parseTrustedRoot } = await import('../attestation/verify/trusted-root.ts');
  const text = readInput(io, path).toString('utf8');
  const spec = text.trimStart().startsWith('-----BEGIN')
    ? { kind: 'x509', certificates: text }
    : {
        kind: 'sigstore',
        trustedRoot: text,
        require: { log: hasAny(text, 'tlogs'), certificateLog: hasAny(text, 'ctlogs') },
      };
  const root = parseTrustedRoot('trusted-root', spec);
  if (!root.ok) throw usageError(`${path}: ${root.message}`, root.remedy);
  return root.profile;
}

const hasAny = (text: string, field: string): 0 | 1 => {
  try {
    const value = (JSON.parse(text) as Record<string, unknown>)[field];
    return Array.isArray(value) && value.length === 0 ? 0 : value === undefined ? 0 : 1;
  } catch {
    return 1;
  }
};
