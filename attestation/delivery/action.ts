import { z } from 'zod';
import { type DeliveryState, isFinal } from './state.ts';

/** What an operator can ask of a delivery. */
export const DeliveryAction = z.enum(['retry', 'skip']);
export type DeliveryAction = z.infer<typeof DeliveryAction>;

/** What an action does to a delivery. Only `now` and `held` write anything; the others say why not. */
export const ActionEffect = z.enum(['now', 'held', 'asked', 'final']).meta({
  id: 'ActionEffect',
  description:
    'now: it is done at once. held: written down, and done once its destination delivers again. asked: a retry was asked for before and waits to be taken up; nothing is written. final: it has ended; nothing is written.',
});
export type ActionEffect = z.infer<typeof ActionEffect>;

type Standing = { state: DeliveryState; held: boolean; asked: boolean };

/** Decides what an action does to a delivery as it stands: shown before it is done, and decided again when it is done. */
export function effectOf(action: DeliveryAction, { state, held, asked }: Standing): ActionEffect {
  if (isFinal(state)) return 'final';
  if (action === 'skip') return 'now';
  if (asked) return 'asked';
  return held ? 'held' : 'now';
}

/** Whether the effect changes anything. */
export const acts = (effect: ActionEffect): boolean => effect === 'now' || effect === 'held';

/**
 * Whether a retry may send again what the receiver has already: an attempt was made, and no answer proves that nothing
 * came of it. While it confirms, the receiver is asked and sent nothing. What that means depends on the integration: most
 * recognise a duplicate.
 */
export const mayRepeat = (action: DeliveryAction, standing: Standing & { tried: boolean }): boolean =>
  action === 'retry' && standing.tried && standing.state !== 'confirming' && acts(effectOf(action, standing));
