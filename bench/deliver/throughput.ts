import { closedLoop, takeTurns } from '../load.ts';
import { cpuMs } from '../memory.ts';
import { meanOf } from '../stats.ts';
import { arrived, FOUR, type Stage } from './stage.ts';

/** CPU ms that one delivery costs: the server, and the worker that makes the call. */
export type Cpu = { temporal: number; worker: number };
/** Deliveries a second, counted when the last has arrived. Means, and each round's rate. */
export type Arm = { perSecond: number; cpu: Cpu; rounds: number[] };
export type Throughput = { inFlight: number; perRound: number; waybill: Arm; own: Arm; bare: Arm };

const ARRIVE_WITHIN_MS = 180_000;

/** Four deliveries a workflow, to four receivers that answer at once; judging is no part of it. */
export async function measureDeliveries(
  at: Stage,
  { inFlight, perRound, budgetMs }: { inFlight: number; perRound: number; budgetMs: number },
): Promise<Throughput> {
  const { four, floor, pids } = at;
  const count = perRound * FOUR.length;
  const round = async (worker: number, work: () => Promise<void>) => {
    const wanted = four.received() + count;
    const before = cpuOf(pids.temporal, worker);
    const since = performance.now();
    await work();
    await arrived(four, wanted, ARRIVE_WITHIN_MS);
    const perSecond = (count * 1000) / (performance.now() - since);
    return { perSecond, cpu: cpuSince(before, count, pids.temporal, worker) };
  };
  const [waybill = [], own = [], bare = []] = await takeTurns(
    [
      async () => {
        const hosts = await at.rows.queue(perRound, FOUR);
        return round(pids.worker, () => at.carry(hosts, inFlight));
      },
      () => round(floor.pid, async () => void (await closedLoop(perRound, inFlight, floor.own))),
      () => round(floor.pid, async () => void (await closedLoop(perRound, inFlight, floor.bare))),
    ],
    budgetMs,
  );
  floor.took();
  return { inFlight, perRound, waybill: sumUp(waybill), own: sumUp(own), bare: sumUp(bare) };
}

export const cpuOf = (temporal: number, worker: number): Cpu => ({ temporal: cpuMs(temporal), worker: cpuMs(worker) });

/** Of each of so many deliveries. */
export function cpuSince(before: Cpu, count: number, temporal: number, worker: number): Cpu {
  const after = cpuOf(temporal, worker);
  return { temporal: (after.temporal - before.temporal) / count, worker: (after.worker - before.worker) / count };
}

const sumUp = (rounds: readonly Omit<Arm, 'rounds'>[]): Arm => ({
  perSecond: meanOf(rounds.map(({ perSecond }) => perSecond)),
  cpu: {
    temporal: meanOf(rounds.map(({ cpu }) => cpu.temporal)),
    worker: meanOf(rounds.map(({ cpu }) => cpu.worker)),
  },
  rounds: rounds.map(({ perSecond }) => perSecond),
});
