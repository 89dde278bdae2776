import { createPublicKey } from 'node:crypto';
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { RFC3161Timestamp } from '@sigstore/core';
import { TransparencyLogEntry, TrustedRoot } from '@sigstore/protobuf-specs';
import { type SignedEntity, type TrustMaterial, toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import type { Signer } from '../verdict.ts';
import type { ReceivedBundle } from './bundle.ts';
import { explain, UnexpectedIssuer } from './explain.ts';
import { readIdentity } from './identity.ts';
import { fingerprint } from './keys.ts';
import type { ReceivedStatement } from './parse.ts';
import type { SigstoreProfile, TrustProfile } from './profiles.ts';
import type { Refusal } from './refusal.ts';
import { readPlain } from './x509/certificate.ts';

/** What is shown to the library, and the evidence in it as we read it. */
export type Signed = { evidence: ReceivedBundle | undefined; read(): { bundle: Bundle; entity: SignedEntity } };

/** A statement for the library: the very bytes that the rest of the judgement reads, whatever alphabet they came in. */
export const ofStatement = (statement: Pick<ReceivedStatement, 'bundle' | 'envelope'>): Signed => ({
  evidence: statement.bundle,
  read: () => {
    const bundle = bundleFromJSON(withEnvelope(statement));
    return { bundle, entity: toSignedEntity(bundle) };
  },
});

export type TimeProof = { provenAt: string; logIndex?: string };
/** Without `provenAt`, nothing proves when it was signed: the certificate may have expired before. */
export type VerifiedBundle = Partial<TimeProof> & { ok: true; signer: Signer; fingerprint: string };

/**
 * Verifies a bundle signed with a certificate against one profile. Where that fails and the bundle brings no evidence
 * of time at all, asks whether the rest holds, and says what does not.
 */
export const verifyBundle = (profile: SigstoreProfile, signed: Signed): VerifiedBundle | Refusal => {
  const verified = verifyWith(profile, signed);
  return verified.ok || hasTimeEvidence(signed) ? verified : verifyWithoutTime(profile, signed);
};

const verifyWith = (profile: SigstoreProfile, signed: Signed): VerifiedBundle | Refusal => {
  try {
    checkLeaf(signed);
    const { bundle, entity } = signed.read();
    const signer = new Verifier(trustMaterial(profile), thresholds(profile)).verify(entity);
    return { ok: true, ...identify(profile, signer), ...readProof(bundle) };
  } catch (error) {
    return explain(error);
  }
};

const checkLeaf = ({ evidence }: Signed): void => {
  const { certificate, x509CertificateChain } = evidence?.verificationMaterial ?? {};
  const leaf = certificate ?? x509CertificateChain?.certificates[0];
  if (leaf) readPlain(Buffer.from(leaf.rawBytes, 'base64'));
};

/** True when a log's promise or a timestamp is there, good or bad: what is there must hold, else the bundle is false. */
const hasTimeEvidence = ({ evidence }: Signed): boolean => {
  const { tlogEntries = [], timestampVerificationData } = evidence?.verificationMaterial ?? {};
  return tlogEntries.some((entry) => entry.inclusionPromise) || !!timestampVerificationData?.rfc3161Timestamps?.length;
};

/**
 * Chain, certificate transparency and signature as they stood when the certificate was issued, and whatever the log
 * has to say. That moment tells which authorities to look at and leaves this function as no time of anything.
 */
const verifyWithoutTime = (profile: SigstoreProfile, signed: Signed): VerifiedBundle | Refusal => {
  try {
    checkLeaf(signed);
    const { entity } = signed.read();
    const atIssue = { ...entity, timestamps: [issueOf(entity)] };
    const { ctlogThreshold, tlogThreshold } = thresholds(profile);
    const required = { ctlogThreshold, tlogThreshold: entity.tlogEntries.length === 0 ? 0 : tlogThreshold };
    const signer = new Verifier(trustMaterial(profile), { ...required, timestampThreshold: 1 }).verify(atIssue);
    return { ok: true, ...identify(profile, signer) };
  } catch (error) {
    return explain(error);
  }
};

/** The library checks a chain at times only. A time that it reads off an entry without asking the log is one. */
const issueOf = ({ key }: SignedEntity): SignedEntity['timestamps'][number] => {
  if (key.$case !== 'certificate') throw new Error('the bundle has no certificate');
  const seconds = Math.ceil(key.certificate.notBefore.getTime() / 1000);
  return {
    $case: 'transparency-log',
    tlogEntry: TransparencyLogEntry.fromJSON({
      integratedTime: `${seconds}`,
      logId: { keyId: '' },
      inclusionPromise: { signedEntryTimestamp: '' },
    }) as Extract<SignedEntity['timestamps'][number], { $case: 'transparency-log' }>['tlogEntry'],
  };
};

const identify = (
  profile: SigstoreProfile,
  { key, identity }: ReturnType<Verifier['verify']>,
): Pick<VerifiedBundle, 'signer' | 'fingerprint'> => {
  const { issuer, san, claims } = readIdentity(identity?.oids ?? []);
  // By these prefixes the signers of other kinds of profiles are told apart.
  if (/^(x509|keys):/.test(issuer)) throw new UnexpectedIssuer(issuer, ['an OIDC issuer']);
  if (profile.issuers && !profile.issuers.includes(issuer)) throw new UnexpectedIssuer(issuer, profile.issuers);
  return {
    signer: { kind: 'certificate', profile: profile.name, issuer, san, claims },
    fingerprint: fingerprint(key),
  };
};

/**
 * When a bundle signed with a registered key was signed, where a log or a timestamp authority of some profile proves
 * it. Nothing depends on it but the age: evidence that does not hold proves no time and changes nothing else.
 */
export const proveTime = (signed: Signed, spki: string, profiles: readonly TrustProfile[]): TimeProof | undefined => {
  const { tlogEntries = [], timestampVerificationData } = signed.evidence?.verificationMaterial ?? {};
  if (tlogEntries.length === 0 && !timestampVerificationData?.rfc3161Timestamps?.length) return undefined;
  const key = { publicKey: createPublicKey(spki), validFor: () => true };
  for (const profile of profiles) {
    try {
      if (profile.kind === 'sigstore') return proveWith(profile, signed, key);
    } catch {
      // The next profile may know the log.
    }
  }
  return undefined;
};

/** When a bundle was signed with this key, and that it was. Throws where the evidence of the profile does not hold. */
export const proveWith = (
  profile: SigstoreProfile,
  signed: Signed,
  key: ReturnType<TrustMaterial['publicKey']>,
): TimeProof => {
  const { bundle, entity } = signed.read();
  const material = { ...trustMaterial(profile), publicKey: () => key };
  new Verifier(material, { ...thresholds(profile), ctlogThreshold: 0 }).verify(entity);
  return readProof(bundle);
};

const thresholds = ({ tlogThreshold, ctlogThreshold, timestampThreshold }: SigstoreProfile) => {
  // A certificate that lived ten minutes says nothing without a time at which it was used.
  if (!(timestampThreshold >= 1)) throw new Error('a profile needs at least one proven time');
  return { tlogThreshold, ctlogThreshold, timestampThreshold };
};

/** Only for a bundle that verified: then all its times did, and the signature existed at the earliest of them. */
const readProof = ({ verificationMaterial }: Bundle): TimeProof => {
  const promised = verificationMaterial.tlogEntries.filter((entry) => entry.inclusionPromise);
  const times = [
    ...promised.map((entry) => Number(entry.integratedTime) * 1000).filter((time) => time !== 0),
    ...(verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []).map((timestamp) =>
      RFC3161Timestamp.parse(Buffer.from(timestamp.signedTimestamp)).signingTime.getTime(),
    ),
  ];
  // Only the log's promise covers its index.
  return {
    provenAt: new Date(Math.min(...times)).toISOString(),
    ...(promised[0] && { logIndex: promised[0].logIndex }),
  };
};

const withEnvelope = ({ bundle, envelope }: Pick<ReceivedStatement, 'bundle' | 'envelope'>): unknown => ({
  ...bundle,
  dsseEnvelope: {
    payloadType: envelope.payloadType,
    payload: Buffer.from(envelope.payload).toString('base64'),
    signatures: envelope.signatures.map(({ sig }) => ({ sig: Buffer.from(sig).toString('base64'), keyid: '' })),
  },
});

const prepared = new WeakMap<SigstoreProfile, TrustMaterial>();

const trustMaterial = (profile: SigstoreProfile): TrustMaterial => {
  // Through JSON: on its way to a worker thread a Buffer becomes a bare Uint8Array, which the library cannot use.
  const material =
    prepared.get(profile) ?? toTrustMaterial(TrustedRoot.fromJSON(TrustedRoot.toJSON(profile.trustedRoot)));
  prepared.set(profile, material);
  return material;
};
