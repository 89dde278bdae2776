import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeMachine, type Machine } from '../machine.ts';
import { type Drain, measureDrain } from './drain.ts';
import { type Isolation, measureIsolation, measureToDelivered, type ToDelivered } from './latency.ts';
import { measureReading, type Reading } from './reading.ts';
import { measureReplay, type Replayed } from './replay.ts';
import { bringUpStage, type Stage } from './stage.ts';
import { measureDeliveries, type Throughput } from './throughput.ts';

export type DeliverReport = {
  machine: Machine;
  throughput?: Throughput;
  toDelivered?: ToDelivered;
  isolation?: Isolation;
  drain?: Drain;
  replay?: Replayed;
  reading?: Reading[];
  tookMs: number;
};
export const DELIVER_PARTS = ['throughput', 'latency', 'isolation', 'drain', 'replay', 'reading'] as const;
export type DeliverPart = (typeof DELIVER_PARTS)[number];
export type DeliverPlan = {
  parts: readonly DeliverPart[];
  perRound: number;
  loadMs: number;
  pacedMs: number;
  held: number;
  replayed: number;
  rows: number;
  askMs: number;
};

const IN_FLIGHT = 32;
const PER_SECOND = 10;
const HOME = '.waybill';

/** The parts that are asked for, on a site of their own. */
export async function measureDeliver(plan: DeliverPlan, say: (line: string) => void): Promise<DeliverReport> {
  const since = performance.now();
  const wants = (part: DeliverPart) => plan.parts.includes(part);
  mkdirSync(HOME, { recursive: true });
  const machine = describeMachine(HOME);
  const reading = wants('reading') ? await readAll(plan, say) : undefined;
  const live = plan.parts.some((part) => part !== 'reading') ? await measureLive(plan, wants, say) : {};
  return { machine, ...live, ...(reading && { reading }), tookMs: performance.now() - since };
}

async function readAll({ rows, askMs }: DeliverPlan, say: (line: string) => void): Promise<Reading[]> {
  const shapes = [
    { name: 'after months of use', rows, open: rows / 50, openWithinHours: 14 * 24, broken: 0 },
    { name: 'on a terrible day', rows, open: rows / 5, openWithinHours: 24, broken: 3 },
  ];
  const found: Reading[] = [];
  for (const shape of shapes) {
    say(`reading: ${rows} deliveries ${shape.name}, ${shape.open} of them open`);
    found.push(await measureReading(resolve(HOME), shape, askMs));
  }
  return found;
}

type Live = Pick<DeliverReport, 'throughput' | 'toDelivered' | 'isolation' | 'drain' | 'replay'>;

async function measureLive(
  plan: DeliverPlan,
  wants: (part: DeliverPart) => boolean,
  say: (line: string) => void,
): Promise<Live> {
  say('bringing up a Temporal server, Waybill, eight receivers, and the floor');
  const at = await bringUpStage(say);
  const stop = () => void at.stop().finally(() => process.exit(130));
  process.once('SIGINT', stop);
  try {
    say('warming up');
    await warmUp(at);
    return await inTurn(at, plan, wants, say);
  } finally {
    process.off('SIGINT', stop);
    await at.stop();
  }
}

const warmUp = (at: Stage) => measureDeliveries(at, { inFlight: 8, perRound: 20, budgetMs: 0 });

async function inTurn(
  at: Stage,
  { perRound, loadMs, pacedMs, held, replayed }: DeliverPlan,
  wants: (part: DeliverPart) => boolean,
  say: (line: string) => void,
): Promise<Live> {
  const live: Live = {};
  if (wants('throughput')) {
    say('deliveries a second, four receivers');
    live.throughput = await measureDeliveries(at, { inFlight: IN_FLIGHT, perRound, budgetMs: loadMs });
  }
  const paced = { perSecond: PER_SECOND, roundMs: Math.min(5000, pacedMs), budgetMs: pacedMs };
  if (wants('latency')) {
    say('from accepted to delivered');
    live.toDelivered = await measureToDelivered(at, paced);
  }
  if (wants('isolation')) {
    say('a receiver whose neighbour hangs');
    live.isolation = await measureIsolation(at, paced);
  }
  if (wants('drain')) {
    say(`a pause with ${held} held`);
    live.drain = await measureDrain(at, { held, inFlight: IN_FLIGHT });
  }
  // The last: from then on pipeline `four` has a destination more.
  if (wants('replay')) {
    say(`a replay of ${replayed}`);
    live.replay = await measureReplay(at, { count: replayed, inFlight: IN_FLIGHT, say });
  }
  return live;
}
