import { and, count, eq, inArray, sql } from 'drizzle-orm';
import { OPEN_STATES } from '../../../attestation/delivery/state.ts';
import { replayWorkflowId } from '../../../attestation/names.ts';
import type { ReplayRecord } from '../../replays.ts';
import { deliveries, holds, replays } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import type { DeliveryRow } from '../deliveries/rows.ts';

export type ReplayRow = typeof replays.$inferSelect;
export type ReplayRows = ReturnType<typeof prepareReplayRows>;

/** `hostCheckedAt` of what a replay hosts: whoever sees to the replay sees to it, and the look at hosts passes it over. */
export const SEEN_TO_BY_REPLAY = new Date(8.64e15).toISOString();

/** Finds and saves replays within the transaction that runs. */
export function prepareReplayRows(db: Connection['db']) {
  const byId = db
    .select()
    .from(replays)
    .where(eq(replays.id, sql.placeholder('id')))
    .prepare();
  const states = db
    .select({ state: deliveries.state, count: count() })
    .from(deliveries)
    .where(eq(deliveries.replayId, sql.placeholder('id')))
    .groupBy(deliveries.state)
    .prepare();
  const holdsOf = db
    .select({ kind: holds.kind })
    .from(holds)
    .where(eq(holds.destination, sql.placeholder('destination')))
    .prepare();

  return {
    find: (id: string): ReplayRow | undefined => byId.get({ id }),

    save(id: string, changes: Partial<ReplayRow>): void {
      db.update(replays).set(changes).where(eq(replays.id, id)).run();
    },

    toRecord: ({ refused: _, hostCheckedAt: __, destination, ...row }: ReplayRow): ReplayRecord => {
      const { stateById, stateByName, createdById, createdByName, ...rest } = row;
      return {
        ...rest,
        stateBy: { id: stateById, name: stateByName },
        createdBy: { id: createdById, name: createdByName },
        deliveries: Object.fromEntries(states.all({ id: row.id }).map(({ state, count }) => [state, count])),
        held: row.finishedAt === null && holdsOf.all({ destination }).length > 0,
        workflowId: replayWorkflowId(row.id),
      };
    },

    open: (id: string): DeliveryRow[] =>
      db
        .select()
        .from(deliveries)
        .where(and(eq(deliveries.replayId, id), inArray(deliveries.state, OPEN_STATES)))
        .all(),
  };
}
