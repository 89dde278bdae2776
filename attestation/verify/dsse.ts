import { verifyBytes } from './algorithms.ts';
import { publicKeyOf, type TrustedKey } from './keys.ts';
import { quote, type Refusal, refuse } from './refusal.ts';
import { matchesPipeline } from './scope.ts';

/** When, for whom, and with how many distinct keys a statement must be signed. `at` is the time of receipt. */
export type SigningRules = { at: Date; project: string; pipeline: string; threshold: number };
/** `signedBy`: a registered key made the signature, and may not. */
export type KeyJudgement = { key: TrustedKey } | { refusal: Refusal; signedBy?: TrustedKey };

/** Of keys with the signatures of one statement, all in all: else a stranger's cost a verification per key there is. */
const MAX_TRIES = 128;
/** What they may hash all in all: every try hashes the payload anew. */
const MAX_HASHED_BYTES = 2 ** 30;
/** Only to explain a failure. */
const MAX_RAW_TRIES = 2;

/**
 * Which registered key made a signature over the encoding `signed`, and whether it may sign here and now. `among`: how
 * many signatures the statement has. Each may be tried with its share of 128 keys (fewer over a large payload); the one
 * that its hint names is first.
 */
export const judgeByKeys = (
  { sig, hint, among }: { sig: Uint8Array; hint: string; among: number },
  { signed, payload }: { signed: Uint8Array; payload: Uint8Array },
  keys: readonly TrustedKey[],
  rules: SigningRules,
): KeyJudgement => {
  const ordered = order(keys, hint, rules);
  const tries = Math.min(MAX_TRIES, MAX_HASHED_BYTES / signed.byteLength) / among;
  const candidates = ordered.slice(0, Math.max(1, Math.floor(tries)));
  const match = candidates.find((key) => isSignedBy(key, signed, sig));
  if (match) {
    const judged = judgeKey(match, keys, rules);
    return 'ok' in judged ? { refusal: judged, signedBy: match } : { key: judged };
  }
  const isRaw = (key: TrustedKey) => mistookPayload(key, payload, sig);
  const untried = ordered.length - candidates.length;
  return { refusal: explainMismatch(candidates, untried, hint, rules, isRaw) };
};

const isSignedBy = (key: TrustedKey, data: Uint8Array, signature: Uint8Array): boolean =>
  verifyBytes(key.algorithm, publicKeyOf(key), data, signature);

/** Only to explain a failure, so not worth hashing a large payload once more per key. */
const mistookPayload = (key: TrustedKey, payload: Uint8Array, signature: Uint8Array): boolean =>
  payload.byteLength <= 1024 * 1024 && isSignedBy(key, payload, signature);

const mayEverSign = (key: TrustedKey, { project, pipeline }: SigningRules): boolean =>
  key.projects.length === 0 || matchesPipeline(key.projects, project, pipeline);

/** The keys that the hint names, then this pipeline's. Others' are tried only when named, to say why they do not count. */
const order = (keys: readonly TrustedKey[], hint: string, rules: SigningRules): TrustedKey[] => {
  const ours = keys.filter((key) => mayEverSign(key, rules));
  if (hint === '') return ours;
  const named = keys.filter((key) => isNamed(key, hint));
  return [
    ...named.filter((key) => mayEverSign(key, rules)),
    ...named.filter((key) => !mayEverSign(key, rules)),
    ...ours.filter((key) => !named.includes(key)),
  ];
};

/** The hint as we, in-toto's tools (hex) and cosign (base64) write it. */
const isNamed = ({ name, fingerprint }: TrustedKey, hint: string): boolean =>
  hint !== '' &&
  (name === hint ||
    fingerprint === hint ||
    `sha256:${fingerprint}` === hint ||
    (hint.length === BASE64_LENGTH && Buffer.from(fingerprint, 'hex').toString('base64') === hint));

/** Of a sha256. */
const BASE64_LENGTH = 44;

/** A key that signed counts nowhere once one registration revokes it, whatever vouches for it: then what is said of it. */
export const refuseRevoked = (
  { fingerprint }: Pick<TrustedKey, 'fingerprint'>,
  keys: readonly TrustedKey[],
  { at }: Pick<SigningRules, 'at'>,
): Refusal | undefined => {
  const same = keys.filter((key) => key.fingerprint === fingerprint);
  const revoked = same.find((key) => key.revokedSince !== undefined && !(at < new Date(key.revokedSince)));
  if (!revoked) return undefined;
  const { name, revokedSince } = revoked;
  return refuse('key.revoked', `The key ${quote(name)} signed this, but it is revoked since ${revokedSince}.`, {
    expected: 'a key that is not revoked',
    found: `revoked since ${revokedSince}, received ${at.toISOString()}`,
    remedy: 'Sign again with the key that replaced it.',
  });
};

/** A key that signed counts, if one registration of it allows this pipeline and this moment and none revokes it. */
const judgeKey = (match: TrustedKey, keys: readonly TrustedKey[], rules: SigningRules): TrustedKey | Refusal => {
  const { at, project, pipeline } = rules;
  const revoked = refuseRevoked(match, keys, rules);
  if (revoked) return revoked;
  const name = quote(match.name);
  const same = keys.filter((key) => key.fingerprint === match.fingerprint);
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
  untried: number,
  hint: string,
  rules: SigningRules,
  signedRaw: (key: TrustedKey) => boolean,
): Refusal => {
  const ours = candidates.filter((key) => mayEverSign(key, rules));
  const raw = ours.slice(0, MAX_RAW_TRIES).find(signedRaw);
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
  if (untried > 0) {
    return refuse(
      'signature.key-unnamed',
      `None of the ${candidates.length} keys that this signature was tried with made it; ${untried} more are registered for ${rules.project}/${rules.pipeline} and were not tried.`,
      {
        expected: 'a key id that names a registered key, where there are so many of them',
        found: hint === '' ? 'a signature without a key id' : `a signature with key id ${quote(hint)}`,
        remedy: 'Write the name of the registered key into `keyid`, or register keys for fewer projects.',
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
