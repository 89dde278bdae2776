import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import type { SigstoreProfile } from './profiles.ts';
import type { Root } from './proof.ts';

/** What the library is to ask for: all of it from the profile. Throws for a profile that would take a certificate at any time. */
export const thresholds = ({ tlogThreshold, ctlogThreshold, timestampThreshold }: SigstoreProfile) => {
  // A certificate that lived ten minutes says nothing without a time at which it was used.
  if (!(timestampThreshold >= 1)) throw new Error('a profile needs at least one proven time');
  return { tlogThreshold, ctlogThreshold, timestampThreshold };
};

/** A profile's root, as it was read and as the library uses it. */
export const rootOf = (profile: SigstoreProfile): Root => ({
  trustedRoot: profile.trustedRoot,
  material: trustMaterial(profile),
});

const prepared = new WeakMap<SigstoreProfile, TrustMaterial>();

export const trustMaterial = (profile: SigstoreProfile): TrustMaterial => {
  // Through JSON: on its way to a worker thread a Buffer becomes a bare Uint8Array, which the library cannot use.
  const material =
    prepared.get(profile) ?? toTrustMaterial(TrustedRoot.fromJSON(TrustedRoot.toJSON(profile.trustedRoot)));
  prepared.set(profile, material);
  return material;
};
