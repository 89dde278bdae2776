import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A secret at rest: base64 of nonce, tag and ciphertext, and the id of the key that opens it. */
export type SealedSecret = { sealed: string; keyId: string };

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals a secret with AES-256-GCM under a random nonce. The key's id is authenticated with it. `key` has 32 bytes. */
export function sealSecret(key: Uint8Array, keyId: string, plaintext: string): SealedSecret {
  assertKey(key, keyId);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData(keyId));
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return { sealed: Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64'), keyId };
}

/** Opens what `sealSecret` made. Throws when the key is another one or the bytes were changed; never says what they were. */
export function openSecret(key: Uint8Array, { sealed, keyId }: SealedSecret): string {
  assertKey(key, keyId);
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error(unopened(keyId));
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(associatedData(keyId))
    .setAuthTag(tag);
  try {
    const plaintext = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([plaintext, decipher.final()]).toString('utf8');
  } catch {
    throw new Error(unopened(keyId));
  }
}

const associatedData = (keyId: string): Buffer => Buffer.from(`waybill secret v1\n${keyId}`, 'utf8');

const unopened = (keyId: string): string =>
  `expected a secret sealed with key ${keyId}, found bytes that it does not open; give the secret again`;

function assertKey(key: Uint8Array, keyId: string): void {
  if (key.byteLength !== KEY_BYTES)
    throw new Error(`expected sealing key ${keyId} to have ${KEY_BYTES} bytes, got ${key.byteLength}`);
}
