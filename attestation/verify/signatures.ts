import { decodeBase64 } from './base64.ts';
import { type Certified, verifyCertified } from './certified.ts';
import { conclude, type Held, type SignedBy } from './conclude.ts';
import { judgeByKeys, type SigningRules } from './dsse.ts';
import type { Envelope } from './envelope.ts';
import type { TrustedKey } from './keys.ts';
import { pae } from './pae.ts';
import type { ReceivedStatement } from './parse.ts';
import type { TrustProfile } from './profiles.ts';
import { verifyPublishedKey } from './published-keys.ts';
import type { Refusal } from './refusal.ts';
import { matchesPipeline } from './scope.ts';
import { ofStatement, proveTime } from './sigstore.ts';
import type { CertifiedSignature } from './x509/authority.ts';

/** Whose signatures count. */
export type Trust = { keys: readonly TrustedKey[]; profiles: readonly TrustProfile[] };

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
  const among = statement.envelope.signatures.length;
  const signed = pae(payloadType, payload);
  const judged = judgeByKeys({ sig: signature.sig, hint, among }, { signed, payload }, keys, rules);
  if ('key' in judged) {
    const { name, fingerprint, algorithm, spki } = judged.key;
    const proof = statement.bundle && proveTime(ofStatement(statement), spki, profiles);
    return { signer: { kind: 'key', name, fingerprint, algorithm }, fingerprint, isProven: true, ...proof };
  }
  // What a registered key signed and may not sign does not become good by a certificate.
  if (judged.isKnown) return judged.refusal;
  if (certified) return asHeld(verifyCertified(statement, certified, profiles));
  return (statement.bundle && verifyPublished(statement, profiles)) ?? judged.refusal;
};

/** Undefined where no profile publishes a key of that name: then the signature is nobody's. */
const verifyPublished = (
  statement: ReceivedStatement,
  profiles: readonly TrustProfile[],
): Held | Refusal | undefined => {
  const judged = profiles
    .filter((profile) => profile.kind === 'keys')
    .flatMap((profile) => verifyPublishedKey(profile, statement) ?? []);
  const [first] = judged;
  return first && asHeld(judged.find(({ ok }) => ok) ?? first);
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
