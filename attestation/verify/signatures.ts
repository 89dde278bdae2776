import type { SignatureVerification, Signer } from '../verdict.ts';
import { decodeBase64 } from './base64.ts';
import { verifyCertified } from './certified.ts';
import { conclude, type Held, type Judged, type SignedBy } from './conclude.ts';
import { judgeByKeys, type KeyJudgement, refuseRevoked, type SigningRules } from './dsse.ts';
import type { Envelope } from './envelope.ts';
import type { TrustedKey } from './keys.ts';
import { pae } from './pae.ts';
import type { ReceivedStatement } from './parse.ts';
import type { TrustProfile } from './profiles.ts';
import { verifyPublishedKey } from './published-keys.ts';
import type { Refusal } from './refusal.ts';
import { keyRoad } from './roads.ts';
import { matchesPipeline } from './scope.ts';
import { ofStatement, proveTime } from './sigstore.ts';
import { endedBy, passed } from './steps.ts';
import type { CertifiedSignature } from './x509/authority.ts';

/** Whose signatures count. */
export type Trust = { keys: readonly TrustedKey[]; profiles: readonly TrustProfile[] };

/**
 * Verifies the signatures of a statement with registered keys and with the certificates they bring. Each distinct key
 * counts once; what was found of each signature is told in the order of the envelope.
 */
export const verifySignatures = (
  statement: ReceivedStatement,
  trust: Trust,
  rules: SigningRules,
): SignedBy & { signatures: SignatureVerification[] } => {
  const profiles = trust.profiles.filter(
    ({ projects = [] }) => projects.length === 0 || matchesPipeline(projects, rules.project, rules.pipeline),
  );
  const judged = statement.envelope.signatures.map((signature) =>
    judgeTwice(statement, signature, { keys: trust.keys, profiles }, rules),
  );
  const held = new Map<string, Held>();
  for (const one of judged)
    if ('held' in one && !held.get(one.held.fingerprint)?.isProven) held.set(one.held.fingerprint, one.held);
  const refusals = judged.flatMap((one) => ('refusal' in one ? one.refusal : []));
  return {
    ...conclude([...held.values()], refusals, rules.threshold),
    signatures: judged.map(({ evidence }) => evidence),
  };
};

type Signature = Envelope['signatures'][number];

/** Old clients of Chainloop wrote the signature in base64 of base64; that it was read so is said. */
const judgeTwice = (statement: ReceivedStatement, signature: Signature, trust: Trust, rules: SigningRules): Judged => {
  const judged = judge(statement, signature, trust, rules);
  if ('held' in judged || statement.kind !== 'sigstore-bundle') return judged;
  const inner = decodeBase64(Buffer.from(signature.sig).toString('latin1'));
  if (!inner || inner.length === 0) return judged;
  const again = judge(statement, { ...signature, sig: inner }, trust, rules, signature.sig);
  if (!('held' in again)) return judged;
  const step = { code: 'encoding' as const, outcome: 'passed' as const, message: 'Read as base64 of base64.' };
  return {
    held: { ...again.held, isTwiceEncoded: true },
    evidence: { ...again.evidence, steps: [step, ...again.evidence.steps] },
  };
};

const judge = (
  statement: ReceivedStatement,
  signature: Signature,
  { keys, profiles }: Trust,
  rules: SigningRules,
  stampedAs?: Uint8Array,
): Judged => {
  const certified = certifiedOf(statement, signature, stampedAs);
  const byCertificate = (one: CertifiedSignature) =>
    unlessRevoked(verifyCertified(statement, one, profiles), keys, rules);
  if (statement.bundle && certified) return byCertificate(certified);
  const { payload, payloadType } = statement.envelope;
  const hint = signature.keyid ?? statement.bundle?.verificationMaterial.publicKey?.hint ?? '';
  const among = statement.envelope.signatures.length;
  const signed = pae(payloadType, payload);
  const judged = judgeByKeys({ sig: signature.sig, hint, among }, { signed, payload }, keys, rules);
  if ('key' in judged) return heldByKey(statement, judged.key, profiles, rules);
  // What a registered key signed and may not sign does not become good by a certificate.
  if (!judged.signedBy) {
    if (certified) return byCertificate(certified);
    const published = statement.bundle && verifyPublished(statement, profiles);
    if (published) return unlessRevoked(published, keys, rules);
  }
  return refusedByKeys(judged, rules);
};

