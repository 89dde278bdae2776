import type { DeliveryRecord } from '../../db/deliveries.ts';
import { actorOf } from '../auth/principal.ts';
import type { PageDeps } from './deps.ts';
import type { Viewer } from './viewer.ts';

/** Each action writes to the database first and then wakes the workflow; it returns what it did, in words. */
export async function retryDelivery(deps: PageDeps, viewer: Viewer, delivery: DeliveryRecord): Promise<string> {
  const commanded = await commandRetry(deps, viewer, delivery, null);
  if (!commanded) return 'It has ended already: nothing to retry.';
  await deps.engine.wake(commanded, 'retry');
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
  await deps.engine.wake(skipped, 'skip');
  return 'Skipped.';
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
