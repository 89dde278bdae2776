import type { SignatureAlgorithm } from '../algorithms.ts';
import { misfit, verifyBytes } from '../algorithms.ts';
import { fingerprint } from '../keys.ts';
import type { X509Profile } from '../profiles.ts';
import type { SigningTime } from '../proof.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { ANY_PURPOSE, type Certificate, parseCertificate } from './certificate.ts';
import { findPath } from './chain.ts';
import { readSubject } from './subject.ts';
import { verifyTimestamp } from './timestamp.ts';

/** A signature that brings its certificate along (DER), and perhaps what proves its time. */
export type CertifiedSignature = {
  sig: Uint8Array;
  certificate: Uint8Array;
  intermediates: readonly Uint8Array[];
  timestamps: readonly Uint8Array[];
  /** What the timestamps may be about beside `sig`. */
  stampedAs?: Uint8Array;
};
/** `fingerprint`: of the key, as registered keys have it. Without `time`, nothing proves when it was signed. */
export type SignedByCertificate = {
  ok: true;
  san: string;
  claims: Record<string, string>;
  fingerprint: string;
  time?: SigningTime;
};

/** Extended key usages by the names that profiles call them. */
const PURPOSES: Record<X509Profile['extendedKeyUsages'][number], string> = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  emailProtection: '1.3.6.1.5.5.7.3.4',
};

/**
 * Verifies a signature over `signed` with the certificate that came along, against a customer's own authority: the
 * chain, what the certificate may be used for, the signature, and every timestamp that is there. Throws on what cannot
 * be read.
 */
export const verifyWithAuthority = (
  profile: X509Profile,
  signed: Uint8Array,
  signature: CertifiedSignature,
): SignedByCertificate | Refusal => {
  const leaf = parseCertificate(signature.certificate);
  const misuse = checkUsage(leaf, profile);
  if (misuse) return misuse;
  const intermediates = signature.intermediates.map(parseCertificate);
  const { anchors, authorities } = prepare(profile);
  const purposes = purposesOf(profile);
  if (!findPath(leaf, intermediates, anchors, { purposes })) {
    return refuse('x509.chain', 'the certificate does not end in this authority.', {
      expected: 'a certificate that this authority issued, its intermediates included, for this purpose',
      found: 'no path to it',
      remedy: 'Send the intermediate certificates along, or ask an administrator to add them to the TrustedRoot.',
    });
  }
  const algorithms = profile.algorithms.filter((algorithm) => !misfit(leaf.key, algorithm));
  if (!algorithms.some((algorithm) => verifyBytes(algorithm, leaf.key, signed, signature.sig)))
    return wrongSignature(algorithms, profile);
  const identity = { ok: true as const, ...readSubject(leaf), fingerprint: fingerprint(leaf.key) };
  // Without an authority of its own, the profile can say nothing about time, good or bad.
  if (signature.timestamps.length === 0 || authorities.length === 0) return identity;
  const times: { at: Date; name: string }[] = [];
  const stamped = [signature.sig, ...(signature.stampedAs ? [signature.stampedAs] : [])];
  for (const token of signature.timestamps) {
    const timestamp = verifyTimestamp(token, stamped, authorities);
    if (!timestamp.ok) return timestamp;
    if (!findPath(leaf, intermediates, anchors, { purposes, at: timestamp.at })) return expired(leaf, timestamp.at);
    times.push(timestamp);
  }
  const { at, name } = times.reduce((first, next) => (next.at < first.at ? next : first));
  return { ...identity, time: { at: at.toISOString(), provenBy: 'timestamp-authority', name } };
};

const purposesOf = ({ extendedKeyUsages }: X509Profile): string[] => [
  ANY_PURPOSE,
  ...extendedKeyUsages.map((name) => PURPOSES[name]),
];

const checkUsage = ({ isCa, keyUsage, extendedKeyUsages }: Certificate, profile: X509Profile): Refusal | undefined => {
  const allowed = purposesOf(profile);
  const mayPurpose = !extendedKeyUsages || extendedKeyUsages.oids.some((oid) => allowed.includes(oid));
  if (!isCa && keyUsage?.digitalSignature !== false && mayPurpose) return undefined;
  return refuse('x509.usage', 'the certificate may not be used to sign statements.', {
    expected: `no authority, key usage digitalSignature, extended key usage ${profile.extendedKeyUsages.join(' or ')}`,
    found: isCa
      ? 'a certificate authority'
      : (extendedKeyUsages?.oids.join(', ') ?? 'key usage without digitalSignature'),
    remedy: 'Sign with a certificate for code signing, or let the TrustedRoot name the extended key usage.',
  });
};

const wrongSignature = (algorithms: readonly SignatureAlgorithm[], profile: X509Profile): Refusal =>
  refuse('x509.signature', "the signature is not that of the certificate's key over this statement.", {
    expected: `a signature with ${(algorithms.length > 0 ? algorithms : profile.algorithms).join(' or ')}`,
    found: algorithms.length > 0 ? 'a signature that does not verify' : 'a key of another kind',
    remedy: 'Check that the statement was not changed, and that the TrustedRoot allows the algorithm.',
  });

const expired = ({ notBefore, notAfter }: Certificate, at: Date): Refusal =>
  refuse('x509.expired', `the certificate or its authority was not valid when it was used (${at.toISOString()}).`, {
    expected: `a time from ${notBefore.toISOString()} to ${notAfter.toISOString()}`,
    found: at.toISOString(),
  });

type Prepared = { anchors: Certificate[]; authorities: Certificate[] };
const prepared = new WeakMap<X509Profile, Prepared>();

const prepare = (profile: X509Profile): Prepared => {
  const read = (list: readonly string[]) => list.map((der) => parseCertificate(Buffer.from(der, 'base64')));
  const found = prepared.get(profile) ?? {
    anchors: read(profile.certificates),
    authorities: read(profile.timestampAuthorities),
  };
  prepared.set(profile, found);
  return found;
};
