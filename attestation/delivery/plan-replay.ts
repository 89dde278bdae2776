import { deliveryId } from '../ids.ts';
import { type PlannableAttachment, type PlannableMaterial, type PlannedDelivery, planDeliveries } from './plan.ts';
import { type ReplayEffect, type ReplaySpec, replayEffect } from './replay.ts';
import type { DeliveryState } from './state.ts';

/** What a replay does about one thing that is owed. `delivery.id`: the one to insert, to begin anew, or that is left alone. */
export type ReplayStep = { effect: ReplayEffect; delivery: PlannedDelivery };

/** An accepted attestation, and every delivery that the attachments ever had of it. */
export type Replayable = {
  attestationId: string;
  project: string;
  pipeline: string;
  materials: readonly PlannableMaterial[];
  deliveries: readonly {
    id: string;
    attachmentUid: string;
    destination: string;
    materialSha256: string | null;
    state: DeliveryState;
  }[];
};

/**
 * What a replay does about one attestation: a step for each thing that these attachments owe of it. The same replay plans
 * the same ids, so planning twice is harmless. `attachments`: those of the replay, to its destination and to no other.
 */
export function planReplay(input: {
  spec: Pick<ReplaySpec, 'mode' | 'includeSkipped' | 'types'>;
  replayId: string;
  candidate: Replayable;
  attachments: readonly PlannableAttachment[];
}): ReplayStep[] {
  const { spec, replayId, candidate, attachments } = input;
  const { types } = spec;
  const { attestationId } = candidate;
  const materials = types ? candidate.materials.filter(({ type }) => types.includes(type)) : candidate.materials;
  if (types && materials.length === 0) return [];
  return planDeliveries({ ...candidate, materials, attachments }).map((first) => {
    const { attachmentUid, destination, materialSha256 } = first;
    const ever = candidate.deliveries.filter(
      (delivery) => delivery.attachmentUid === attachmentUid && delivery.materialSha256 === materialSha256,
    );
    const known = ever.filter((delivery) => delivery.destination === destination);
    const effect = replayEffect(
      spec,
      known.map(({ state }) => state),
    );
    const again = () => deliveryId(attestationId, attachmentUid, materialSha256 ?? '', replayId);
    // Where the attachment led before, the first one has its id.
    const isNew = effect === 'repeat' || (effect === 'create' && ever.length > 0);
    const id = isNew ? again() : (known.find((one) => one.id === first.id) ?? known[0] ?? first).id;
    return { effect, delivery: { ...first, id } };
  });
}
