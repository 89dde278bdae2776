import { and, desc, eq, inArray, isNotNull, lt, max, or } from 'drizzle-orm';
import { decodeCursor, toPage } from '../cursor.ts';
import type { Replays } from '../replays.ts';
import { attestations, destinations, replays } from '../schema.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { move, prepareDeliveryRows } from './deliveries/rows.ts';
import { candidateVerbs } from './replays/candidates.ts';
import { laneVerbs } from './replays/lanes.ts';
import { prepareReplayRows, type ReplayRow } from './replays/rows.ts';

const VERBS = { paused: 'pause', running: 'resume', cancelled: 'cancel' } as const;
type Steering = Parameters<Replays['steer']>;

export function replayVerbs(connection: Connection, log: Log): Replays {
  const { db, read, write } = connection;
  const rows = prepareReplayRows(db);
  const deliveryRows = prepareDeliveryRows(db);

  /** Ends what is open; an attempt that is on its way is logged when it reports. */
  function skipOpen({ id }: ReplayRow, { by, at, reason }: Steering[2]): number {
    const because = `replay ${id} cancelled${reason === null ? '' : `: ${reason}`}`;
    const open = rows.open(id);
    for (const row of open) {
      const skipped = move(row, 'skip', at, { skippedBy: by.name, skippedReason: because });
      if (skipped) deliveryRows.save(row, skipped);
    }
    return open.length;
  }

  function steer(row: ReplayRow, to: Steering[1], asked: Steering[2]): boolean {
    if (row.finishedAt !== null || row.state === to) return false;
    const { by, at, reason } = asked;
    const skipped = to === 'cancelled' ? skipOpen(row, asked) : undefined;
    rows.save(row.id, {
      ...{ state: to, stateById: by.id, stateByName: by.name, stateAt: at, stateReason: reason, refused: 0 },
      ...(to === 'cancelled' && { finishedAt: at }),
    });
    const detail = { reason, ...(skipped !== undefined && { skipped }) };
    log({ by, at, action: `replay.${VERBS[to]}`, target: row.id, detail });
    return true;
  }

  return {
    ...candidateVerbs(connection),
    ...laneVerbs(connection, log, rows),

    create: ({ by, at, id, spec, reason, total, throughSeq }) =>
      write(() => {
        const row = db
          .insert(replays)
          .values({
            ...{ id, spec, destination: spec.destination, reason, total, throughSeq, state: 'running' },
            ...{ stateById: by.id, stateByName: by.name, stateAt: at, hostCheckedAt: at },
            ...{ createdById: by.id, createdByName: by.name, createdAt: at },
          })
          .returning()
          .get();
        log({ by, at, action: 'replay.create', target: id, detail: { spec, total, reason } });
        return rows.toRecord(row);
      }),

    get: (id) =>
      read(() => {
        const row = rows.find(id);
        return row && rows.toRecord(row);
      }),

    list: ({ destination, state }, page) =>
      read(() => {
        const after = decodeCursor(page.cursor, ['', ''] as const);
        const found = db
          .select()
          .from(replays)
          .where(
            and(
              destination === undefined ? undefined : eq(replays.destination, destination),
              state === undefined ? undefined : inArray(replays.state, state),
              after &&
                or(lt(replays.createdAt, after[0]), and(eq(replays.createdAt, after[0]), lt(replays.id, after[1]))),
            ),
          )
          .orderBy(desc(replays.createdAt), desc(replays.id))
          .limit(page.limit + 1)
          .all();
        return toPage(found, page, rows.toRecord, (row) => [row.createdAt, row.id]);
      }),

    steer: (id, to, asked) =>
      write(() => {
        const row = rows.find(id);
        if (!row) return undefined;
        const changed = steer(row, to, asked);
        return { record: rows.toRecord(rows.find(id) ?? row), changed };
      }),

    latestSeq: () =>
      read(
        () =>
          db
            .select({ seq: max(attestations.receivedSeq) })
            .from(attestations)
            .get()?.seq ?? 0,
      ),

    toCheck: (before, limit, at) =>
      write(() => {
        const found = db
          .select({ id: replays.id, finishedAt: replays.finishedAt, deletedAt: destinations.deletedAt })
          .from(replays)
          .innerJoin(destinations, eq(destinations.name, replays.destination))
          .where(and(isNotNull(replays.hostCheckedAt), lt(replays.hostCheckedAt, before)))
          .orderBy(replays.hostCheckedAt)
          .limit(limit)
          .all();
        for (const { id } of found) rows.save(id, { hostCheckedAt: at });
        return found.map(({ id, finishedAt, deletedAt }) => ({
          id,
          over: finishedAt !== null,
          stranded: deletedAt !== null,
        }));
      }),

    closed: (id) =>
      write(() => {
        if (rows.find(id)?.finishedAt != null) rows.save(id, { hostCheckedAt: null });
      }),
  };
}
