import { and, asc, count, eq, isNull, max, min, sql } from 'drizzle-orm';
import type { Deliveries } from '../../deliveries.ts';
import type { CauseGroup } from '../../delivery-lists.ts';
import { type DeliveryFilter, MOST_CAUSES } from '../../delivery-lists.ts';
import { deliveries, destinations } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholderFor } from '../placeholders.ts';
import { matching, NO_CAUSE_CODE } from './list.ts';
import { heldDestinations, olderThanAllowed, oldest, openOfEach } from './records.ts';

/** `state`: that of the oldest. */
type Group = ReturnType<typeof readGroups>[number];

/** Open deliveries by cause. */
export function causeVerbs({ db, read }: Connection): Pick<Deliveries, 'causes'> {
  return {
    causes: (filter, at) =>
      read(() => {
        const held = heldDestinations(db);
        const exampleOf = prepareExample(db, filter, at);
        const groups = acrossStates(readGroups(db, filter, at))
          .sort(stuckFirstThenOldest)
          .slice(0, MOST_CAUSES);
        return groups.map(
          ({ state, ...group }): CauseGroup => ({
            ...group,
            scope: group.scope ?? 'none',
            code: group.code ?? NO_CAUSE_CODE,
            held: held.has(group.destination),
            example: exampleOf({ ...group, state }),
          }),
        );
      }),
  };
}

/** By state too, as the index has them: one walk, and nothing to sort. */
const readGroups = (db: Connection['db'], filter: DeliveryFilter, at: string) =>
  db
    .select({
      destination: destinations.name,
      state: deliveries.state,
      scope: deliveries.causeScope,
      code: deliveries.causeCode,
      count: count(),
      stuck: sql<number>`sum(${olderThanAllowed(at)})`,
      oldest,
      firstSeen: min(deliveries.causeFirstAt),
      lastSeen: max(deliveries.causeLastAt),
    })
    .from(destinations)
    .crossJoin(deliveries)
    .where(and(openOfEach, matching(filter, at)))
    .groupBy(destinations.name, deliveries.state, deliveries.causeScope, deliveries.causeCode)
    .all();

function acrossStates(groups: readonly Group[]): Group[] {
  const causes = new Map<string, Group>();
  for (const group of groups) {
    const key = JSON.stringify([group.destination, group.scope, group.code]);
    const same = causes.get(key);
    causes.set(key, same ? joined(same, group) : group);
  }
  return [...causes.values()];
}

const joined = (one: Group, other: Group): Group => ({
  ...(other.oldest < one.oldest ? other : one),
  count: one.count + other.count,
  stuck: one.stuck + other.stuck,
  firstSeen: [one.firstSeen, other.firstSeen].filter((at) => at !== null).sort()[0] ?? null,
  lastSeen:
    [one.lastSeen, other.lastSeen]
      .filter((at) => at !== null)
      .sort()
      .at(-1) ?? null,
});

const stuckFirstThenOldest = (a: Group, b: Group): number =>
  Number(b.stuck > 0) - Number(a.stuck > 0) || Date.parse(a.oldest) - Date.parse(b.oldest);

/** The oldest of a group, by a search in the same index. */
function prepareExample(db: Connection['db'], filter: DeliveryFilter, at: string) {
  const first = db
    .select({ deliveryId: deliveries.id, message: deliveries.causeMessage })
    .from(deliveries)
    .innerJoin(destinations, eq(destinations.name, deliveries.destination))
    .where(
      and(
        isNull(deliveries.finishedAt),
        eq(deliveries.destination, sql.placeholder('destination')),
        eq(deliveries.state, sql.placeholder('state')),
        sql`${deliveries.causeScope} is ${sql.placeholder('scope')}`,
        sql`${deliveries.causeCode} is ${sql.placeholder('code')}`,
        sql`${deliveries.createdAt} = ${placeholderFor('oldest', deliveries.createdAt)}`,
        matching(filter, at),
      ),
    )
    .orderBy(asc(deliveries.id))
    .limit(1)
    .prepare();
  return (group: Group): CauseGroup['example'] => {
    const found = first.get(group);
    if (!found) throw new Error(`expected a delivery of ${group.oldest} to ${group.destination}, found none`);
    return found;
  };
}
