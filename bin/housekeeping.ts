import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { SHARES, type StoreUpkeep } from '../store/upkeep.ts';

const EVERY_MS = 15_000;
const LEASE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Attempts grow old slowly: the walk over all deliveries begins anew after this. */
const ATTEMPTS_EVERY_MS = 6 * HOUR_MS;
/** Of one transaction, so that others wait no longer than for these; and of one turn. */
const BATCH = 200;
const BATCHES = 10;
/** Between setting aside and dropping: longer than any put that was under way. */
const ASIDE_MS = HOUR_MS;

export type HousekeepingOptions = {
  db: Pick<Database, 'leases' | 'upkeep'>;
  store: StoreUpkeep;
  processId: string;
  keepAttemptsMs: number;
  clock: () => Date;
  log: { warn(detail: object, message: string): void; info(detail: object, message: string): void };
};

/** How far this process has come; a restart begins anew, which costs a walk and nothing else. */
type Position = { attemptsAfter: string | undefined; attemptsFrom: number; share: number };
export const START: Position = { attemptsAfter: undefined, attemptsFrom: 0, share: 0 };

/**
 * Removes what nobody needs any more, in one process at a time and a little at a turn: old attempts, bytes that nobody
 * named within a day, kept answers. The audit, and whatever a judgement or delivery refers to, stays.
 */
export function startHousekeeping(options: HousekeepingOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = (async () => {
    let position = START;
    while (!signal.aborted) {
      try {
        position = await keepHouse(options, position, signal);
      } catch (error) {
        options.log.warn({ error: String(error) }, 'housekeeping failed; the next turn goes on');
      }
      await delay(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

/** One turn. Answers where the next goes on. */
export async function keepHouse(
  options: HousekeepingOptions,
  position: Position,
  signal?: AbortSignal,
): Promise<Position> {
  const { db, processId, clock } = options;
  const leased = async () =>
    signal?.aborted !== true && (await db.leases.take('housekeeping', processId, LEASE_MS, clock().toISOString()));
  if (!(await leased())) return position;
  const ago = (ms: number) => new Date(clock().getTime() - ms).toISOString();
  await inBatches(leased, async () => (await db.upkeep.removeAnswers(ago(DAY_MS), BATCH)) === BATCH);
  const unclaimedBefore = (await staleBefore(options)).toISOString();
  await inBatches(leased, async () => (await db.upkeep.removeBlobs(unclaimedBefore, BATCH)) === BATCH);
  const next = await walkAttempts(options, position, leased);
  if (!(await leased())) return next;
  await clearAside(options);
  await clearShare(options, position.share);
  return { ...next, share: (position.share + 1) % SHARES };
}

async function inBatches(leased: () => Promise<boolean>, removeSome: () => Promise<boolean>): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    if (!(await leased()) || !(await removeSome())) return;
    await turn();
  }
}

async function walkAttempts(
  { db, clock, keepAttemptsMs }: HousekeepingOptions,
  position: Position,
  leased: () => Promise<boolean>,
): Promise<Position> {
  const now = clock().getTime();
  if (now < position.attemptsFrom) return position;
  const before = new Date(now - keepAttemptsMs).toISOString();
  let after = position.attemptsAfter;
  let isOver = false;
  await inBatches(leased, async () => {
    const { next } = await db.upkeep.removeAttempts({ before, after, limit: BATCH });
    after = next ?? undefined;
    isOver = next === null;
    return !isOver;
  });
  return { ...position, attemptsAfter: after, attemptsFrom: isOver ? now + ATTEMPTS_EVERY_MS : 0 };
}

/** What nobody has put for a day, counted from when the oldest undecided judgement was asked for: it may name it still. */
async function staleBefore({ db, clock }: HousekeepingOptions): Promise<Date> {
  const undecided = await db.upkeep.undecidedSince();
  return new Date((undecided === null ? clock().getTime() : Date.parse(undecided)) - DAY_MS);
}

async function clearShare(options: HousekeepingOptions, share: number): Promise<void> {
  const { db, store, clock, log } = options;
  const before = await staleBefore(options);
  const { stale, ...found } = await store.survey(share, before);
  await db.upkeep.noteShare(share, found, clock().toISOString());
  for (let from = 0; from < stale.length; from += BATCH) {
    for (const sha256 of await db.upkeep.unreferred(stale.slice(from, from + BATCH))) {
      if (await store.setAside(sha256, before)) log.info({ sha256 }, 'bytes that nothing refers to are set aside');
    }
    await turn();
  }
}

/** Second thoughts: what was put in the moment in which it was set aside, or is referred to now, goes back. */
async function clearAside(options: HousekeepingOptions): Promise<void> {
  const { db, store, clock, log } = options;
  const before = await staleBefore(options);
  const aside = await store.listAside(new Date(clock().getTime() - ASIDE_MS), BATCH);
  const unreferred = new Set(await db.upkeep.unreferred(aside.map(({ sha256 }) => sha256)));
  let dropped = 0;
  for (const { sha256, putAt } of aside) {
    if (unreferred.has(sha256) && putAt < before) {
      await store.drop(sha256);
      log.info({ sha256 }, 'bytes that nothing refers to are removed');
      dropped += 1;
    } else await store.putBack(sha256);
  }
  await db.upkeep.noteFilesRemoved(dropped);
}
