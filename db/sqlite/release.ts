import { and, eq, isNull } from 'drizzle-orm';
import { deliveries } from '../schema.ts';
import type { Connection } from './connection.ts';

const LONG_AGO = new Date(0).toISOString();

/**
 * Within the transaction that runs: lets go what waits because its destination was wrong, which may be mended. As if a
 * retry had been asked for long ago: the next sweep wakes them, those of a held destination once it is not.
 */
export function releaseWaiting(db: Connection['db'], destination: string, commandBy: string, at: string): void {
  db.update(deliveries)
    .set({ commandAt: at, commandBy, commandSentAt: LONG_AGO })
    .where(
      and(
        eq(deliveries.destination, destination),
        eq(deliveries.state, 'waiting'),
        eq(deliveries.causeScope, 'destination'),
        isNull(deliveries.commandAt),
      ),
    )
    .run();
}
