import { type ASN1Obj, RFC3161Timestamp } from '@sigstore/core';
import { type Refusal, refuse } from '../refusal.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { countTries, findPath } from './chain.ts';
import { nameOf } from './subject.ts';

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const MAX_EMBEDDED = 8;

/**
 * The time that a timestamp authority gave to one of these bytes: RFC 3161, as a response or as the bare token, signed
 * by an authority that is trusted or that was certified by one, embedded certificates included. `name`: its subject.
 */
export const verifyTimestamp = (
  token: Uint8Array,
  stamped: readonly Uint8Array[],
  authorities: readonly Certificate[],
): { ok: true; at: Date; name: string } | Refusal => {
  const timestamp = Timestamp.parse(toResponse(token));
  if (timestamp.status !== 0n && timestamp.status !== 1n)
    return wrong('the authority did not grant it', `status ${timestamp.status}`);
  const embedded = timestamp.certificates().flatMap(parseUsable);
  const signers = [...authorities, ...embedded].filter(
    ({ issuer, serialNumber }) =>
      issuer.equals(timestamp.signerIssuer) && serialNumber.equals(timestamp.signerSerialNumber),
  );
  const at = timestamp.signingTime;
  // Several authorities may have one name and number; whoever made the signature is among them, or nobody is.
  const stamping = signers.filter(isForTimestamps);
  if (signers.length > 0 && stamping.length === 0)
    return wrong('its certificate is not one for timestamps alone', 'another purpose');
  const use = { at, purposes: [TIME_STAMPING], tries: countTries() };
  const trusted = stamping.filter((signer) => findPath(signer, embedded, authorities, use));
  if (trusted.length === 0) return wrong('its authority is not trusted, or was not valid then', 'an unknown authority');
  const signer = trusted.find((one) => stamped.some((bytes) => timestamp.isOver(Buffer.from(bytes), one)));
  return signer
    ? { ok: true, at, name: nameOf(signer) }
    : wrong('it is about another signature, or was changed', 'a signature that fails');
};

/** Source: RFC 3161 §2.3. */
const isForTimestamps = ({ isCa, extendedKeyUsages }: Certificate): boolean =>
  !isCa && extendedKeyUsages?.isCritical === true && extendedKeyUsages.oids.join() === TIME_STAMPING;

/** What comes along may be of any kind; only what can be used is looked at. */
const parseUsable = (der: Buffer): Certificate[] => {
  try {
    return [parseCertificate(der)];
  } catch {
    return [];
  }
};

const wrong = (why: string, found: string): Refusal =>
  refuse('x509.timestamp', `a timestamp does not hold: ${why}.`, {
    expected: 'a timestamp over this signature by an authority of the profile',
    found,
    remedy: 'Leave the timestamp out, or ask an administrator to add its authority to the TrustedRoot.',
  });

/** A bare token (Witness) as the response that it came in: granted. */
export const toResponse = (token: Uint8Array): Buffer<ArrayBuffer> => {
  const bytes = Buffer.from(token);
  // The content of a token begins with an object identifier, that of a response with a sequence.
  const isBare = bytes[headerLength(bytes)] === 0x06;
  return isBare ? sequence(Buffer.concat([GRANTED, bytes])) : bytes;
};

const GRANTED = Buffer.from('3003020100', 'hex');

const headerLength = (der: Buffer): number => {
  const length = der[1] ?? 0;
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
};

const sequence = (content: Buffer): Buffer<ArrayBuffer> => {
  const { length } = content;
  const long = [length >> 16, (length >> 8) & 0xff, length & 0xff].slice(length < 0x100 ? 2 : length < 0x10000 ? 1 : 0);
  return Buffer.concat([Buffer.from(length < 0x80 ? [0x30, length] : [0x30, 0x80 | long.length, ...long]), content]);
};

/** The library's timestamp, which knows no RSA authorities and hands out no embedded certificates. */
class Timestamp extends RFC3161Timestamp {
  static override parse(der: Buffer<ArrayBuffer>): Timestamp {
    return new Timestamp(RFC3161Timestamp.parse(der).root);
  }

  certificates(): Buffer[] {
    const certificates = contextual(this.signedData(), 0)?.subs ?? [];
    if (certificates.length > MAX_EMBEDDED) throw new Error('the timestamp has too many certificates');
    return certificates.map((certificate) => certificate.toDER());
  }

  isOver(bytes: Buffer, { key }: Certificate): boolean {
    try {
      this.verify(bytes, key);
      return true;
    } catch {
      return false;
    }
  }

  override get signatureAlgorithm(): string {
    const oid = this.signedData()?.subs.at(-1)?.subs[0]?.subs[4]?.subs[0]?.toOID() ?? '';
    const algorithm = oid === RSA_ENCRYPTION ? this.signerDigestAlgorithm : (RSA[oid] ?? super.signatureAlgorithm);
    if (!algorithm) throw new Error('the timestamp is signed with an unknown algorithm');
    return algorithm;
  }

  private signedData(): ASN1Obj | undefined {
    return contextual(this.root.subs[1], 0)?.subs[0];
  }
}

const contextual = (object: ASN1Obj | undefined, number: number): ASN1Obj | undefined =>
  object?.subs.find(({ tag }) => tag.isContextSpecific(number));

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const RSA: Record<string, string> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};
