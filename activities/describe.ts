import type { DeliveryWork } from '../db/deliveries.ts';
import type { MaterialRecord } from '../db/judgements.ts';
import type { DeliveryForIntegration, MaterialForDelivery } from './integrations/define.ts';

/** A delivery as an integration sees it: no rows, no states, no secrets. */
export function describeDelivery(work: DeliveryWork, attempt: number): DeliveryForIntegration {
  const { delivery, attestation } = work;
  const material = work.materials.find((candidate) => candidate.sha256 === delivery.materialSha256);
  return {
    id: delivery.id,
    idempotencyKey: delivery.idempotencyKey,
    attempt,
    attestationId: attestation.id,
    project: attestation.project,
    pipeline: attestation.pipeline,
    statementDigest: attestation.statementDigest,
    verdict: 'accepted',
    receivedAt: attestation.receivedAt,
    subjects: attestation.subjects,
    materials: work.materials.map(describeMaterial),
    ...(material ? { material: describeMaterial(material) } : {}),
  };
}

const describeMaterial = ({ name, type, sha256, size, mediaType, facts }: MaterialRecord): MaterialForDelivery => ({
  name,
  type,
  sha256,
  size,
  mediaType,
  facts,
});
