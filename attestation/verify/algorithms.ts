import { constants, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';

/** How a key signs. Pinned on the key, never read from what was signed. */
export const SignatureAlgorithm = z
  .enum([
    'ed25519',
    'ecdsa-p256-sha256',
    'ecdsa-p384-sha384',
    'rsa-pss-sha256',
    'rsa-pss-sha384',
    'rsa-pss-sha512',
    'rsa-pkcs1v15-sha256',
    'rsa-pkcs1v15-sha384',
    'rsa-pkcs1v15-sha512',
  ])
  .meta({ id: 'SignatureAlgorithm' });
export type SignatureAlgorithm = z.infer<typeof SignatureAlgorithm>;

type Scheme =
  | { type: 'ed25519' }
  | { type: 'ec'; curve: string; hash: string; rawLength: number }
  | { type: 'rsa'; padding: 'pss' | 'pkcs1v15'; hash: string };

const SCHEMES: Record<SignatureAlgorithm, Scheme> = {
  ed25519: { type: 'ed25519' },
  'ecdsa-p256-sha256': { type: 'ec', curve: 'prime256v1', hash: 'sha256', rawLength: 64 },
  'ecdsa-p384-sha384': { type: 'ec', curve: 'secp384r1', hash: 'sha384', rawLength: 96 },
  'rsa-pss-sha256': { type: 'rsa', padding: 'pss', hash: 'sha256' },
  'rsa-pss-sha384': { type: 'rsa', padding: 'pss', hash: 'sha384' },
  'rsa-pss-sha512': { type: 'rsa', padding: 'pss', hash: 'sha512' },
  'rsa-pkcs1v15-sha256': { type: 'rsa', padding: 'pkcs1v15', hash: 'sha256' },
  'rsa-pkcs1v15-sha384': { type: 'rsa', padding: 'pkcs1v15', hash: 'sha384' },
  'rsa-pkcs1v15-sha512': { type: 'rsa', padding: 'pkcs1v15', hash: 'sha512' },
};

const RSA_MIN_BITS = 2048;
const RSA_MAX_BITS = 8192;

/** The one algorithm a key of this kind can have; undefined where it must be said (RSA) or none is supported. */
export const inferAlgorithm = (key: KeyObject): SignatureAlgorithm | undefined =>
  SignatureAlgorithm.options.find(
    (algorithm) => SCHEMES[algorithm].type !== 'rsa' && misfit(key, algorithm) === undefined,
  );

/** Why a key cannot be used with an algorithm, as expected and found; undefined when it can. */
export const misfit = (
  key: KeyObject,
  algorithm: SignatureAlgorithm,
): { expected: string; found: string } | undefined => {
  const scheme = SCHEMES[algorithm];
  const found = describeKey(key);
  if (key.asymmetricKeyType !== scheme.type) return { expected: `a key for ${algorithm}`, found };
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (scheme.type === 'ec' && namedCurve !== scheme.curve) return { expected: `curve ${scheme.curve}`, found };
  if (scheme.type !== 'rsa') return undefined;
  if (modulusLength < RSA_MIN_BITS || modulusLength > RSA_MAX_BITS) {
    return { expected: `RSA of ${RSA_MIN_BITS} to ${RSA_MAX_BITS} bits`, found };
  }
  return publicExponent < 65537n
    ? { expected: 'RSA exponent of at least 65537', found: `exponent ${publicExponent}` }
    : undefined;
};

/** "ec on secp256k1", "rsa of 1024 bits": what kind of key it is, never the key itself. */
export const describeKey = (key: KeyObject): string => {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  const detail = namedCurve ? ` on ${namedCurve}` : modulusLength ? ` of ${modulusLength} bits` : '';
  return `${key.asymmetricKeyType ?? key.type}${detail}`;
};

const fits = new WeakMap<KeyObject, SignatureAlgorithm>();

/** Remembers what fits: asking a key for its details takes a good part of an RSA verification. */
const isFit = (key: KeyObject, algorithm: SignatureAlgorithm): boolean => {
  if (fits.get(key) === algorithm) return true;
  if (misfit(key, algorithm)) return false;
  fits.set(key, algorithm);
  return true;
};

/** True when the signature over these bytes is the key's. ECDSA may be DER or r‖s; RSA-PSS may have any salt length. */
export const verifyBytes = (
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean => {
  if (!isFit(key, algorithm)) return false;
  const scheme = SCHEMES[algorithm];
  if (scheme.type === 'ed25519') return verify(null, data, key, signature);
  if (scheme.type === 'rsa') return verify(scheme.hash, data, { key, ...rsaPadding(scheme.padding) }, signature);
  const as = (dsaEncoding: 'der' | 'ieee-p1363') => verify(scheme.hash, data, { key, dsaEncoding }, signature);
  return (signature[0] === 0x30 && as('der')) || (signature.byteLength === scheme.rawLength && as('ieee-p1363'));
};

/** Signs as `verifyBytes` verifies; ECDSA comes out as DER. Throws when the key does not fit the algorithm. */
export const signBytes = (algorithm: SignatureAlgorithm, key: KeyObject, data: Uint8Array): Buffer => {
  const wrong = misfit(key, algorithm);
  if (wrong) throw new Error(`Cannot sign with ${algorithm}: expected ${wrong.expected}, found ${wrong.found}.`);
  const scheme = SCHEMES[algorithm];
  if (scheme.type === 'ed25519') return sign(null, data, key);
  if (scheme.type === 'ec') return sign(scheme.hash, data, { key, dsaEncoding: 'der' });
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return sign(scheme.hash, data, {
    key,
    ...rsaPadding(scheme.padding),
    ...(scheme.padding === 'pss' && { saltLength }),
  });
};

const rsaPadding = (padding: 'pss' | 'pkcs1v15') =>
  padding === 'pss'
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : { padding: constants.RSA_PKCS1_PADDING };
