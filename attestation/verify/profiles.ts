import { TrustedRoot } from '@sigstore/protobuf-specs';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };

/**
 * Roots and the evidence they must give, as one thing: profiles are tried one at a time, never merged, and the
 * thresholds never come from what is verified. Plain data, fit for a worker thread.
 */
export type TrustProfile = {
  name: string;
  trustedRoot: TrustedRoot;
  /** Entries in transparency logs that must prove inclusion. */
  tlogThreshold: number;
  /** Certificate-transparency timestamps that the certificate must carry. */
  ctlogThreshold: number;
  /** Proven times (of a log or a timestamp authority) at which the certificate must have been valid. At least 1. */
  timestampThreshold: number;
};

const PUBLIC_GOOD = 'sigstore-public-good';

/** Sigstore's public instance, from the root that `@sigstore/tuf` ships: no network, as old as that package. */
export const publicGoodProfile = (): TrustProfile => {
  const root = Buffer.from(seeds['https://tuf-repo-cdn.sigstore.dev'].targets['trusted_root.json'], 'base64');
  return {
    name: PUBLIC_GOOD,
    trustedRoot: TrustedRoot.fromJSON(JSON.parse(root.toString('utf8'))),
    tlogThreshold: 1,
    ctlogThreshold: 1,
    timestampThreshold: 1,
  };
};
