import type { Judged } from './conclude.ts';
import { pae } from './pae.ts';
import type { ReceivedStatement } from './parse.ts';
import type { SigstoreProfile, TrustProfile, X509Profile } from './profiles.ts';
import { type Refusal, refuse } from './refusal.ts';
import { nameProfile, x509Road } from './roads.ts';
import { ofStatement, verifyBundle } from './sigstore.ts';
import { endedBy, passed, reached } from './steps.ts';
import { type CertifiedSignature, type SignedByCertificate, verifyWithAuthority } from './x509/authority.ts';
import { toResponse } from './x509/timestamp.ts';

/**
 * Verifies one signature by the certificate that came with it, against one profile after the other. The first that
 * proves the time counts; else the first that holds but for the time.
 */
export const verifyCertified = (
  statement: ReceivedStatement,
  signature: CertifiedSignature,
  profiles: readonly TrustProfile[],
): Judged => {
  const refused: Refused[] = [];
  let unproven: Judged | undefined;
  for (const profile of profiles) {
    if (profile.kind === 'keys') continue;
    const judged =
      profile.kind === 'x509'
        ? withAuthority(profile, statement, signature)
        : withSigstore(profile, statement, signature);
    if ('refusal' in judged) refused.push({ ...judged, profile: profile.name });
    else if (judged.held.isProven) return judged;
    else unproven ??= judged;
  }
  return unproven ?? join(refused);
};

const withAuthority = (
  profile: X509Profile,
  { envelope }: ReceivedStatement,
  signature: CertifiedSignature,
): Judged => {
  const verified = verifyReadable(profile, pae(envelope.payloadType, envelope.payload), signature);
  const named = nameProfile(profile);
  if (!verified.ok) {
    const steps = endedBy(verified, x509Road(profile));
    return { refusal: verified, evidence: { outcome: 'refused', profile: named, steps } };
  }
  const { san, claims, fingerprint, time } = verified;
  // No certificate can name itself so: whoever is compared with it is told apart from a CI's issuer.
  const issuer = `x509:${profile.name}`;
  const signer = { kind: 'certificate' as const, profile: profile.name, issuer, san, claims };
  const outcome = time ? 'verified' : 'time-unproven';
  return {
    held: { signer, fingerprint, isProven: time !== undefined, ...(time && { provenAt: time.at }) },
    evidence: { outcome, signer, profile: named, ...(time && { time }), steps: passed(x509Road(profile, { time })) },
  };
};

const verifyReadable = (
  profile: X509Profile,
  signed: Uint8Array,
  signature: CertifiedSignature,
): SignedByCertificate | Refusal => {
  try {
    return verifyWithAuthority(profile, signed, signature);
  } catch (error) {
    const found = error instanceof Error ? error.name : typeof error;
    return refuse('x509.malformed', `the certificate or a timestamp cannot be read or is not fit (${found}).`, {
      expected: 'X.509v3 in DER; EC P-256 to P-521, Ed25519 or RSA of 2048 to 8192 bits; signed with SHA-2',
    });
  }
};

const withSigstore = (profile: SigstoreProfile, statement: ReceivedStatement, signature: CertifiedSignature): Judged =>
  verifyBundle(profile, ofStatement(statement.bundle ? statement : asBundle(statement, signature)));

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A signature of a bare envelope as the bundle that it would be. */
const asBundle = (statement: ReceivedStatement, signature: CertifiedSignature): ReceivedStatement => ({
  ...statement,
  envelope: { ...statement.envelope, signatures: [{ sig: signature.sig }] },
  bundle: {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: undefined,
      x509CertificateChain: undefined,
      certificate: { rawBytes: encode(signature.certificate) },
      tlogEntries: [],
      timestampVerificationData: {
        rfc3161Timestamps: signature.timestamps.map((token) => ({ signedTimestamp: encode(toResponse(token)) })),
      },
    },
  },
});

type Refused = Extract<Judged, { refusal: Refusal }> & { profile: string };
const MAX_OTHERS = 8;

/** What no profile vouches for: told by the one that came furthest, and a line for each of the others. */
const join = (refused: readonly Refused[]): Judged => {
  const [first] = refused;
  if (!first) {
    const refusal = refuse(
      'bundle.no-profile',
      'No trusted root is configured that a certificate could be verified against.',
      { expected: 'at least one trust profile', remedy: 'Ask an administrator to register a TrustedRoot.' },
    );
    const step = { code: 'chain' as const, outcome: 'failed' as const, message: refusal.message };
    return { refusal, evidence: { outcome: 'refused', steps: [step] } };
  }
  const best = refused.reduce((best, next) => (reached(next.evidence) > reached(best.evidence) ? next : best));
  const told = refused.map((one) => `${one.profile}: ${one.refusal.message}`);
  const others = told.filter((_, index) => refused[index] !== best).slice(0, MAX_OTHERS);
  const alike = refused.every(({ refusal }) => refusal.code === first.refusal.code);
  return {
    refusal: {
      ...first.refusal,
      code: alike ? first.refusal.code : 'bundle.untrusted',
      message: told.join(' '),
    },
    evidence: {
      ...best.evidence,
      steps: [
        ...best.evidence.steps,
        ...others.map((message) => ({ code: 'profile' as const, outcome: 'failed' as const, message })),
      ],
    },
  };
};
