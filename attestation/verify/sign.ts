import type { KeyObject } from 'node:crypto';
import { type SignatureAlgorithm, signBytes } from './algorithms.ts';
import { pae } from './pae.ts';

/** A DSSE envelope as JSON. */
export type EnvelopeJson = { payloadType: string; payload: string; signatures: { keyid: string; sig: string }[] };

export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Signs a payload into a DSSE envelope. `keyid` is a hint for verifiers: the key's name or fingerprint. Throws when the key does not fit. */
export const signEnvelope = (
  payloadType: string,
  payload: Uint8Array,
  key: KeyObject,
  algorithm: SignatureAlgorithm,
  keyid = '',
): EnvelopeJson => ({
  payloadType,
  payload: Buffer.from(payload).toString('base64'),
  signatures: [{ keyid, sig: signBytes(algorithm, key, pae(payloadType, payload)).toString('base64') }],
});
