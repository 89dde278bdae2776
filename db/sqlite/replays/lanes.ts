import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { ReplayNews, Replays, ReplayTurn } from '../../replays.ts';
import { deliveries } from '../../schema.ts';
import { type Actor, SYSTEM } from '../../verbs.ts';
import type { Log } from '../audit.ts';
import type { Connection } from '../connection.ts';
import { type DeliveryRow, prepareDeliveryRows } from '../deliveries/rows.ts';
import { prepareQueue } from './queue.ts';
import type { ReplayRow, ReplayRows } from './rows.ts';

/** Refusals one after the other that a replay takes before it asks somebody to look. */
const TOO_MANY_REFUSED = 100;

type Took = Parameters<Replays['take']>[0];

/** What the lanes of a replay do: see what is due, and queue more. */
export function laneVerbs({ db, write }: Connection, log: Log, rows: ReplayRows): Pick<Replays, 'take' | 'queue'> {
  const queue = prepareQueue(db, prepareDeliveryRows(db));
  const open = prepareOpen(db);

  /** Written down only when it says something new: a success after a success does not. */
  function learn(row: ReplayRow, { arrived, refused, said }: ReplayNews, at: string): ReplayRow {
    const inARow = refused + (arrived ? 0 : row.refused);
    if (row.state !== 'running' || inARow === row.refused) return row;
    if (inARow < TOO_MANY_REFUSED) return change(row, { refused: inARow });
    const reason = `${inARow} deliveries in a row were refused; the last one: ${said}`;
    log({ by: SYSTEM, at, action: 'replay.pause', target: row.id, detail: { reason } });
    return change(row, { ...stateBy(SYSTEM, at), state: 'paused', stateReason: reason, refused: inARow });
  }

  function change(row: ReplayRow, changes: Partial<ReplayRow>): ReplayRow {
    rows.save(row.id, changes);
    return { ...row, ...changes };
  }

  /** Everything was looked at, and all that is open waits for an operator. */
  const isThrough = (row: ReplayRow): boolean => row.cursorSeq >= row.throughSeq && !open.some(row.id);

  function end(row: ReplayRow, at: string): void {
    change(row, { ...stateBy(SYSTEM, at), state: 'done', stateReason: null, finishedAt: at });
    // The next sweep gives what is blocked a host of its own.
    const { changes: blocked } = db
      .update(deliveries)
      .set({ hostCheckedAt: new Date(0).toISOString() })
      .where(and(eq(deliveries.replayId, row.id), eq(deliveries.state, 'blocked')))
      .run();
    log({ by: SYSTEM, at, action: 'replay.done', target: row.id, detail: { queued: row.queued, blocked } });
  }

  function finishBegun({ id, stateReason: reason, spec, queued }: ReplayRow, took: Took): ReplayTurn {
    const begun = open
      .ofLane(id, took)
      .filter((one) => (one.state === 'trying' || one.state === 'confirming') && isDue(one, took.at));
    return { kind: 'paused', reason, spec, due: begun.map(({ id, state }) => ({ id, state })), queued };
  }

  function work(row: ReplayRow, took: Took): ReplayTurn {
    const { window, at } = took;
    const mine = open.ofLane(row.id, took);
    const later = mine.filter((one) => !isDue(one, at)).map(({ nextAttemptAt }) => nextAttemptAt ?? at);
    return {
      kind: 'go',
      spec: row.spec,
      due: mine.filter((one) => isDue(one, at)).map(({ id, state }) => ({ id, state })),
      nextAt: later.sort()[0] ?? null,
      room: Math.max(0, window - mine.length),
      queued: row.queued,
      cursorSeq: row.cursorSeq,
      throughSeq: row.throughSeq,
    };
  }

  function take(row: ReplayRow, input: Took): ReplayTurn {
    if (row.finishedAt !== null) return { kind: 'over' };
    const now = learn(row, input.news, input.at);
    if (now.state === 'paused') return finishBegun(now, input);
    if (!isThrough(now)) return work(now, input);
    end(now, input.at);
    return { kind: 'over' };
  }

  return {
    take: (input) =>
      write(() => {
        const row = rows.find(input.id);
        return row && take(row, input);
      }),

    queue: ({ id, lane, fromSeq, toSeq, planned, at }) =>
      write(() => {
        const row = rows.find(id);
        if (row?.state !== 'running' || row.cursorSeq !== fromSeq) return false;
        const queued = planned.filter((one) => queue(one, { id, lane, at })).length;
        rows.save(id, { cursorSeq: toSeq, queued: row.queued + queued });
        return true;
      }),
  };
}

/**
 * Open deliveries that go on by themselves or were told to. Two ranges of an index, asked one by one: with an `or` SQLite
 * reads the whole replay, and what is blocked may be much and is not looked at.
 */
function prepareOpen(db: Connection['db']) {
  const ofReplay = eq(deliveries.replayId, sql.placeholder('id'));
  const goingOn = and(ofReplay, inArray(deliveries.state, ['queued', 'trying', 'waiting', 'confirming']));
  const commanded = and(ofReplay, eq(deliveries.state, 'blocked'), isNotNull(deliveries.commandSentAt));
  const lane = sql`${deliveries.replayLane} % ${sql.placeholder('lanes')} = ${sql.placeholder('lane')}`;
  const { id, receivedSeq, state, nextAttemptAt, commandAt } = deliveries;
  const select = () => db.select({ id, receivedSeq, state, nextAttemptAt, commandAt }).from(deliveries);
  const inLane = (range: typeof commanded) => select().where(and(range, lane));
  const first = [goingOn, commanded].map((range) => select().where(range).limit(1).prepare());
  // Somebody may have asked for all that is blocked at once: a lane takes a window of those and comes again for more.
  const ofLane = [
    inLane(goingOn).prepare(),
    inLane(commanded).orderBy(deliveries.commandSentAt).limit(sql.placeholder('window')).prepare(),
  ];
  return {
    some: (replayId: string): boolean => first.some((one) => one.get({ id: replayId }) !== undefined),
    /** In the order of receipt. */
    ofLane: (replayId: string, { lane, lanes, window }: Pick<Took, 'lane' | 'lanes' | 'window'>) =>
      ofLane
        .flatMap((one) => one.all({ id: replayId, lane, lanes, window }))
        .sort((a, b) => a.receivedSeq - b.receivedSeq || (a.id < b.id ? -1 : 1)),
  };
}

const isDue = (
  { state, nextAttemptAt, commandAt }: Pick<DeliveryRow, 'state' | 'nextAttemptAt' | 'commandAt'>,
  at: string,
): boolean => state === 'trying' || commandAt !== null || nextAttemptAt === null || nextAttemptAt <= at;

const stateBy = (by: Actor, at: string) => ({ stateById: by.id, stateByName: by.name, stateAt: at });
