import type { Check, Signer, StatementVerification } from '../verdict.ts';
import { decodeBase64 } from './base64.ts';
import { type Certified, verifyCertified } from './certified.ts';
import { judgeByKeys, type SigningRules } from './dsse.ts';
import type { Envelope } from './envelope.ts';
import type { TrustedKey } from './keys.ts';
import { pae } from './pae.ts';
import type { ReceivedStatement } from './parse.ts';
import type { TrustProfile } from './profiles.ts';
import type { Refusal } from './refusal.ts';
import { matchesPipeline } from './scope.ts';
import { proveTime } from './sigstore.ts';
import type { CertifiedSignature } from './x509/authority.ts';

/** Whose signatures count. */
export type Trust = { keys: readonly TrustedKey[]; profiles: readonly TrustProfile[] };

/** One signature that holds. Of a key, `isProven` is true: it counts at the time of receipt. */
type Held = Pick<StatementVerification, 'provenAt' | 'logIndex'> & {
  signer: Signer;
  fingerprint: string;
  isProven: boolean;
  isTwiceEncoded?: boolean;
};
export type SignedBy = Pick<StatementVerification, 'result' | 'signers' | 'provenAt' | 'logIndex'> & {
  checks: Omit<Check, 'subject'>[];
};

/** Verifies the signatures of a statement with registered keys and with the certificates they bring. Each distinct key counts once. */
export const verifySignatures = (statement: ReceivedStatement, trust: Trust, rules: SigningRules): SignedBy => {
  const profiles = trust.profiles.filter(
    ({ projects = [] }) => projects.length === 0 || matchesPipeline(projects, rules.project, rules.pipeline),
  );
  const held = new Map<string, Held>();
  const refusals: Refusal[] = [];
  for (const signature of statement.envelope.signatures) {
    const judged = judgeTwice(statement, signature, { keys: trust.keys, profiles }, rules);
    if ('ok' in judged) refusals.push(judged);
    else if (!held.get(judged.fingerprint)?.isProven) held.set(judged.fingerprint, judged);
  }
  return conclude([...held.values()], refusals, rules.threshold);
};

type Signature = Envelope['signatures'][number];

/** Old clients of Chainloop wrote the signature in base64 of base64; that it was read so is said. */
const judgeTwice = (
  statement: ReceivedStatement,
  signature: Signature,
  trust: Trust,
  rules: SigningRules,
): Held | Refusal => {
  const judged = judge(statement, signature, trust, rules);
  if (!('ok' in judged) || statement.kind !== 'sigstore-bundle') return judged;
  const inner = decodeBase64(Buffer.from(signature.sig).toString('latin1'));
  if (!inner || inner.length === 0) return judged;
  const again = judge(statement, { ...signature, sig: inner }, trust, rules, signature.sig);
  return 'ok' in again ? judged : { ...again, isTwiceEncoded: true };
};

const judge = (
  statement: ReceivedStatement,
  signature: Signature,
  { keys, profiles }: Trust,
  rules: SigningRules,
  stampedAs?: Uint8Array,
): Held | Refusal => {
  const certified = certifiedOf(statement, signature, stampedAs);
  if (statement.bundle && certified) return asHeld(verifyCertified(statement, certified, profiles));
  const { payload, payloadType } = statement.envelope;
  const hint = signature.keyid ?? statement.bundle?.verificationMaterial.publicKey?.hint ?? '';
  const judged = judgeByKeys({ sig: signature.sig, hint }, { signed: pae(payloadType, payload), payload }, keys, rules);
  if ('key' in judged) {
    const { name, fingerprint, algorithm, spki } = judged.key;
    const proof = statement.bundle && proveTime(statement, spki, profiles);
    return { signer: { kind: 'key', name, fingerprint, algorithm }, fingerprint, isProven: true, ...proof };
  }
  // What a registered key signed and may not sign does not become good by a certificate.
  if (judged.isKnown || !certified) return judged.refusal;
  return asHeld(verifyCertified(statement, certified, profiles));
};

