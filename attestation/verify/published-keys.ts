import { createPublicKey } from 'node:crypto';
import type { Judged } from './conclude.ts';
import { explain } from './explain.ts';
import { fingerprint } from './keys.ts';
import type { ReceivedStatement } from './parse.ts';
import type { KeyProfile } from './profiles.ts';
import { nameProfile, publishedRoad } from './roads.ts';
import { ofStatement, proveWith } from './sigstore.ts';
import { endedBy, passed, timeFirst } from './steps.ts';

/**
 * Verifies a bundle that names a published key, e.g. npm's of its registry: the log proves when it was signed, and the
 * key must have been valid then. Undefined where the profile has no key of that name.
 */
export const verifyPublishedKey = (profile: KeyProfile, statement: ReceivedStatement): Judged | undefined => {
  const hint = statement.bundle?.verificationMaterial.publicKey?.hint ?? '';
  const key = profile.keys.find((known) => known.hint === hint);
  if (!key) return undefined;
  const { validFrom, validUntil } = key;
  const validFor = (date: Date) =>
    (validFrom === undefined || date >= new Date(validFrom)) &&
    (validUntil === undefined || date < new Date(validUntil));
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key.spki, 'base64'), format: 'der', type: 'spki' });
    const { logIndex, ...proof } = proveWith(profile.provenBy, ofStatement(statement), { publicKey, validFor });
    const claims = { algorithm: key.algorithm };
    const signer = {
      kind: 'certificate' as const,
      profile: profile.name,
      issuer: `keys:${profile.name}`,
      san: hint,
      claims,
    };
    const { at: provenAt } = proof.time;
    const held = { signer, fingerprint: fingerprint(publicKey), isProven: true, provenAt };
    const steps = passed(publishedRoad(profile, proof));
    return {
      held: { ...held, ...(logIndex !== undefined && { logIndex }) },
      evidence: { outcome: 'verified', signer, profile: nameProfile(profile), ...proof, steps },
    };
  } catch (error) {
    const refusal = explain(error);
    const steps = endedBy(refusal, timeFirst(refusal, publishedRoad(profile)));
    return { refusal, evidence: { outcome: 'refused', profile: nameProfile(profile), steps } };
  }
};
