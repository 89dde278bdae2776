import { createPublicKey } from 'node:crypto';
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { TransparencyLogEntry } from '@sigstore/protobuf-specs';
import { type SignedEntity, type TrustMaterial, toSignedEntity, Verifier } from '@sigstore/verify';
import type { ReceivedBundle } from './bundle.ts';
import type { Held, Judged } from './conclude.ts';
import { explain, UnexpectedIssuer, UnfitCertificate, UnreadableIdentity } from './explain.ts';
import { type Identity, readIdentity } from './identity.ts';
import { fingerprint } from './keys.ts';
import { checkLoggedSigner } from './logged-signer.ts';
import type { ReceivedStatement } from './parse.ts';
import type { SigstoreProfile, TrustProfile } from './profiles.ts';
import { type Proof, readLogEntries, readProof } from './proof.ts';
import { nameProfile, sigstoreRoad } from './roads.ts';
import { rootOf, thresholds, trustMaterial } from './sigstore-material.ts';
import { endedBy, passed, timeFirst } from './steps.ts';
import { parseCertificate } from './x509/certificate.ts';

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

/**
 * Verifies a bundle signed with a certificate against one profile. Where that fails and the bundle brings no evidence
 * of time at all, asks whether the rest holds, and says what does not.
 */
export const verifyBundle = (profile: SigstoreProfile, signed: Signed): Judged => {
  const verified = verifyWith(profile, signed);
  return 'held' in verified || hasTimeEvidence(signed) ? verified : verifyWithoutTime(profile, signed);
};

const verifyWith = (profile: SigstoreProfile, signed: Signed): Judged => {
  try {
    const certificate = readLeaf(signed);
    const { bundle, entity } = signed.read();
    const verified = new Verifier(trustMaterial(profile), thresholds(profile)).verify(entity);
    checkLoggedSigner(entity.tlogEntries, { certificate });
    const { signer, fingerprint } = identify(profile, verified);
    const { logIndex, ...proof } = readProof(bundle, rootOf(profile));
    const { at: provenAt } = proof.time;
    const road = sigstoreRoad(profile, { ...proof, certificateTimestamps: countTimestamps(entity) });
    return {
      held: { signer, fingerprint, isProven: true, provenAt, ...(logIndex !== undefined && { logIndex }) },
      evidence: { outcome: 'verified', signer, profile: nameProfile(profile), ...proof, steps: passed(road) },
    };
  } catch (error) {
    return refuseFor(profile, error, true);
  }
};

const refuseFor = (profile: SigstoreProfile, error: unknown, isTimed: boolean): Judged => {
  const refusal = explain(error);
  const steps = endedBy(refusal, timeFirst(refusal, sigstoreRoad(profile, undefined, isTimed)));
  return { refusal, evidence: { outcome: 'refused', profile: nameProfile(profile), steps } };
};

const countTimestamps = ({ key }: SignedEntity): number =>
  key.$case === 'certificate' ? (key.certificate.extSCT?.signedCertificateTimestamps.length ?? 0) : 0;

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

const readLeaf = ({ evidence }: Signed): Buffer => {
  const { certificate, x509CertificateChain } = evidence?.verificationMaterial ?? {};
  const leaf = certificate ?? x509CertificateChain?.certificates[0];
  if (!leaf) throw new Error('the bundle has no certificate');
  const { der, isCa, keyUsage, extendedKeyUsages } = parseCertificate(Buffer.from(leaf.rawBytes, 'base64'));
  // The library asks for nothing of the kind: whatever an authority issues, for servers or timestamps, would sign.
  if (isCa || keyUsage?.digitalSignature === false || !extendedKeyUsages?.oids.includes(CODE_SIGNING))
    throw new UnfitCertificate();
  return der;
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
const verifyWithoutTime = (profile: SigstoreProfile, signed: Signed): Judged => {
  try {
    const certificate = readLeaf(signed);
    const { bundle, entity } = signed.read();
    const atIssue = { ...entity, timestamps: [issueOf(entity)] };
    const { ctlogThreshold, tlogThreshold } = thresholds(profile);
    const required = { ctlogThreshold, tlogThreshold: entity.tlogEntries.length === 0 ? 0 : tlogThreshold };
    const verified = new Verifier(trustMaterial(profile), { ...required, timestampThreshold: 1 }).verify(atIssue);
    checkLoggedSigner(entity.tlogEntries, { certificate });
    const { signer, fingerprint } = identify(profile, verified);
    const logEntries = readLogEntries(bundle.verificationMaterial.tlogEntries, rootOf(profile));
    const found = { time: undefined, logEntries, certificateTimestamps: countTimestamps(entity) };
    const steps = passed(sigstoreRoad(profile, found));
    return {
      held: { signer, fingerprint, isProven: false },
      evidence: { outcome: 'time-unproven', signer, profile: nameProfile(profile), logEntries, steps },
    };
  } catch (error) {
    return refuseFor(profile, error, false);
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
): Pick<Held, 'signer' | 'fingerprint'> => {
  const { issuer, san, claims } = readWhole(identity?.oids ?? []);
  // By these prefixes the signers of other kinds of profiles are told apart.
  if (/^(x509|keys):/.test(issuer)) throw new UnexpectedIssuer(issuer, ['an OIDC issuer']);
  if (profile.issuers && !profile.issuers.includes(issuer)) throw new UnexpectedIssuer(issuer, profile.issuers);
  return {
    signer: { kind: 'certificate', profile: profile.name, issuer, san, claims },
    fingerprint: fingerprint(key),
  };
};

const readWhole = (extensions: Parameters<typeof readIdentity>[0]): Identity => {
  try {
    return readIdentity(extensions);
  } catch {
    throw new UnreadableIdentity();
  }
};

type Vouched = { profile: ReturnType<typeof nameProfile> };

/**
 * When a bundle signed with a registered key was signed, where a log or a timestamp authority of some profile proves
 * it. Nothing depends on it but the age: evidence that does not hold proves no time and changes nothing else.
 */
export const proveTime = (
  signed: Signed,
  spki: string,
  profiles: readonly TrustProfile[],
): (Proof & Vouched) | undefined => {
  const { tlogEntries = [], timestampVerificationData } = signed.evidence?.verificationMaterial ?? {};
  if (tlogEntries.length === 0 && !timestampVerificationData?.rfc3161Timestamps?.length) return undefined;
  const key = { publicKey: createPublicKey(spki), validFor: () => true };
  for (const profile of profiles) {
    try {
      if (profile.kind === 'sigstore') return { ...proveWith(profile, signed, key), profile: nameProfile(profile) };
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
): Proof => {
  const { bundle, entity } = signed.read();
  const material = { ...trustMaterial(profile), publicKey: () => key };
  new Verifier(material, { ...thresholds(profile), ctlogThreshold: 0 }).verify(entity);
  checkLoggedSigner(entity.tlogEntries, { key: key.publicKey });
  return readProof(bundle, rootOf(profile));
};

const withEnvelope = ({ bundle, envelope }: Pick<ReceivedStatement, 'bundle' | 'envelope'>): unknown => ({
  ...bundle,
  dsseEnvelope: {
    payloadType: envelope.payloadType,
    payload: Buffer.from(envelope.payload).toString('base64'),
    signatures: envelope.signatures.map(({ sig }) => ({ sig: Buffer.from(sig).toString('base64'), keyid: '' })),
  },
});
