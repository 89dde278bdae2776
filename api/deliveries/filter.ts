import { parseDuration } from '../../attestation/duration.ts';
import type { DeliveryFilter } from '../../db/delivery-lists.ts';
import { type Principal, visibleTo } from '../auth/principal.ts';
import { splitPipeline } from '../filters.ts';

/** What a caller narrows deliveries by: `pipeline` may be `project/pipeline`, `olderThan` a duration or a time. */
type Narrowing = Omit<DeliveryFilter, 'visible'>;

/** The filter as the database takes it, within what the caller may see. */
export const filterOf = (principal: Principal, at: Date, { olderThan, ...filter }: Narrowing): DeliveryFilter => ({
  ...filter,
  ...splitPipeline(filter),
  olderThan: olderThan && instantOf(olderThan, at),
  visible: visibleTo(principal),
});

function instantOf(text: string, at: Date): string {
  const ms = parseDuration(text);
  return (ms === undefined ? new Date(text) : new Date(at.getTime() - ms)).toISOString();
}
