import { createPublicKey } from 'node:crypto';
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { RFC3161Timestamp } from '@sigstore/core';
import { TransparencyLogEntry, TrustedRoot } from '@sigstore/protobuf-specs';
import { type SignedEntity, type TrustMaterial, toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import type { Signer } from '../verdict.ts';
import { explain } from './explain.ts';
import { readIdentity } from './identity.ts';
import type { ReceivedStatement } from './parse.ts';
import type { TrustProfile } from './profiles.ts';
import { type Refusal, refuse } from './refusal.ts';

export type TimeProof = { provenAt: string; logIndex?: string };
/** Without `provenAt`, nothing proves when it was signed: the certificate may have expired before. */
export type VerifiedBundle = Partial<TimeProof> & { ok: true; signer: Signer };

/**
 * Verifies a bundle signed with a certificate against one profile after the other; the first that holds counts. Where
 * none does and the bundle brings no evidence of time at all, each is asked whether the rest holds.
 */
export const verifyBundle = (
  statement: ReceivedStatement,
  profiles: readonly TrustProfile[],
): VerifiedBundle | Refusal => {
  const refusals: Refusal[] = [];
  for (const profile of profiles) {
    const verified = verifyWith(profile, statement);
    if (verified.ok) return verified;
    refusals.push({ ...verified, message: `${profile.name}: ${verified.message}` });
  }
  if (!hasTimeEvidence(statement)) {
    for (const profile of profiles) {
      const verified = verifyWithoutTime(profile, statement);
      if (verified.ok) return verified;
    }
  }
  const [first] = refusals;
  if (!first) {
    return refuse('bundle.no-profile', 'No trusted root is configured that a certificate could be verified against.', {
      expected: 'at least one trust profile',
      remedy: 'Ask an administrator to register a TrustedRoot.',
    });
  }
  const alike = refusals.every((refusal) => refusal.code === first.code);
  return {
    ...first,
    code: alike ? first.code : 'bundle.untrusted',
    message: refusals.map((refusal) => refusal.message).join(' '),
  };
};

const verifyWith = (profile: TrustProfile, statement: ReceivedStatement): VerifiedBundle | Refusal => {
  try {
    const bundle = bundleFromJSON(withEnvelope(statement));
    const { identity } = new Verifier(trustMaterial(profile), thresholds(profile)).verify(toSignedEntity(bundle));
    return { ok: true, signer: signerOf(profile, identity), ...readProof(bundle) };
  } catch (error) {
    return explain(error);
  }
};

/** True when a log's promise or a timestamp is there, good or bad: what is there must hold, else the bundle is false. */
const hasTimeEvidence = ({ bundle }: ReceivedStatement): boolean => {
  const { tlogEntries = [], timestampVerificationData } = bundle?.verificationMaterial ?? {};
  return tlogEntries.some((entry) => entry.inclusionPromise) || !!timestampVerificationData?.rfc3161Timestamps?.length;
};

/**
 * Chain, certificate transparency and signature as they stood when the certificate was issued, and whatever the log
 * has to say. That moment tells which authorities to look at and leaves this function as no time of anything.
 */
const verifyWithoutTime = (profile: TrustProfile, statement: ReceivedStatement): VerifiedBundle | Refusal => {
  try {
    const entity = toSignedEntity(bundleFromJSON(withEnvelope(statement)));
    const atIssue = { ...entity, timestamps: [issueOf(entity)] };
    const { ctlogThreshold, tlogThreshold } = thresholds(profile);
    const required = { ctlogThreshold, tlogThreshold: entity.tlogEntries.length === 0 ? 0 : tlogThreshold };
    const { identity } = new Verifier(trustMaterial(profile), { ...required, timestampThreshold: 1 }).verify(atIssue);
    return { ok: true, signer: signerOf(profile, identity) };
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

const signerOf = (profile: TrustProfile, identity: ReturnType<Verifier['verify']>['identity']): Signer => {
  const { issuer, san, claims } = readIdentity(identity?.oids ?? []);
  return { kind: 'certificate', profile: profile.name, issuer, san, claims };
};

/**
 * When a bundle signed with a registered key was signed, where a log or a timestamp authority of some profile proves
 * it. Nothing depends on it but the age: evidence that does not hold proves no time and changes nothing else.
 */
export const proveTime = (
  statement: ReceivedStatement,
  spki: string,
  profiles: readonly TrustProfile[],
): TimeProof | undefined => {
  const { tlogEntries = [], timestampVerificationData } = statement.bundle?.verificationMaterial ?? {};
  if (tlogEntries.length === 0 && !timestampVerificationData?.rfc3161Timestamps?.length) return undefined;
  for (const profile of profiles) {
    try {
      const bundle = bundleFromJSON(withEnvelope(statement));
      const key = { publicKey: createPublicKey(spki), validFor: () => true };
      const material = { ...trustMaterial(profile), publicKey: () => key };
      new Verifier(material, { ...thresholds(profile), ctlogThreshold: 0 }).verify(toSignedEntity(bundle));
      return readProof(bundle);
    } catch {
      // The next profile may know the log.
    }
  }
  return undefined;
};

const thresholds = ({ tlogThreshold, ctlogThreshold, timestampThreshold }: TrustProfile) => {
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

/** The library sees the very bytes that the rest of the judgement reads, whatever alphabet they came in. */
const withEnvelope = ({ bundle, envelope }: ReceivedStatement): unknown => ({
  ...bundle,
  dsseEnvelope: {
    payloadType: envelope.payloadType,
    payload: Buffer.from(envelope.payload).toString('base64'),
    signatures: envelope.signatures.map(({ sig }) => ({ sig: Buffer.from(sig).toString('base64'), keyid: '' })),
  },
});

const prepared = new WeakMap<TrustProfile, TrustMaterial>();

const trustMaterial = (profile: TrustProfile): TrustMaterial => {
  // Through JSON: on its way to a worker thread a Buffer becomes a bare Uint8Array, which the library cannot use.
  const material =
    prepared.get(profile) ?? toTrustMaterial(TrustedRoot.fromJSON(TrustedRoot.toJSON(profile.trustedRoot)));
  prepared.set(profile, material);
  return material;
};
