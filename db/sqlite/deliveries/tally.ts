import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { isFinal } from '../../../attestation/delivery/state.ts';
import type { Deliveries } from '../../deliveries.ts';
import type { DeliveryFilter, DeliveryTally } from '../../delivery-lists.ts';
import { deliveries, destinations } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholderFor } from '../placeholders.ts';
import { matching } from './list.ts';
import { heldDestinations } from './records.ts';

/** Beside destination and state, what decides what an action would do; in the order in which it is told. */
const STANDINGS = {
  fresh: { asked: false, tried: false },
  tried: { asked: false, tried: true },
  asked: { asked: true, tried: false },
  again: { asked: true, tried: true },
} as const satisfies Record<string, Standing>;
type Standing = Pick<DeliveryTally, 'asked' | 'tried'>;
type Name = keyof typeof STANDINGS;

const stands = ({ asked, tried }: Standing): SQL =>
  sql`(${deliveries.commandAt} is null) = ${asked ? 0 : 1} and (${deliveries.attempts} > 0) = ${tried ? 1 : 0}`;

const summaryOf = (name: Name) => ({
  count: sql<number>`count(*) filter (where ${stands(STANDINGS[name])})`,
  oldest: sql<string | null>`min(${deliveries.createdAt}) filter (where ${stands(STANDINGS[name])})`.mapWith(
    deliveries.createdAt,
  ),
});

/** Deliveries by how they stand. */
export function tallyVerbs({ db, read }: Connection): Pick<Deliveries, 'tally'> {
  const tally = (filter: DeliveryFilter, at: string): DeliveryTally[] => {
    const held = heldDestinations(db);
    const exampleOf = prepareExample(db, filter, at);
    // Standings side by side: as groups SQLite would have to sort every delivery.
    const rows = db
      .select({
        destination: destinations.name,
        state: deliveries.state,
        fresh: summaryOf('fresh'),
        tried: summaryOf('tried'),
        asked: summaryOf('asked'),
        again: summaryOf('again'),
      })
      .from(destinations)
      .crossJoin(deliveries)
      .where(and(eq(deliveries.destination, destinations.name), matching(filter, at)))
      .groupBy(destinations.name, deliveries.state)
      .orderBy(destinations.name, deliveries.state)
      .all();
    return rows.flatMap(({ destination, state, ...found }) =>
      (Object.keys(STANDINGS) as Name[])
        .filter((name) => found[name].count > 0)
        .map((name) => ({
          destination,
          state,
          held: held.has(destination) && !isFinal(state),
          ...STANDINGS[name],
          count: found[name].count,
          example: exampleOf(name, { destination, state, oldest: found[name].oldest }),
        })),
    );
  };
  return { tally: (filter, at) => read(() => tally(filter, at)) };
}

type Of = Pick<DeliveryTally, 'destination' | 'state'> & { oldest: string | null };

function prepareExample(db: Connection['db'], filter: DeliveryFilter, at: string) {
  const first = (standing: Standing) =>
    db
      .select({ id: deliveries.id })
      .from(deliveries)
      .innerJoin(destinations, eq(destinations.name, deliveries.destination))
      .where(
        and(
          eq(deliveries.destination, sql.placeholder('destination')),
          eq(deliveries.state, sql.placeholder('state')),
          sql`${deliveries.createdAt} = ${placeholderFor('oldest', deliveries.createdAt)}`,
          stands(standing),
          matching(filter, at),
        ),
      )
      .orderBy(asc(deliveries.id))
      .limit(1)
      .prepare();
  const prepared = {
    fresh: first(STANDINGS.fresh),
    tried: first(STANDINGS.tried),
    asked: first(STANDINGS.asked),
    again: first(STANDINGS.again),
  };
  return (name: Name, of: Of): string => {
    const found = prepared[name].get(of);
    if (!found) throw new Error(`expected a delivery of ${of.oldest} to ${of.destination}, found none`);
    return found.id;
  };
}
