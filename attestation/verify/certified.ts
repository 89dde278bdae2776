import type { Signer } from '../verdict.ts';
import { pae } from './pae.ts';
import type { ReceivedStatement } from './parse.ts';
import type { SigstoreProfile, TrustProfile, X509Profile } from './profiles.ts';
import { type Refusal, refuse } from './refusal.ts';
import { ofStatement, verifyBundle } from './sigstore.ts';
import { type CertifiedSignature, verifyWithAuthority } from './x509/authority.ts';
import { toResponse } from './x509/timestamp.ts';

/** Without `provenAt`, nothing proves when it was signed: the certificate may have expired before. */
export type Certified = { ok: true; signer: Signer; fingerprint: string; provenAt?: string; logIndex?: string };

/**
 * Verifies one signature by the certificate that came with it, against one profile after the other. The first that
 * proves the time counts; else the first that holds but for the time.
 */
export const verifyCertified = (
  statement: ReceivedStatement,
  signature: CertifiedSignature,
  profiles: readonly TrustProfile[],
): Certified | Refusal => {
  const refusals: Refusal[] = [];
  let unproven: Certified | undefined;
  for (const profile of profiles) {
    if (profile.kind === 'keys') continue;
    const judged =
      profile.kind === 'x509'
        ? withAuthority(profile, statement, signature)
        : withSigstore(profile, statement, signature);
    if (!judged.ok) refusals.push({ ...judged, message: `${profile.name}: ${judged.message}` });
    else if (judged.provenAt !== undefined) return judged;
    else unproven ??= judged;
  }
  return unproven ?? join(refusals);
};

const withAuthority = (
  profile: X509Profile,
  { envelope }: ReceivedStatement,
  signature: CertifiedSignature,
): Certified | Refusal => {
  try {
    const verified = verifyWithAuthority(profile, pae(envelope.payloadType, envelope.payload), signature);
    if (!verified.ok) return verified;
    const { san, claims, ...rest } = verified;
    // No certificate can name itself so: whoever is compared with it is told apart from a CI's issuer.
    const issuer = `x509:${profile.name}`;
    return { ...rest, signer: { kind: 'certificate', profile: profile.name, issuer, san, claims } };
  } catch (error) {
    const found = error instanceof Error ? error.name : typeof error;
    return refuse('x509.malformed', `the certificate or a timestamp cannot be read or is not fit (${found}).`, {
      expected: 'X.509v3 in DER; EC P-256 to P-521, Ed25519 or RSA of 2048 to 8192 bits; signed with SHA-2',
    });
  }
};

const withSigstore = (
  profile: SigstoreProfile,
  statement: ReceivedStatement,
  signature: CertifiedSignature,
): Certified | Refusal =>
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

const join = (refusals: readonly Refusal[]): Refusal => {
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
