import { decodeBase64 } from './base64.ts';
import { type Refusal, refuse } from './refusal.ts';
import { parsePem } from './x509/pem.ts';

/** The certificate that came inside a signature, what leads from it to its authority, and timestamps. DER, unverified. */
export type Enclosed = { certificate: Uint8Array; intermediates: Uint8Array[]; timestamps: Uint8Array[] };

const MAX_CERTIFICATES = 4;
const MAX_TIMESTAMPS = 4;
const MAX_CERTIFICATE_BYTES = 16_384;
const MAX_PEM_LENGTH = 4 * 24_576;
const MAX_TIMESTAMP_BYTES = 32_768;

/**
 * Reads the certificate of a signature: Witness's fields (`certificate` and `intermediates` as base64 of PEM,
 * `timestamps` of type `tsp`) or slsa-github-generator's `cert` (PEM). Undefined where there is none.
 */
export const parseEnclosed = (signature: Record<string, unknown>): Enclosed | undefined | Refusal => {
  const { certificate, intermediates, timestamps, cert } = signature;
  if (isAbsent(certificate) && isAbsent(cert)) return undefined;
  if (!isAbsent(certificate) && !isAbsent(cert)) return unreadable('certificate and cert', 'one of them');
  const isWitness = isAbsent(cert);
  const chain = isWitness ? pemOfBase64(certificate) : pemOf(cert);
  const [leaf, ...rest] = chain ?? [];
  if (!leaf) return unreadable(isWitness ? 'certificate' : 'cert', isWitness ? 'base64 of PEM' : 'PEM');
  const more = isWitness ? listOf(intermediates, MAX_CERTIFICATES, pemOfBase64) : [];
  if (!more) return unreadable('intermediates', `at most ${MAX_CERTIFICATES}, each base64 of PEM`);
  const above = [...rest, ...more.flat()];
  const isTooLarge = [leaf, ...above].some(({ length }) => length > MAX_CERTIFICATE_BYTES);
  if (above.length > MAX_CERTIFICATES || isTooLarge)
    return unreadable('intermediates', `at most ${MAX_CERTIFICATES} certificates of ${MAX_CERTIFICATE_BYTES} bytes`);
  const tokens = isWitness ? listOf(timestamps, MAX_TIMESTAMPS, tokenOf) : [];
  if (!tokens) return unreadable('timestamps', `at most ${MAX_TIMESTAMPS} with type "tsp" and data as base64`);
  return { certificate: leaf, intermediates: above, timestamps: tokens };
};

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

const pemOf = (value: unknown): Buffer[] | undefined =>
  typeof value === 'string' && value.length <= MAX_PEM_LENGTH ? parsePem(value, MAX_CERTIFICATES) : undefined;

const pemOfBase64 = (value: unknown): Buffer[] | undefined => {
  const text = typeof value === 'string' && value.length <= MAX_PEM_LENGTH * 2 ? decodeBase64(value) : undefined;
  return text && pemOf(text.toString('latin1'));
};

const tokenOf = (value: unknown): Buffer | undefined => {
  const { type, data } = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  if (type !== 'tsp' || typeof data !== 'string' || data.length > MAX_TIMESTAMP_BYTES * 2) return undefined;
  const token = decodeBase64(data);
  return token && token.length > 0 && token.length <= MAX_TIMESTAMP_BYTES ? token : undefined;
};

/** Undefined unless the list is short and every item can be read. */
const listOf = <T>(value: unknown, max: number, read: (item: unknown) => T | undefined): T[] | undefined => {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value) || value.length > max) return undefined;
  const items = value.map(read);
  return items.every((item) => item !== undefined) ? items : undefined;
};

const unreadable = (field: string, expected: string): Refusal =>
  refuse('envelope.certificate', `\`${field}\` cannot be read as a certificate that signs.`, {
    expected,
    found: field,
  });
