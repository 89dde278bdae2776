import { TrustedRoot } from '@sigstore/protobuf-specs';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import type { SignatureAlgorithm } from './algorithms.ts';

/**
 * Roots and the evidence they must give, as one thing: profiles are tried one at a time, never merged, and what they
 * ask for never comes from what is verified. Plain data, fit for a worker thread.
 */
export type TrustProfile = SigstoreProfile | X509Profile;

type Scoped = {
  name: string;
  /** Globs of `project` or `project/pipeline` that it may speak for. None: all. */
  projects?: readonly string[];
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

const PUBLIC_GOOD = 'sigstore-public-good';

/** Sigstore's public instance, from the root that `@sigstore/tuf` ships: no network, as old as that package. */
export const publicGoodProfile = (): SigstoreProfile => {
  const root = Buffer.from(seeds['https://tuf-repo-cdn.sigstore.dev'].targets['trusted_root.json'], 'base64');
  return {
    kind: 'sigstore',
    name: PUBLIC_GOOD,
    trustedRoot: TrustedRoot.fromJSON(JSON.parse(root.toString('utf8'))),
    tlogThreshold: 1,
    ctlogThreshold: 1,
    timestampThreshold: 1,
  };
};
