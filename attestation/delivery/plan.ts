import { matchesGlob } from '../glob.ts';
import { deliveryId } from '../ids.ts';
import type { AttachmentSpec } from '../resources.ts';

export type PlannableMaterial = { sha256: string; type: string; name: string; hasBytes: boolean };
export type PlannableAttachment = {
  uid: string;
  name: string;
  spec: AttachmentSpec;
  takes: 'attestation' | readonly string[];
};
export type PlannedDelivery = {
  id: string;
  attachmentUid: string;
  attachment: string;
  destination: string;
  materialSha256: string | null;
};

/**
 * Which deliveries an accepted attestation owes: one per attachment that names its pipeline, or one per material that
 * the integration takes and the attachment selects. The same input plans the same ids, so planning twice is harmless.
 */
export function planDeliveries(input: {
  attestationId: string;
  project: string;
  pipeline: string;
  materials: readonly PlannableMaterial[];
  attachments: readonly PlannableAttachment[];
  replayId?: string;
}): PlannedDelivery[] {
  const path = `${input.project}/${input.pipeline}`;
  return input.attachments
    .filter((attachment) => attachment.spec.pipelines.some((glob) => matchesGlob(glob, path)))
    .flatMap((attachment) =>
      targetsOf(attachment, input.materials).map((materialSha256) => ({
        id: deliveryId(input.attestationId, attachment.uid, materialSha256 ?? '', input.replayId),
        attachmentUid: attachment.uid,
        attachment: attachment.name,
        destination: attachment.spec.destination,
        materialSha256,
      })),
    );
}

function targetsOf(attachment: PlannableAttachment, materials: readonly PlannableMaterial[]): (string | null)[] {
  const { types, names } = attachment.spec.materials;
  const selected = materials.filter(
    (material) => (!types || types.includes(material.type)) && (!names || names.includes(material.name)),
  );
  const { takes } = attachment;
  if (takes === 'attestation') return (types || names) && selected.length === 0 ? [] : [null];
  const taken = selected.filter((material) => takes.includes(material.type) && material.hasBytes);
  return [...new Set(taken.map((material) => material.sha256))];
}
