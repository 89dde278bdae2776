import { z } from 'zod';
import { PipelineGlob, ResourceName } from '../resources.ts';
import { type DeliveryState, isFinal } from './state.ts';

/** `missing`: what never arrived, under the key it always had. `again`: that, and a new delivery of what did arrive. */
export const ReplayMode = z.enum(['missing', 'again']).meta({
  id: 'ReplayMode',
  description:
    'missing: what never reached the destination: not owed when it was accepted, or expired. again: that, and once more what was delivered, for data that was lost there.',
});
export type ReplayMode = z.infer<typeof ReplayMode>;

export const ReplayState = z.enum(['running', 'paused', 'done', 'cancelled']).meta({ id: 'ReplayState' });
export type ReplayState = z.infer<typeof ReplayState>;

const time = z.iso.datetime({ offset: true });

/** What is replayed, and where. All that is given must hold; nothing given: everything that was accepted. */
export const ReplaySpec = z
  .strictObject({
    destination: ResourceName,
    mode: ReplayMode,
    attachment: ResourceName.optional().meta({
      description: 'Of this one only; else of every one to the destination.',
    }),
    pipelines: z.array(PipelineGlob).min(1).max(100).optional(),
    types: z.array(z.string().min(1).max(100)).min(1).max(100).optional().meta({ description: 'Types of materials.' }),
    since: time.optional().meta({ description: 'Received at this time or later.' }),
    until: time.optional().meta({ description: 'Received before this time.' }),
    includeSkipped: z.boolean().default(false).meta({ description: 'What was skipped, too: somebody gave it up.' }),
  })
  .meta({ id: 'ReplaySpec' });
export type ReplaySpec = z.infer<typeof ReplaySpec>;

/** What a replay does about one thing that is owed. The first three queue a delivery; the others say why not. */
export const ReplayEffect = z.enum(['create', 'reopen', 'repeat', 'open', 'delivered', 'superseded', 'skipped']).meta({
  id: 'ReplayEffect',
  description:
    'create: it was never owed before. reopen: it ended without arriving and begins anew, under its key. repeat: it arrived and is sent once more, under a new key. The others are left alone: open (on its way), delivered, superseded (something newer arrived), skipped.',
});
export type ReplayEffect = z.infer<typeof ReplayEffect>;

export const queues = (effect: ReplayEffect): effect is 'create' | 'reopen' | 'repeat' =>
  effect === 'create' || effect === 'reopen' || effect === 'repeat';

/**
 * Decides about one thing that is owed (an attestation or one of its materials, by one attachment) from the states of
 * all deliveries that it ever had: its first, and those of replays before.
 */
export function replayEffect(
  { mode, includeSkipped }: Pick<ReplaySpec, 'mode' | 'includeSkipped'>,
  states: readonly DeliveryState[],
): ReplayEffect {
  if (states.length === 0) return 'create';
  if (states.some((state) => !isFinal(state))) return 'open';
  if (states.includes('delivered')) return mode === 'again' ? 'repeat' : 'delivered';
  if (states.includes('superseded')) return 'superseded';
  return states.includes('expired') || includeSkipped ? 'reopen' : 'skipped';
}
