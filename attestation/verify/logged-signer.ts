import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/protobuf-specs';
import { VerificationError } from '@sigstore/verify';
import { fingerprint } from './keys.ts';

/** Where an entry of each kind and version says who signed, below its `spec`. Source: the schemas of Rekor 1 and 2. */
const PLACES: Record<string, readonly string[]> = {
  'dsse 0.0.1': ['signatures', '0', 'verifier'],
  'intoto 0.0.2': ['content', 'envelope', 'signatures', '0', 'publicKey'],
  'hashedrekord 0.0.1': ['signature', 'publicKey', 'content'],
  'dsse 0.0.2': ['dsseV002', 'signatures', '0', 'verifier'],
  'hashedrekord 0.0.2': ['hashedRekordV002', 'signature', 'verifier'],
};

/**
 * Throws unless every entry names the one who signed: the very certificate (DER), or the key. The library holds
 * signature and content of an entry against the bundle, not its signer; whoever watches the log for his own name would
 * not find what was signed in it. For entries that were proven to be in a log.
 */
export const checkLoggedSigner = (
  entries: readonly TransparencyLogEntry[],
  signer: { certificate: Uint8Array } | { key: KeyObject },
): void => {
  for (const entry of entries) {
    if (isNamed(entry, signer)) continue;
    throw new VerificationError({ code: 'TLOG_BODY_ERROR', message: 'tlog entry names another signer' });
  }
};

const isNamed = (entry: TransparencyLogEntry, signer: Parameters<typeof checkLoggedSigner>[1]): boolean => {
  try {
    const named = readNamed(entry);
    if ('certificate' in signer) return named instanceof X509Certificate && named.raw.equals(signer.certificate);
    const key = named instanceof X509Certificate ? named.publicKey : named;
    return fingerprint(key) === fingerprint(signer.key);
  } catch {
    return false;
  }
};

const readNamed = ({ kindVersion, canonicalizedBody }: TransparencyLogEntry): X509Certificate | KeyObject => {
  const { spec } = JSON.parse(Buffer.from(canonicalizedBody).toString('utf8'));
  const place = PLACES[`${kindVersion?.kind} ${kindVersion?.version}`] ?? ['no place'];
  const verifier = place.reduce(step, spec);
  if (typeof verifier === 'string') return readPem(Buffer.from(verifier, 'base64').toString('latin1'));
  const certificate = step(step(verifier, 'x509Certificate'), 'rawBytes');
  if (certificate !== undefined) return new X509Certificate(Buffer.from(`${certificate}`, 'base64'));
  const key = Buffer.from(`${step(step(verifier, 'publicKey'), 'rawBytes')}`, 'base64');
  return createPublicKey({ key, format: 'der', type: 'spki' });
};

/** A certificate may have those above it behind it. */
const readPem = (pem: string): X509Certificate | KeyObject =>
  pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem) : createPublicKey(pem);

const step = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
