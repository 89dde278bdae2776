import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { openSecret } from '../attestation/delivery/seal.ts';
import type { DestinationRecord, StoredSecret } from '../db/destinations.ts';
import type { OpenSecrets } from './deps.ts';
import { DeliveryError } from './integrations/define.ts';

export type SecretSources = {
  env: Readonly<Record<string, string | undefined>>;
  /** Folder that `file:` references are read from; undefined: none is. */
  secretsDir: string | undefined;
  sealingKey(id: string): Buffer | undefined;
};

/**
 * Opens a destination's secrets at the moment of use, so that a rotated one counts from the next attempt on. Only
 * `WAYBILL_SECRET_*` variables and files under the secrets folder, links resolved: an administrator cannot send the
 * process's other secrets to a webhook.
 */
export const createOpenSecrets =
  (sources: SecretSources): OpenSecrets =>
  async (destination) => {
    const opened = await Promise.all(
      Object.entries(destination.secrets).map(async ([field, secret]) => {
        const value = await openOne(sources, secret);
        if (value.ok) return [field, value.value] as const;
        throw new DeliveryError(
          'destination',
          'secret.unavailable',
          `secret ${field} of ${destination.name}: ${value.why}`,
        );
      }),
    );
    return Object.fromEntries(opened);
  };

/** For every destination with secrets in files: what changes whenever such a file does, comes or goes. Opens none. */
export async function stampsOfSecrets(
  destinations: readonly Pick<DestinationRecord, 'name' | 'secrets'>[],
  secretsDir: string | undefined,
): Promise<Map<string, string>> {
  const stamps = new Map<string, string>();
  for (const { name, secrets } of destinations) {
    const files = Object.values(secrets).flatMap((secret) =>
      'ref' in secret && secret.ref.startsWith('file:') ? secret.ref.slice('file:'.length) : [],
    );
    if (secretsDir === undefined || files.length === 0) continue;
    stamps.set(name, (await Promise.all(files.map((file) => stampOf(join(secretsDir, file))))).join(' '));
  }
  return stamps;
}

const stampOf = (file: string): Promise<string> =>
  stat(file).then(
    ({ ino, size, mtimeMs }) => `${ino}/${size}/${mtimeMs}`,
    () => 'none',
  );

type Opened = { ok: true; value: string } | { ok: false; why: string };
const missing = (why: string): Opened => ({ ok: false, why });

async function openOne(sources: SecretSources, secret: StoredSecret): Promise<Opened> {
  if ('sealed' in secret) {
    const key = sources.sealingKey(secret.keyId);
    if (!key)
      return missing(`sealed with key ${secret.keyId}, which this worker does not have; set it again or bring the key`);
    try {
      return { ok: true, value: openSecret(key, secret) };
    } catch {
      return missing('cannot be opened with its key; set it again');
    }
  }
  if (secret.ref.startsWith('env:')) {
    const name = secret.ref.slice('env:'.length);
    const value = name.startsWith('WAYBILL_SECRET_') ? sources.env[name] : undefined;
    return value
      ? { ok: true, value }
      : missing(`expected the environment variable ${name} in every worker, it is not set`);
  }
  return openFile(sources.secretsDir, secret.ref.slice('file:'.length));
}

async function openFile(dir: string | undefined, name: string): Promise<Opened> {
  if (!dir) return missing(`expected the file ${name}, but WAYBILL_SECRETS_DIR is not set`);
  try {
    const root = await realpath(dir);
    const path = await realpath(join(root, name));
    if (!path.startsWith(root + sep)) return missing(`the file ${name} leads out of WAYBILL_SECRETS_DIR`);
    const value = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    return value ? { ok: true, value } : missing(`the file ${name} is empty`);
  } catch {
    return missing(`the file ${name} under WAYBILL_SECRETS_DIR cannot be read`);
  }
}
