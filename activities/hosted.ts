import { DEFAULT_STUCK_AFTER_MS } from '../attestation/delivery/timing.ts';
import { parseDuration } from '../attestation/duration.ts';
import type { HostedDelivery as OpenDelivery } from '../db/hosts.ts';
import type { HostedDelivery } from '../workflows/steps.ts';
import { startToCloseMs } from './attempt.ts';
import type { Deps } from './deps.ts';
import { LONGEST_TIMEOUT_MS } from './integrations/support/limits.ts';

/** The open deliveries that a workflow hosts: what `redelivery` begins with. */
export const createHosted =
  (deps: Deps) =>
  async (workflowId: string): Promise<HostedDelivery[]> =>
    hostable(deps, await deps.db.hosts.hosted(workflowId));

/**
 * Adds what the workflow needs to know of each destination: when it is stuck, how long an attempt may take. That is the
 * longest that any may: the worker ends an attempt by the limits of its moment, which may have changed since.
 */
export async function hostable(deps: Pick<Deps, 'db'>, deliveries: readonly OpenDelivery[]): Promise<HostedDelivery[]> {
  if (deliveries.length === 0) return [];
  const destinations = new Map(
    (await deps.db.destinations.all()).map((destination) => [destination.name, destination]),
  );
  return deliveries.map((delivery) => {
    const destination = destinations.get(delivery.destination);
    return {
      ...delivery,
      stuckAfterMs: parseDuration(destination?.spec.stuckAfter ?? '') ?? DEFAULT_STUCK_AFTER_MS,
      attemptMs: startToCloseMs(LONGEST_TIMEOUT_MS),
    };
  });
}
