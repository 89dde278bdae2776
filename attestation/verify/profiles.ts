import { TrustedRoot } from '@sigstore/protobuf-specs';
import type { SignatureAlgorithm } from './algorithms.ts';
import { readRegistryKeys } from './npm-keys.ts';
import { NPM_KEYS, type Published, shipped, TRUSTED_ROOT } from './published.ts';

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

/** Every profile that is built in, in the order in which they are tried. Their names are taken: no TrustedRoot may have one. */
export const builtInProfiles = ({ sigstore, github } = shipped()): TrustProfile[] => [
  publicGoodProfile(sigstore),
  npmProfile(sigstore),
  githubProfile(github),
];

/** Sigstore's public instance. */
export const publicGoodProfile = (published = shipped().sigstore): SigstoreProfile => ({
  kind: 'sigstore',
  name: 'sigstore-public-good',
  ...fromPublished(published),
  tlogThreshold: 1,
  ctlogThreshold: 1,
  timestampThreshold: 1,
});

/** The instance that GitHub signs with for private repositories, and its releases: no log, its own timestamp authority. */
export const githubProfile = (published = shipped().github): SigstoreProfile => ({
  kind: 'sigstore',
  name: 'github',
  ...fromPublished(published),
  tlogThreshold: 0,
  ctlogThreshold: 0,
  timestampThreshold: 1,
});

/** The keys with which npm's registry signs that it published a package. Sigstore's publisher publishes them too. */
export const npmProfile = (published = shipped().sigstore): KeyProfile => ({
  kind: 'keys',
  name: 'npm',
  origin: published.origin,
  asOf: published.asOf,
  keys: readRegistryKeys(published.files[NPM_KEYS] ?? ''),
  provenBy: publicGoodProfile(published),
});

const fromPublished = ({ origin, asOf, files }: Published) => ({
  origin,
  asOf,
  trustedRoot: TrustedRoot.fromJSON(JSON.parse(files[TRUSTED_ROOT] ?? '')),
});
