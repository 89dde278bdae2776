import { and, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { type Deliveries, MOST_CAUSES } from '../../database.ts';
import type { CauseGroup } from '../../records.ts';
import { deliveries, deliveryTotals, destinations } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { matching, NO_CAUSE_CODE } from './list.ts';
import { heldNow, stuckAt } from './records.ts';

/** Of a group: the smallest time and id in one value. */
const oldestId = sql<string>`substr(min(printf('%015d', ${deliveries.createdAt}) || ${deliveries.id}), 16)`;

/** Open deliveries by cause, any by how they stand, and all of them by destination and state. */
export function summaryVerbs({ db, read }: Connection): Pick<Deliveries, 'causes' | 'tally' | 'counts'> {
  return {
    causes: (filter, at) =>
      read(() => {
        const stuck = sql<number>`sum(${stuckAt(at)})`;
        const groups = db
          .select({
            destination: deliveries.destination,
            scope: deliveries.causeScope,
            code: deliveries.causeCode,
            count: sql<number>`count(*)`,
            stuck,
            held: sql<0 | 1>`max(${heldNow})`,
            oldest: sql<string>`min(${deliveries.createdAt})`.mapWith(deliveries.createdAt),
            firstSeen: sql<string | null>`min(${deliveries.causeFirstAt})`.mapWith(deliveries.causeFirstAt),
            lastSeen: sql<string | null>`max(${deliveries.causeLastAt})`.mapWith(deliveries.causeLastAt),
            example: oldestId,
          })
          .from(deliveries)
          .innerJoin(destinations, eq(destinations.name, deliveries.destination))
          .where(and(isNull(deliveries.finishedAt), matching(filter, at)))
          .groupBy(deliveries.destination, deliveries.causeScope, deliveries.causeCode)
          .orderBy(desc(sql`${stuck} > 0`), sql`min(${deliveries.createdAt})`)
          .limit(MOST_CAUSES)
          .all();
        const ids = groups.map((group) => group.example);
        const messages = new Map(
          db
            .select({ id: deliveries.id, message: deliveries.causeMessage })
            .from(deliveries)
            .where(inArray(deliveries.id, ids))
            .all()
            .map(({ id, message }) => [id, message]),
        );
        return groups.map(
          (group): CauseGroup => ({
            ...group,
            scope: group.scope ?? 'none',
            code: group.code ?? NO_CAUSE_CODE,
            held: group.held === 1,
            example: { deliveryId: group.example, message: messages.get(group.example) ?? null },
          }),
        );
      }),

    tally: (filter, at) =>
      read(() => {
        const asked = sql<0 | 1>`${deliveries.commandAt} is not null`;
        const tried = sql<0 | 1>`${deliveries.attempts} > 0`;
        return db
          .select({
            destination: deliveries.destination,
            state: deliveries.state,
            held: sql<0 | 1>`max(${heldNow})`,
            asked,
            tried,
            count: sql<number>`count(*)`,
            example: oldestId,
          })
          .from(deliveries)
          .innerJoin(destinations, eq(destinations.name, deliveries.destination))
          .where(matching(filter, at))
          .groupBy(deliveries.destination, deliveries.state, asked, tried)
          .orderBy(deliveries.destination, deliveries.state, asked, tried)
          .all()
          .map((row) => ({ ...row, held: row.held === 1, asked: row.asked === 1, tried: row.tried === 1 }));
      }),

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
            destination: deliveries.destination,
            state: deliveries.state,
            count: sql<number>`count(*)`,
            stuck: sql<number>`sum(${stuckAt(at)})`,
            oldest: sql<string>`min(${deliveries.createdAt})`.mapWith(deliveries.createdAt),
          })
          .from(deliveries)
          .innerJoin(destinations, eq(destinations.name, deliveries.destination))
          .where(isNull(deliveries.finishedAt))
          .groupBy(deliveries.destination, deliveries.state)
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
