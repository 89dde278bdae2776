import { createPublicKey } from 'node:crypto';
import type { Check, Signer } from '../verdict.ts';
import { verifyBytes } from './algorithms.ts';
import type { TrustedKey } from './keys.ts';
import { pae } from './pae.ts';
import type { ReceivedStatement } from './parse.ts';
import { quote, type Refusal, refuse } from './refusal.ts';
import { matchesPipeline } from './scope.ts';

/** When, for whom, and with how many distinct keys a statement must be signed. `at` is the time of receipt. */
export type SigningRules = { at: Date; project: string; pipeline: string; threshold: number };
export type VerifiedSignatures = { ok: boolean; signers: Signer[]; checks: Omit<Check, 'subject'>[] };

/** Verifies an envelope's signatures with registered keys: each distinct key counts once, and only where and while it may sign. */
export const verifySignatures = (
  { envelope, bundle }: ReceivedStatement,
  keys: readonly TrustedKey[],
  rules: SigningRules,
): VerifiedSignatures => {
  const signed = pae(envelope.payloadType, envelope.payload);
  const signers = new Map<string, Signer>();
  const refusals: Refusal[] = [];
  for (const { sig, keyid } of envelope.signatures) {
    const hint = keyid ?? bundle?.verificationMaterial.publicKey?.hint ?? '';
    const candidates = order(keys, hint, rules);
    const match = candidates.find((key) => isSignedBy(key, signed, sig));
    const judged = match
      ? judgeKey(match, keys, rules)
      : explainMismatch(candidates, hint, rules, (key) => mistookPayload(key, envelope.payload, sig));
    if ('ok' in judged) refusals.push(judged);
    else
      signers.set(judged.fingerprint, {
        kind: 'key',
        name: judged.name,
        fingerprint: judged.fingerprint,
        algorithm: judged.algorithm,
      });
  }
  return conclude([...signers.values()], refusals, rules.threshold);
};

const isSignedBy = (key: TrustedKey, data: Uint8Array, signature: Uint8Array): boolean =>
  verifyBytes(key.algorithm, createPublicKey(key.spki), data, signature);

/** Only to explain a failure, so not worth hashing a large payload once more per key. */
const mistookPayload = (key: TrustedKey, payload: Uint8Array, signature: Uint8Array): boolean =>
  payload.byteLength <= 1024 * 1024 && isSignedBy(key, payload, signature);

const mayEverSign = (key: TrustedKey, { project, pipeline }: SigningRules): boolean =>
  key.projects.length === 0 || matchesPipeline(key.projects, project, pipeline);

/**
 * This pipeline's keys, the one that the hint names first. Other projects' keys are tried only when named, to say why
 * they do not count: a stranger's signature must not cost one verification per key there is.
 */
const order = (keys: readonly TrustedKey[], hint: string, rules: SigningRules): TrustedKey[] => {
  const rank = (key: TrustedKey) => (mayEverSign(key, rules) ? 0 : 2) + (isNamed(key, hint) ? 0 : 1);
  return keys.filter((key) => rank(key) < 3).sort((a, b) => rank(a) - rank(b));
};

/** The hint as we, in-toto's tools (hex) and cosign (base64) write it. */
const isNamed = ({ name, fingerprint }: TrustedKey, hint: string): boolean =>
  hint !== '' &&
  [name, fingerprint, `sha256:${fingerprint}`, Buffer.from(fingerprint, 'hex').toString('base64')].includes(hint);

