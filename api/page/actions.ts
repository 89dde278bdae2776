import type { DeliveryRecord } from '../../db/records.ts';
import { actorOf } from '../auth/principal.ts';
import type { PageDeps } from './deps.ts';
import { type CauseQuery, deliveriesOfCause } from './load.ts';
import { plural } from './parts.ts';
import type { Viewer } from './viewer.ts';

/** More at once would keep the browser waiting; the rest stays in its group for another click. */
const MOST_AT_ONCE = 1000;
const WAKES_AT_ONCE = 16;
/** With Temporal away each wake takes its full time. */
const WAKE_PATIENCE_MS = 3000;

/** Each action writes to the database first and then wakes the workflows; it returns what it did, in words. */
export async function retryDelivery(deps: PageDeps, viewer: Viewer, delivery: DeliveryRecord): Promise<string> {
  const commanded = await commandRetry(deps, viewer, delivery, null);
  if (!commanded) return 'It has ended already: nothing to retry.';
  await wakeAll(deps, [commanded], 'retry');
  return 'Retry asked for.';
}

export async function skipDelivery(
  deps: PageDeps,
  viewer: Viewer,
  delivery: DeliveryRecord,
  reason: string,
): Promise<string> {
  const skipped = await skip(deps, viewer, delivery, reason);
  if (!skipped) return 'It had ended already: nothing was skipped.';
  await wakeAll(deps, [skipped], 'skip');
  return 'Skipped.';
}

type OldCause = CauseQuery & { olderThan: string };

export const retryCause = (deps: PageDeps, viewer: Viewer, cause: OldCause): Promise<string> =>
  onCause(deps, viewer, cause, 'retry', (delivery) => commandRetry(deps, viewer, delivery, `all of ${cause.code}`));

export const skipCause = (deps: PageDeps, viewer: Viewer, cause: OldCause, reason: string): Promise<string> =>
  onCause(deps, viewer, cause, 'skip', (delivery) => skip(deps, viewer, delivery, reason));

async function onCause(
  deps: PageDeps,
  viewer: Viewer,
  cause: OldCause,
  what: 'retry' | 'skip',
  write: (delivery: DeliveryRecord) => Promise<DeliveryRecord | undefined>,
): Promise<string> {
  const found = await deliveriesOfCause(deps, viewer, cause, MOST_AT_ONCE + 1, deps.clock());
  const written: DeliveryRecord[] = [];
  for (const delivery of found.slice(0, MOST_AT_ONCE)) written.push(...[(await write(delivery)) ?? []].flat());
  await wakeAll(deps, written, what);
  const done = `${plural(written.length, 'delivery', 'deliveries')} to ${cause.destination}`;
  const rest = found.length > MOST_AT_ONCE ? ' There are more: do it again for the rest.' : '';
  return what === 'skip' ? `Skipped ${done}.${rest}` : `Asked for a retry of ${done}.${rest}`;
}

/** Undefined when it had ended: then nothing was written. */
async function commandRetry(deps: PageDeps, viewer: Viewer, delivery: DeliveryRecord, reason: string | null) {
  const commanded = await deps.db.deliveries.commandRetry(delivery.id, { ...who(deps, viewer), reason });
  return commanded?.command ? commanded : undefined;
}

async function skip(deps: PageDeps, viewer: Viewer, delivery: DeliveryRecord, reason: string) {
  const skipped = await deps.db.deliveries.skip(delivery.id, { ...who(deps, viewer), reason });
  return skipped?.done ? skipped.delivery : undefined;
}

const who = (deps: PageDeps, viewer: Viewer) => ({ by: actorOf(viewer.principal), at: deps.clock().toISOString() });

/** The rows say what was asked for: what is not woken in time, the sweeper wakes. */
async function wakeAll(deps: PageDeps, deliveries: readonly DeliveryRecord[], what: 'retry' | 'skip'): Promise<void> {
  const until = deps.clock().getTime() + WAKE_PATIENCE_MS;
  for (let from = 0; from < deliveries.length && deps.clock().getTime() <= until; from += WAKES_AT_ONCE) {
    await Promise.all(deliveries.slice(from, from + WAKES_AT_ONCE).map((delivery) => deps.engine.wake(delivery, what)));
  }
}
