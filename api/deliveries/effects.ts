import type { z } from '@hono/zod-openapi';
import { type DeliveryAction, effectOf, mayRepeat } from '../../attestation/delivery/action.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import type { DeliveryTally } from '../../db/delivery-lists.ts';
import type { ApiDeps } from '../deps.ts';
import type { Effect, Repeat } from './many-schema.ts';

type Effects = z.output<typeof Effect>[];
type Repeats = z.output<typeof Repeat>[];

/** A delivery as a tally of one. */
export const tallyOf = (delivery: DeliveryRecord): DeliveryTally => ({
  destination: delivery.destination,
  state: delivery.state,
  held: delivery.held,
  asked: delivery.command !== null,
  tried: delivery.attempts > 0,
  count: 1,
  example: delivery.id,
});

/** What an action does, or would do, by destination and state. */
export function effectsOf(action: DeliveryAction, tallies: readonly DeliveryTally[]): Effects {
  const effects = new Map<string, Effects[number]>();
  for (const { destination, state, count, example, ...standing } of tallies) {
    const effect = effectOf(action, { state, ...standing });
    const key = `${destination} ${state} ${effect}`;
    const known = effects.get(key);
    if (known) known.count += count;
    else effects.set(key, { destination, state, effect, count, example });
  }
  return [...effects.values()];
}

/** Of those, the destinations that cannot recognise a duplicate. An integration that is not known here counts as one. */
export async function repeatsOf(
  { db, integrations }: Pick<ApiDeps, 'db' | 'integrations'>,
  action: DeliveryAction,
  tallies: readonly DeliveryTally[],
): Promise<Repeats> {
  const counts = new Map<string, number>();
  for (const tally of tallies) {
    if (mayRepeat(action, tally)) counts.set(tally.destination, (counts.get(tally.destination) ?? 0) + tally.count);
  }
  const repeats: Repeats = [];
  for (const [destination, count] of counts) {
    const integration = (await db.destinations.get(destination))?.spec.integration ?? '';
    const dedupe = integrations[integration]?.dedupe ?? 'none';
    if (dedupe === 'none') repeats.push({ destination, integration, count });
  }
  return repeats;
}
