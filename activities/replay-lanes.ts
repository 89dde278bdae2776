import type { DestinationRecord } from '../db/destinations.ts';
import type { Deps } from './deps.ts';

const DEFAULT_CONCURRENCY = 4;

/** How many lanes a replay has: about half of what its destination takes at once, so that what comes now finds room. */
export function lanesFor({ integrations }: Pick<Deps, 'integrations'>, { spec }: DestinationRecord): number {
  const concurrency =
    spec.limits.concurrency ?? integrations[spec.integration]?.limits.concurrency ?? DEFAULT_CONCURRENCY;
  return Math.max(1, Math.floor(concurrency / 2));
}
