import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignatureAlgorithm } from '../../attestation/verify/algorithms.ts';
import { parseTrustedKey, type TrustedKey, type TrustedKeySpec } from '../../attestation/verify/keys.ts';

/** A real key made for a test: what signs, and what is registered. */
export type TestKey = {
  name: string;
  algorithm: SignatureAlgorithm;
  privateKey: KeyObject;
  publicKey: KeyObject;
  publicPem: string;
  trusted: TrustedKey;
};

export const ALGORITHMS = SignatureAlgorithm.options;

/** Makes a new key pair and its registration; `spec` overrides what is registered (projects, validity, revocation). */
export const makeKey = (
  algorithm: SignatureAlgorithm = 'ed25519',
  { name = `test-${algorithm}`, ...spec }: Partial<TrustedKeySpec> & { name?: string } = {},
): TestKey => {
  const { privateKey, publicKey } = generate(algorithm);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const parsed = parseTrustedKey(name, { publicKey: publicPem, algorithm, ...spec });
  if (!parsed.ok) throw new Error(parsed.message);
  return { name, algorithm, privateKey, publicKey, publicPem, trusted: parsed.key };
};

const generate = (algorithm: SignatureAlgorithm) => {
  if (algorithm === 'ed25519') return generateKeyPairSync('ed25519');
  if (algorithm === 'ecdsa-p256-sha256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'ecdsa-p384-sha384') return generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
};