const asHeld = (certified: Certified | Refusal): Held | Refusal => {
  if (!certified.ok) return certified;
  const { ok: _, ...held } = certified;
  return { ...held, isProven: held.provenAt !== undefined };
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

/** Signers whose time is not proven count only where those without that flaw are too few, and then none is better. */
const conclude = (held: readonly Held[], refusals: readonly Refusal[], threshold: number): SignedBy => {
  // Also never enough for a threshold that is no number.
  const isEnough = (some: readonly Held[]) => some.length >= Math.max(1, threshold);
  const proven = held.filter(({ isProven }) => isProven);
  const counted = isEnough(proven) ? proven : isEnough(held) ? held : [];
  if (counted.length === 0) {
    const checks = refusals.map((refusal) => asCheck(refusal, 'failed'));
    if (held.length > 0 || refusals.length === 0) checks.push(tooFewSigners(threshold, held));
    return { result: 'invalid', signers: [], checks };
  }
  const isVerified = counted === proven;
  const times = isVerified ? counted.flatMap(({ provenAt }) => provenAt ?? []).sort() : [];
  const logIndex = isVerified ? counted.find((one) => one.logIndex !== undefined)?.logIndex : undefined;
  const left = held.filter((one) => !counted.includes(one));
  return {
    result: isVerified ? 'verified' : 'time-unproven',
    signers: counted.map(({ signer }) => signer),
    // The oldest: an attestation is as old as its first signature.
    ...(times[0] !== undefined && { provenAt: times[0] }),
    ...(logIndex !== undefined && { logIndex }),
    checks: [
      ...(isVerified ? [signatureValid(counted)] : []),
      ...[...(isVerified ? [] : counted), ...left].filter(({ isProven }) => !isProven).map(timeUnproven),
      ...counted.filter(({ isTwiceEncoded }) => isTwiceEncoded).map(twiceEncoded),
      ...refusals.map((refusal) => asCheck(refusal, 'warned')),
    ],
  };
};

const asCheck = ({ ok: _, ...refusal }: Refusal, outcome: 'failed' | 'warned'): SignedBy['checks'][number] => ({
  ...refusal,
  outcome,
});

const nameOf = ({ signer, provenAt }: Held): string =>
  signer.kind === 'key'
    ? `the registered key ${signer.name} (${signer.algorithm})`
    : `${signer.san} (${signer.issuer})${provenAt ? `, proven at ${provenAt}` : ''}`;

const signatureValid = (held: readonly Held[]): SignedBy['checks'][number] => ({
  code: 'signature.valid',
  outcome: 'passed',
  message: `Signed by ${held.map(nameOf).join('; ')}.`,
});

const timeUnproven = (held: Held): SignedBy['checks'][number] => ({
  code: 'signature.time-unproven',
  outcome: 'warned',
  message: `Signed by ${nameOf(held)}, but no log and no timestamp authority proves when; the certificate may have expired before.`,
  expected: 'a proven time at which the certificate was valid',
  found: 'no proven time',
  remedy: 'Sign with a transparency log or a timestamp authority.',
});

const twiceEncoded = (): SignedBy['checks'][number] => ({
  code: 'signature.base64-twice',
  outcome: 'warned',
  message: 'The signature is encoded in base64 twice, as old clients of Chainloop do; it was read so.',
  expected: 'a signature in base64',
  found: 'base64 of base64',
  remedy: 'Update the client that made the bundle.',
});

const tooFewSigners = (threshold: number, held: readonly Held[]): SignedBy['checks'][number] => {
  const names = held.map(nameOf).join('; ');
  const message = `The statement must be signed by ${threshold} different keys; ${held.length} signed it${names ? `: ${names}` : ''}.`;
  return {
    code: 'signature.threshold',
    outcome: 'failed',
    message,
    expected: `${threshold} different keys`,
    found: `${held.length}`,
    remedy: 'Add the missing signatures to the envelope; the same key counts once.',
  };
};
