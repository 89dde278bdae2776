import type { Check, SignatureVerification, Signer, StatementVerification } from '../verdict.ts';
import type { Refusal } from './refusal.ts';

/** One signature that holds. Of a key, `isProven` is true: it counts at the time of receipt. */
export type Held = Pick<StatementVerification, 'provenAt' | 'logIndex'> & {
  signer: Signer;
  fingerprint: string;
  isProven: boolean;
  isTwiceEncoded?: boolean;
};
/** One signature as it was judged: it holds or is refused, and what was looked at. */
export type Judged = { evidence: SignatureVerification } & ({ held: Held } | { refusal: Refusal });
export type SignedBy = Pick<StatementVerification, 'result' | 'signers' | 'provenAt' | 'logIndex'> & {
  checks: Omit<Check, 'subject'>[];
};

/** Signers whose time is not proven count only where those without that flaw are too few, and then none is better. */
export const conclude = (held: readonly Held[], refusals: readonly Refusal[], threshold: number): SignedBy => {
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