/** A certificate does not bring back a key that its registration revokes. */
const unlessRevoked = (judged: Judged, keys: readonly TrustedKey[], rules: SigningRules): Judged => {
  const refusal = 'held' in judged ? refuseRevoked(judged.held, keys, rules) : undefined;
  if (!refusal) return judged;
  const { evidence } = judged;
  const step = { code: 'key-revocation' as const, outcome: 'failed' as const, message: refusal.message };
  return { refusal, evidence: { ...evidence, outcome: 'refused', steps: [...evidence.steps, step] } };
};

const heldByKey = (
  statement: ReceivedStatement,
  key: TrustedKey,
  profiles: readonly TrustProfile[],
  rules: SigningRules,
): Judged => {
  const signer = asSigner(key);
  const proven = statement.bundle && proveTime(ofStatement(statement), key.spki, profiles);
  const { logIndex, ...proof }: Partial<NonNullable<typeof proven>> = proven ?? {};
  const time = proof.time ?? { at: rules.at.toISOString(), provenBy: 'receipt' as const };
  return {
    held: {
      signer,
      fingerprint: key.fingerprint,
      isProven: true,
      ...(proof.time && { provenAt: proof.time.at }),
      ...(logIndex !== undefined && { logIndex }),
    },
    evidence: { outcome: 'verified', signer, ...proof, time, steps: passed(keyRoad(key, rules, proof.time)) },
  };
};

const refusedByKeys = ({ refusal, signedBy }: Refused, rules: SigningRules): Judged => ({
  refusal,
  evidence: {
    outcome: 'refused',
    ...(signedBy && { signer: asSigner(signedBy) }),
    steps: endedBy(refusal, keyRoad(signedBy, rules)),
  },
});
type Refused = Extract<KeyJudgement, { refusal: Refusal }>;

const asSigner = ({ name, fingerprint, algorithm }: TrustedKey): Signer => ({
  kind: 'key',
  name,
  fingerprint,
  algorithm,
});

/** Undefined where no profile publishes a key of that name: then the signature is nobody's. */
const verifyPublished = (statement: ReceivedStatement, profiles: readonly TrustProfile[]): Judged | undefined => {
  const judged = profiles
    .filter((profile) => profile.kind === 'keys')
    .flatMap((profile) => verifyPublishedKey(profile, statement) ?? []);
  return judged.find((one) => 'held' in one) ?? judged[0];
};

const certifiedOf = (
  { bundle }: ReceivedStatement,
  { sig, enclosed }: Signature,
  stampedAs: Uint8Array | undefined,
): CertifiedSignature | undefined => {
  const also = stampedAs && { stampedAs };
  if (!bundle) return enclosed && { sig, ...enclosed };
  const { certificate, x509CertificateChain, timestampVerificationData } = bundle.verificationMaterial;
  const [leaf, ...intermediates] = certificate ? [certificate] : (x509CertificateChain?.certificates ?? []);
  if (!leaf) return undefined;
  const decode = (text: string) => Buffer.from(text, 'base64');
  return {
    sig,
    certificate: decode(leaf.rawBytes),
    intermediates: intermediates.map(({ rawBytes }) => decode(rawBytes)),
    timestamps: (timestampVerificationData?.rfc3161Timestamps ?? []).map(({ signedTimestamp }) =>
      decode(signedTimestamp),
    ),
    ...also,
  };
};
