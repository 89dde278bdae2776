import { bundleFromJSON } from '@sigstore/bundle';
import { RFC3161Timestamp } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toSignedEntity, toTrustMaterial, VerificationError, Verifier } from '@sigstore/verify';
import type { Signer } from '../verdict.ts';
import { readIdentity } from './identity.ts';
import type { ReceivedStatement } from './parse.ts';
import type { TrustProfile } from './profiles.ts';
import { type Refusal, refuse } from './refusal.ts';

export type VerifiedBundle = { ok: true; signer: Signer; provenAt: string; logIndex?: string };

/** Verifies a bundle signed with a certificate against one profile after the other; the first that holds counts. */
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
    const { tlogThreshold, ctlogThreshold, timestampThreshold } = profile;
    // A certificate that lived ten minutes says nothing without a time at which it was used.
    if (!(timestampThreshold >= 1)) throw new Error('a profile needs at least one proven time');
    const thresholds = { tlogThreshold, ctlogThreshold, timestampThreshold };
    const { identity } = new Verifier(trustMaterial(profile), thresholds).verify(toSignedEntity(bundle));
    const { issuer, san, claims } = readIdentity(identity?.oids ?? []);
    const promised = bundle.verificationMaterial.tlogEntries.filter((entry) => entry.inclusionPromise);
    const times = [
      ...promised.map((entry) => Number(entry.integratedTime) * 1000).filter((time) => time !== 0),
      ...(bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []).map((timestamp) =>
        RFC3161Timestamp.parse(Buffer.from(timestamp.signedTimestamp)).signingTime.getTime(),
      ),
    ];
    return {
      ok: true,
      signer: { kind: 'certificate', profile: profile.name, issuer, san, claims },
      // All were verified; the signature existed at the earliest.
      provenAt: new Date(Math.min(...times)).toISOString(),
      // Only the log's promise covers its index.
      ...(promised[0] && { logIndex: promised[0].logIndex }),
    };
  } catch (error) {
    return explain(error);
  }
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

const EXPLANATIONS: Record<VerificationError['code'], { code: string; what: string; remedy?: string }> = {
  SIGNATURE_ERROR: {
    code: 'bundle.signature',
    what: 'the signature does not belong to this statement and certificate',
  },
  CERTIFICATE_ERROR: {
    code: 'bundle.certificate',
    what: 'the certificate does not end in this root, or was not valid when it was used',
  },
  TIMESTAMP_ERROR: {
    code: 'bundle.time-unproven',
    what: 'no log and no timestamp authority of this root proves when it was signed',
    remedy: 'Sign with a transparency log or a timestamp authority.',
  },
  TLOG_ERROR: {
    code: 'bundle.log',
    what: 'the transparency log entries are missing or do not suffice',
    remedy: 'Sign with a transparency log.',
  },
  TLOG_BODY_ERROR: { code: 'bundle.log-body', what: 'the transparency log entry is about something else' },
  TLOG_INCLUSION_PROOF_ERROR: {
    code: 'bundle.log-proof',
    what: 'the proof of inclusion in the transparency log does not hold',
  },
  TLOG_INCLUSION_PROMISE_ERROR: { code: 'bundle.log-promise', what: "the transparency log's promise does not hold" },
  TLOG_MISSING_INCLUSION_ERROR: { code: 'bundle.log-proof', what: 'the transparency log entry proves nothing' },
  PUBLIC_KEY_ERROR: { code: 'bundle.public-key', what: 'the key is not known' },
  NOT_IMPLEMENTED_ERROR: { code: 'bundle.unsupported', what: 'the bundle uses something that is not supported' },
};

const explain = (error: unknown): Refusal => {
  const known = error instanceof VerificationError ? EXPLANATIONS[error.code] : undefined;
  if (known && error instanceof VerificationError) {
    return refuse(known.code, `${known.what} (${error.message}).`, {
      expected: 'a bundle that verifies against this root',
      found: error.message,
      ...(known.remedy && { remedy: known.remedy }),
    });
  }
  return refuse(
    'bundle.malformed',
    `the bundle cannot be read (${error instanceof Error ? error.name : 'unknown error'}).`,
    {
      expected: 'a bundle as its media type says',
    },
  );
};
