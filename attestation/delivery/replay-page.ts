import type { PlannableAttachment, PlannedDelivery } from './plan.ts';
import { planReplay, type Replayable } from './plan-replay.ts';
import { queues, type ReplayEffect, type ReplaySpec } from './replay.ts';

/** `delivery.id` is the one to insert, or (`reopen`) the one to begin anew. */
export type ReplayPlanned = {
  attestationId: string;
  effect: Extract<ReplayEffect, 'create' | 'reopen' | 'repeat'>;
  delivery: PlannedDelivery;
};

/**
 * What a lane queues next: all that these attestations are owed, in their order, until `room` is full; one of them whole
 * in any case. `toSeq`: everything up to it is planned or needs nothing; `looked` when all of them found room.
 */
export function planPage(input: {
  spec: ReplaySpec;
  replayId: string;
  candidates: readonly (Replayable & { receivedSeq: number })[];
  attachments: readonly PlannableAttachment[];
  room: number;
  looked: number;
}): { planned: ReplayPlanned[]; toSeq: number } {
  const { candidates, room, looked, ...plan } = input;
  const planned: ReplayPlanned[] = [];
  let before = 0;
  for (const candidate of candidates) {
    const { attestationId, receivedSeq } = candidate;
    const owed = planReplay({ ...plan, candidate }).flatMap(({ effect, delivery }): ReplayPlanned[] =>
      queues(effect) ? [{ attestationId, effect, delivery }] : [],
    );
    if (planned.length > 0 && planned.length + owed.length > room) return { planned, toSeq: before };
    planned.push(...owed);
    before = receivedSeq;
  }
  return { planned, toSeq: looked };
}
