import { TrustedRoot } from '@sigstore/protobuf-specs';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { z } from 'zod';
import type { SignatureAlgorithm } from './algorithms.ts';

/**
 * Roots and the evidence they must give, as one thing: profiles are tried one at a time, never merged, and what they
 * ask for never comes from what is verified. Plain data, fit for a worker thread.
 */
export type TrustProfile = SigstoreProfile | X509Profile | KeyProfile;

type Scoped = {
  name: string;
  /** Globs of `project` or `project/pipeline` that it may speak for. None: all. */
  projects?: readonly string[];
  /** Where its root is from: shipped with the package, fetched over TUF, or registered by an administrator. */
  origin?: 'seed' | 'tuf' | 'registered';
  /** When that root was last known to be current (ISO 8601): the date of the seed, or of the last good look over TUF. */
  asOf?: string;
};

/** An instance of Sigstore: its authorities and its logs. */
export type SigstoreProfile = Scoped & {
  kind: 'sigstore';
  trustedRoot: TrustedRoot;
  /** Entries in transparency logs that must prove inclusion. */
  tlogThreshold: number;
  /** Certificate-transparency timestamps that the certificate must carry. */
  ctlogThreshold: number;
  /** Proven times (of a log or a timestamp authority) at which the certificate must have been valid. At least 1. */
  timestampThreshold: number;
  /** OIDC issuers that its certificates may name. None: any. */
  issuers?: readonly string[];
};

/** A customer's own authority, without logs. Certificates are DER in base64. */
export type X509Profile = Scoped & {
  kind: 'x509';
  certificates: readonly string[];
  timestampAuthorities: readonly string[];
  /** How the certificates' keys may sign. */
  algorithms: readonly SignatureAlgorithm[];
  extendedKeyUsages: readonly ('codeSigning' | 'clientAuth' | 'serverAuth' | 'emailProtection')[];
};

/**
 * Keys that others publish, by the hint that names them in a bundle, each at a time that a log proved. Its signers
 * count like certificates: only where a contract names them.
 */
export type KeyProfile = Scoped & {
  kind: 'keys';
  /** `spki`: DER in base64. Instants are ISO 8601; from `validUntil` on it does not count. */
  keys: readonly {
    hint: string;
    spki: string;
    algorithm: SignatureAlgorithm;
    validFrom?: string;
    validUntil?: string;
  }[];
  /** Whose log proves the time. */
  provenBy: SigstoreProfile;
};

const PUBLIC_GOOD = 'sigstore-public-good';

/** Sigstore's public instance, from the root that `@sigstore/tuf` ships: no network, as old as that package. */
export const publicGoodProfile = (): SigstoreProfile => ({
  kind: 'sigstore',
  name: PUBLIC_GOOD,
  trustedRoot: TrustedRoot.fromJSON(seed((name) => name === 'trusted_root.json')),
  tlogThreshold: 1,
  ctlogThreshold: 1,
  timestampThreshold: 1,
});

const RegistryKeys = z.object({
  keys: z.array(
    z.object({
      keyId: z.string(),
      keyUsage: z.string(),
      publicKey: z.object({
        rawBytes: z.string(),
        keyDetails: z.literal('PKIX_ECDSA_P256_SHA_256'),
        validFor: z.object({ start: z.iso.datetime().optional(), end: z.iso.datetime().optional() }),
      }),
    }),
  ),
});

/** The keys with which npm's registry signs that it published a package, from the seed of `@sigstore/tuf` too. */
export const npmProfile = (): KeyProfile => {
  const { keys } = RegistryKeys.parse(seed((name) => name.endsWith('keys.json')));
  return {
    kind: 'keys',
    name: 'npm',
    keys: keys
      .filter(({ keyUsage }) => keyUsage === 'npm:attestations')
      .map(({ keyId, publicKey: { rawBytes, validFor } }) => ({
        hint: keyId,
        spki: rawBytes,
        algorithm: 'ecdsa-p256-sha256',
        ...(validFor.start && { validFrom: validFor.start }),
        ...(validFor.end && { validUntil: validFor.end }),
      })),
    provenBy: publicGoodProfile(),
  };
};

/** Every profile that is built in, in the order in which they are tried. Their names are taken: no TrustedRoot may have one. */
export const builtInProfiles = (): TrustProfile[] => [publicGoodProfile(), npmProfile()];

const seed = (isWanted: (name: string) => boolean): unknown => {
  const targets = Object.entries(seeds['https://tuf-repo-cdn.sigstore.dev'].targets);
  const [, target = ''] = targets.find(([name]) => isWanted(name)) ?? [];
  return JSON.parse(Buffer.from(target, 'base64').toString('utf8'));
};
