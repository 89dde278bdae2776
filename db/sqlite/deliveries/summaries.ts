import { count, sql } from 'drizzle-orm';
import type { Deliveries } from '../../deliveries.ts';
import { deliveries, deliveryTotals, destinations } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { causeVerbs } from './causes.ts';
import { olderThanAllowed, oldest, openOfEach } from './records.ts';
import { tallyVerbs } from './tally.ts';

/** Open deliveries by cause, any by how they stand, and all of them by destination and state. */
export function summaryVerbs(connection: Connection): Pick<Deliveries, 'causes' | 'tally' | 'counts'> {
  return { ...causeVerbs(connection), ...tallyVerbs(connection), ...countVerbs(connection) };
}

function countVerbs({ db, read }: Connection): Pick<Deliveries, 'counts'> {
  return {
    counts: (at) =>
      read(() => {
        const integrationOf = new Map(
          db
            .select({ name: destinations.name, spec: destinations.spec })
            .from(destinations)
            .all()
            .map(({ name, spec }) => [name, spec.integration]),
        );
        const open = db
          .select({
            destination: destinations.name,
            state: deliveries.state,
            count: count(),
            stuck: sql<number>`sum(${olderThanAllowed(at)})`,
            oldest,
          })
          .from(destinations)
          .crossJoin(deliveries)
          .where(openOfEach)
          .groupBy(destinations.name, deliveries.state)
          .all();
        const ended = db
          .select()
          .from(deliveryTotals)
          .all()
          .map((total) => ({ ...total, stuck: 0, oldest: null }));
        return [...open, ...ended].map((row) => ({ ...row, integration: integrationOf.get(row.destination) ?? '' }));
      }),
  };
}
