import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SignVerdict } from '../activities/deps.ts';
import { randomId, sha256Hex } from '../attestation/ids.ts';
import { fingerprint } from '../attestation/verify/keys.ts';
import { IN_TOTO_PAYLOAD_TYPE, signEnvelope } from '../attestation/verify/sign.ts';
import type { Database } from '../db/database.ts';
import { SYSTEM } from '../db/verbs.ts';

/**
 * Makes the administrator's token at the first start and leaves it in a file (0600). A token in the file that the
 * database does not know, as after the database was moved away, is registered anew.
 */
export async function ensureAdminToken(db: Database, file: string, at: string): Promise<void> {
  const token = readOrMake(
    file,
    () => `wbt_${randomBytes(8).toString('hex')}_${randomBytes(32).toString('base64url')}`,
  );
  const hash = sha256Hex(token);
  if (await db.tokens.findByHash(hash)) return;
  const input = {
    id: randomId('tok'),
    hash,
    name: 'admin',
    role: 'admin' as const,
    scope: [],
    expiresAt: null,
    by: SYSTEM,
    at,
  };
  await db.tokens.create(input).catch(async (error: unknown) => {
    if (!(await db.tokens.findByHash(hash))) throw error;
  });
}

const VERDICT_ALGORITHM = 'ecdsa-p256-sha256';

/**
 * Reads the key that verdicts are signed with (PEM, EC P-256), or makes one at the first start (0600), and notes its
 * public half: where the file holds another key than before, that one signs from now on, and the old one stays on record.
 */
export async function useVerdictKey(db: Database, file: string, at: string): Promise<SignVerdict> {
  const text = readOrMake(file, () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  const key = readPrivateKey(text);
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error(`expected a private key (PEM, EC P-256) in ${file}; move the file away and a new key is made`);
  const publicKey = createPublicKey(key);
  const id = fingerprint(publicKey);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  await db.verdictKeys.use({ id, publicKey: pem, algorithm: VERDICT_ALGORITHM, by: SYSTEM, at });
  return (statement) => {
    const payload = Buffer.from(JSON.stringify(statement));
    return JSON.stringify(signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, key, VERDICT_ALGORITHM, id));
  };
}

function readPrivateKey(text: string) {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

/**
 * The trimmed text of a file that is made at the first start (0600). A hard link appears whole or not at all, and never
 * over another's file.
 */
export function readOrMake(file: string, make: () => string): string {
  const read = () => readFileSync(file, 'utf8').trim();
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, `${make()}\n`, { mode: 0o600, flush: true });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read();
}
