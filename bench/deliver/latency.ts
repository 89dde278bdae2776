import { setTimeout as delay } from 'node:timers/promises';
import { takeTurns } from '../load.ts';
import { type Spread, spreadOf } from '../stats.ts';
import { arrived, FOUR, HANGS, type PipelineName, STEADY, type Stage, until } from './stage.ts';

/** From accepted to delivered, in ms, at a steady rate. `bare`: from being scheduled to the receiver's answer. */
export type ToDelivered = { perSecond: number; waybill: Spread; bare: Spread };
/** The same for one receiver: by itself, while a neighbour is prompt, while a neighbour hangs to its timeout. */
export type Isolation = { perSecond: number; alone: Spread; beside: Spread; hanging: Spread };

const WITHIN_MS = 60_000;

export async function measureToDelivered(
  at: Stage,
  { perSecond, roundMs, budgetMs }: { perSecond: number; roundMs: number; budgetMs: number },
): Promise<ToDelivered> {
  const count = Math.round((perSecond * roundMs) / 1000);
  const [waybill = [], bare = []] = await takeTurns(
    [
      async () => {
        const since = Date.now();
        const wanted = at.four.received() + count * FOUR.length;
        await paced(count, perSecond, () => at.submit('four'));
        await arrived(at.four, wanted, WITHIN_MS);
        return settled(at, since, count * FOUR.length);
      },
      async () => {
        at.floor.took();
        const wanted = at.four.received() + count * FOUR.length;
        await paced(count, perSecond, () => at.floor.bare());
        await arrived(at.four, wanted, WITHIN_MS);
        await delay(100);
        return at.floor.took();
      },
    ],
    budgetMs,
  );
  return { perSecond, waybill: spreadOf(waybill.flat()), bare: spreadOf(bare.flat()) };
}

export async function measureIsolation(
  at: Stage,
  { perSecond, roundMs, budgetMs }: { perSecond: number; roundMs: number; budgetMs: number },
): Promise<Isolation> {
  const count = Math.round((perSecond * roundMs) / 1000);
  const arm = (pipeline: PipelineName) => async () => {
    const since = Date.now();
    await paced(count, perSecond, () => at.submit(pipeline));
    const took = await settled(at, since, count, STEADY);
    if (pipeline === 'hanging') await giveUp(at);
    return took;
  };
  const arms = [arm('alone'), arm('beside'), arm('hanging')];
  const [alone = [], beside = [], hanging = []] = await takeTurns(arms, budgetMs);
  return {
    perSecond,
    alone: spreadOf(alone.flat()),
    beside: spreadOf(beside.flat()),
    hanging: spreadOf(hanging.flat()),
  };
}

/** What still hangs would weigh on the next round: an operator skips it. */
async function giveUp(at: Stage): Promise<void> {
  const action = { action: 'skip', filter: { destination: HANGS }, reason: 'the round of the bench is over' };
  const ask = (more: object) => at.admin('POST', '/v1/deliveries/actions', JSON.stringify({ ...action, ...more }));
  const { count } = (await ask({ dryRun: true })) as { count: number };
  if (count > 0) await ask({ expectAtMost: count });
  await until(
    () => at.rows.open(HANGS) === 0,
    WITHIN_MS,
    () => `${at.rows.open(HANGS)} still hang`,
  );
}

/** Once so many are on record as delivered. */
async function settled(at: Stage, since: number, count: number, destination?: string): Promise<number[]> {
  const done = () => at.rows.took(since, destination).length;
  await until(
    () => done() >= count,
    WITHIN_MS,
    () => `${count - done()} are not on record`,
  );
  return at.rows.took(since, destination);
}

/** At a steady rate, however long each takes; resolves when all have. */
async function paced(count: number, perSecond: number, work: () => Promise<unknown>): Promise<void> {
  const since = performance.now();
  const all: Promise<unknown>[] = [];
  for (let at = 0; at < count; at += 1) {
    await delay(Math.max(0, since + (at * 1000) / perSecond - performance.now()));
    all.push(work());
  }
  await Promise.all(all);
}