/** A key that signed counts, if one registration of it allows this pipeline and this moment and none revokes it. */
const judgeKey = (match: TrustedKey, keys: readonly TrustedKey[], rules: SigningRules): TrustedKey | Refusal => {
  const { at, project, pipeline } = rules;
  const same = keys.filter((key) => key.fingerprint === match.fingerprint);
  const revoked = same.find((key) => key.revokedSince !== undefined && !(at < new Date(key.revokedSince)));
  const name = quote(match.name);
  if (revoked) {
    return refuse('key.revoked', `The key ${name} signed this, but it is revoked since ${revoked.revokedSince}.`, {
      expected: 'a key that is not revoked',
      found: `revoked since ${revoked.revokedSince}, received ${at.toISOString()}`,
      remedy: 'Sign again with the key that replaced it.',
    });
  }
  const allowed = same.filter((key) => key.algorithm === match.algorithm && mayEverSign(key, rules));
  if (allowed.length === 0) {
    return refuse(
      'key.out-of-scope',
      `The key ${name} signed this, but it is not registered for ${project}/${pipeline}.`,
      {
        expected: `a key registered for ${project}/${pipeline}`,
        found: `the key ${name} of other projects`,
        remedy:
          'Ask an administrator to add this pipeline to the projects of the key, or sign with a key of this project.',
      },
    );
  }
  const valid = allowed.find((key) => isValid(key, at));
  if (valid) return valid;
  const early = match.validFrom !== undefined && at < new Date(match.validFrom);
  return refuse(
    early ? 'key.not-yet-valid' : 'key.expired',
    early
      ? `The key ${name} signed this, but it counts only from ${match.validFrom}.`
      : `The key ${name} signed this, but it expired at ${match.validUntil}.`,
    {
      expected: 'a key that is valid at the time of receipt',
      found: `received ${at.toISOString()}`,
      remedy: 'Sign with a key that is valid now.',
    },
  );
};

const isValid = ({ validFrom, validUntil }: TrustedKey, at: Date): boolean =>
  (validFrom === undefined || at >= new Date(validFrom)) && (validUntil === undefined || at < new Date(validUntil));

const explainMismatch = (
  candidates: readonly TrustedKey[],
  hint: string,
  rules: SigningRules,
  signedRaw: (key: TrustedKey) => boolean,
): Refusal => {
  const ours = candidates.filter((key) => mayEverSign(key, rules));
  const raw = ours.find(signedRaw);
  if (raw) {
    return refuse(
      'signature.not-pae',
      `The key ${quote(raw.name)} signed the bare payload, not its DSSE encoding; such a signature would hold for any payload type.`,
      {
        expected: 'a signature over the DSSE pre-authentication encoding (`DSSEv1 …`)',
        found: 'a signature over the payload',
        remedy: 'Sign the pre-authentication encoding, e.g. with `waybill attest`.',
      },
    );
  }
  const named = ours.find((key) => isNamed(key, hint));
  if (named) {
    return refuse(
      'signature.invalid',
      `The signature names the key ${quote(named.name)}, but it is not that key's signature over this statement.`,
      {
        expected: `a signature by ${quote(named.name)} with ${named.algorithm}`,
        found: 'a signature that does not verify',
        remedy:
          'Check that the statement was not changed after it was signed, and that the key and its algorithm are the registered ones.',
      },
    );
  }
  return refuse(
    'signature.unknown-key',
    `No key that is registered for ${rules.project}/${rules.pipeline} made this signature.`,
    {
      expected:
        ours.length === 0
          ? 'a registered key (none is registered for this pipeline)'
          : `one of ${ours.length} registered keys`,
      found: hint === '' ? 'a signature without a key id' : `a signature with key id ${quote(hint)}`,
      remedy: 'Sign with a registered key, or ask an administrator to register this one.',
    },
  );
};

const conclude = (signers: Signer[], refusals: Refusal[], threshold: number): VerifiedSignatures => {
  // Also false for a threshold that is no number.
  const ok = signers.length >= Math.max(1, threshold);
  const outcome = ok ? ('warned' as const) : ('failed' as const);
  const checks: VerifiedSignatures['checks'] = refusals.map(({ ok: _, ...refusal }) => ({ ...refusal, outcome }));
  const names = signers
    .map((signer) => (signer.kind === 'key' ? `${signer.name} (${signer.algorithm})` : signer.san))
    .join(', ');
  if (ok)
    checks.unshift({ code: 'signature.valid', outcome: 'passed', message: `Signed by the registered key ${names}.` });
  else if (signers.length > 0 || refusals.length === 0) checks.push(tooFewSigners(threshold, signers.length, names));
  return { ok, signers: ok ? signers : [], checks };
};

/** The failed check of a statement that fewer distinct signers signed than the contract wants. */
export const tooFewSigners = (threshold: number, found: number, names: string): Omit<Check, 'subject'> => ({
  code: 'signature.threshold',
  outcome: 'failed',
  message: `The statement must be signed by ${threshold} different keys; ${found} signed it${names ? `: ${names}` : ''}.`,
  expected: `${threshold} different keys`,
  found: `${found}`,
  remedy: 'Add the missing signatures to the envelope; the same key counts once.',
});
