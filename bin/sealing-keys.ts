import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Database } from '../db/database.ts';
import { readOrMake } from './first-start.ts';

/** A key that secrets are sealed with, known by the beginning of its sha256. */
export type SealingKey = { id: string; key: Buffer };

/** What stands in the file of sealing keys now: one a line, the first one seals, all of them open. */
export type SealingKeys = { current(): SealingKey; find(id: string): Buffer | undefined };

const KEY_BYTES = 32;

/**
 * Reads the file of sealing keys, or makes it with one key at the first start (0600); several processes may start at
 * once: one wins. The file is followed: a key that is put before the others seals from then on, without a restart.
 * What cannot be read is not followed: the keys of before stay, and `warn` is told.
 */
export function openSealingKeys(file: string, warn: (why: string) => void): SealingKeys {
  let keys = parseKeys(
    readOrMake(file, () => randomBytes(KEY_BYTES).toString('base64')),
    file,
  );
  const follow = () => {
    try {
      keys = parseKeys(readFileSync(file, 'utf8'), file);
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error));
    }
    return keys;
  };
  const among = (id: string) => keys.find((key) => key.id === id)?.key;
  return {
    current: () => follow()[0],
    find(id) {
      if (among(id) === undefined) follow();
      return among(id);
    },
  };
}

function parseKeys(text: string, file: string): [SealingKey, ...SealingKey[]] {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  const [first, ...others] = lines.map((line, index) => {
    const key = Buffer.from(line, 'base64');
    if (key.length !== KEY_BYTES)
      throw new Error(
        `expected ${KEY_BYTES} bytes in base64 on each line of ${file}, found ${key.length} on line ${index + 1}`,
      );
    return { id: createHash('sha256').update(key).digest('hex').slice(0, 16), key };
  });
  if (first === undefined) throw new Error(`expected a key of ${KEY_BYTES} bytes in base64 in ${file}, found none`);
  return [first, ...others];
}

/** A start refuses when a secret was sealed with a key that is not here: its deliveries could only fail. */
export async function refuseMissingKeys(db: Database, { find }: Pick<SealingKeys, 'find'>): Promise<void> {
  for (const destination of await db.destinations.all()) {
    for (const [field, secret] of Object.entries(destination.secrets)) {
      if ('sealed' in secret && find(secret.keyId) === undefined) {
        throw new Error(
          `secret ${field} of destination ${destination.name} is sealed with key ${secret.keyId}, which is not here. ` +
            'Bring that key back as a line of WAYBILL_SEALING_KEY_FILE, or restore the data folder as a whole.',
        );
      }
    }
  }
}
