import { setTimeout as delay } from 'node:timers/promises';
import type { Installation } from './installation.ts';
import { closedLoop, takeTurns } from './load.ts';
import { cpuMs } from './memory.ts';
import { meanOf } from './stats.ts';

/** CPU ms that one attestation costs each process: what saturation is made of, and hardly moved by what else runs. */
type Cpu = { temporal: number; worker: number; api: number; client: number };
type Round = { perSecond: number; cpu: Cpu };
/** Attestations a second, three deliveries each, counted when the last delivery has arrived. Means, and each round's rate. */
export type Arm = Round & { rounds: number[] };
export type Throughput = { inFlight: number; perRound: number; waybill: Arm; floor: Arm; empty: Arm };

const DELIVERIES = 3;
const ARRIVE_WITHIN_MS = 120_000;

export async function measureThroughput(
  at: Installation,
  { inFlight, perRound, budgetMs }: { inFlight: number; perRound: number; budgetMs: number },
): Promise<Throughput> {
  const { pids, floor, receivers } = at;
  const round = async (worker: number, work: () => Promise<unknown>, arrived: () => number): Promise<Round> => {
    const processes = { temporal: pids.temporal, worker, api: pids.api, client: process.pid };
    const wanted = arrived() + perRound * DELIVERIES;
    const before = cpuOf(processes);
    const since = performance.now();
    await closedLoop(perRound, inFlight, work);
    while (arrived() < wanted) {
      if (performance.now() - since > ARRIVE_WITHIN_MS)
        throw new Error(`expected ${perRound * DELIVERIES} deliveries, ${wanted - arrived()} have not arrived`);
      await delay(5);
    }
    const perSecond = perRound / ((performance.now() - since) / 1000);
    const after = cpuOf(processes);
    return { perSecond, cpu: eachOf((name) => (after[name] - before[name]) / perRound) };
  };
  const submitAll = () => {
    const ready = Array.from({ length: perRound }, () => at.signer.next());
    const submit = async () => {
      const submission = ready.pop();
      if (submission) await at.submit('delivered', submission);
    };
    return round(pids.worker, submit, receivers.received);
  };
  const [waybill = [], least = [], empty = []] = await takeTurns(
    [
      submitAll,
      () => round(floor.pid, () => floor.least({ delivered: true }), floor.delivered),
      () => round(floor.pid, () => floor.empty({ delivered: true }), floor.delivered),
    ],
    budgetMs,
  );
  return { inFlight, perRound, waybill: sumUp(waybill), floor: sumUp(least), empty: sumUp(empty) };
}

const eachOf = (take: (name: keyof Cpu) => number): Cpu => ({
  temporal: take('temporal'),
  worker: take('worker'),
  api: take('api'),
  client: take('client'),
});
const cpuOf = (pids: Record<keyof Cpu, number>): Cpu => eachOf((name) => cpuMs(pids[name]));

const sumUp = (rounds: readonly Round[]): Arm => ({
  perSecond: meanOf(rounds.map(({ perSecond }) => perSecond)),
  cpu: eachOf((name) => meanOf(rounds.map(({ cpu }) => cpu[name]))),
  rounds: rounds.map(({ perSecond }) => perSecond),
});
