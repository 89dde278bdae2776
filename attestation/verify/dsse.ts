import { verifyBytes } from './algorithms.ts';
import { publicKeyOf, type TrustedKey } from './keys.ts';
import { quote, type Refusal, refuse } from './refusal.ts';
import { matchesPipeline } from './scope.ts';

/** When, for whom, and with how many distinct keys a statement must be signed. `at` is the time of receipt. */
export type SigningRules = { at: Date; project: string; pipeline: string; threshold: number };
/** `isKnown`: a registered key made the signature, and may not. */
export type KeyJudgement = { key: TrustedKey } | { refusal: Refusal; isKnown: boolean };

/** Which registered key made a signature over the encoding `signed`, and whether it may sign here and now. */
export const judgeByKeys = (
  { sig, hint }: { sig: Uint8Array; hint: string },
  { signed, payload }: { signed: Uint8Array; payload: Uint8Array },
  keys: readonly TrustedKey[],
  rules: SigningRules,
): KeyJudgement => {
  const candidates = order(keys, hint, rules);
  const match = candidates.find((key) => isSignedBy(key, signed, sig));
  if (match) {
    const judged = judgeKey(match, keys, rules);
    return 'ok' in judged ? { refusal: judged, isKnown: true } : { key: judged };
  }
  const isRaw = (key: TrustedKey) => mistookPayload(key, payload, sig);
  return { refusal: explainMismatch(candidates, hint, rules, isRaw), isKnown: false };
};

const isSignedBy = (key: TrustedKey, data: Uint8Array, signature: Uint8Array): boolean =>
  verifyBytes(key.algorithm, publicKeyOf(key), data, signature);

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
