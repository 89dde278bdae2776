import type { Spread } from '../stats.ts';
import { table } from '../table.ts';
import type { Drain } from './drain.ts';
import type { Isolation, ToDelivered } from './latency.ts';
import type { DeliverReport } from './measure.ts';
import type { Reading } from './reading.ts';
import type { Replayed, Way } from './replay.ts';
import type { Arm, Cpu, Throughput } from './throughput.ts';

/** For people. Like the rest of the bench it judges nothing: it says what was measured, beside what, and the aim. */
export function printDeliver(report: DeliverReport): string {
  const { machine, throughput, toDelivered, isolation, drain, replay, reading = [], tookMs } = report;
  const about = `Waybill bench deliver, ${(tookMs / 1000).toFixed(0)} s; ${machine.cores} × ${machine.cpu}, load ${machine.load.toFixed(1)} before it began, 4 KB fsync p50 ${ms(machine.fsync.p50)}`;
  return [
    about,
    ...(throughput ? [ofThroughput(throughput)] : []),
    ...(toDelivered ? [ofToDelivered(toDelivered)] : []),
    ...(isolation ? [ofIsolation(isolation)] : []),
    ...(drain ? [ofDrain(drain)] : []),
    ...(replay ? [ofReplay(replay)] : []),
    ...reading.map(ofReading),
  ].join('\n\n');
}

function ofThroughput({ inFlight, perRound, waybill, own, bare }: Throughput): string {
  const line = (name: string, { perSecond, cpu, rounds }: Arm) => [
    name,
    perSecond.toFixed(1),
    ratio(perSecond, bare.perSecond),
    total(cpu),
    cpuText(cpu),
    rounds.map((rate) => rate.toFixed(0)).join(' '),
  ];
  return table(
    `Deliveries a second to four receivers, four a workflow (${inFlight} starts in flight, ${perRound} workflows a round)`,
    [
      ['', 'mean', '÷ bare', 'CPU each', '= Temporal + worker', 'rounds'],
      line('Waybill (aim: 0.8)', waybill),
      line('our workflow, bare activity', own),
      line('bare workflow, bare activity', bare),
    ],
  );
}

const ofToDelivered = ({ perSecond, waybill, bare }: ToDelivered): string =>
  table(`From accepted to delivered, ${perSecond} attestations/s with four deliveries each`, [
    HEAD,
    spread('Waybill: from the verdict to the delivery on record', waybill),
    spread('bare activity: from scheduled to answered', bare),
    ['Waybill ÷ bare', ...ALL.map((at) => ratio(waybill[at], bare[at]))],
  ]);

const ofIsolation = ({ perSecond, alone, beside, hanging }: Isolation): string =>
  table(`A receiver and its neighbour, ${perSecond} attestations/s, from accepted to delivered`, [
    HEAD,
    spread('by itself', alone),
    spread('while a neighbour answers at once', beside),
    spread('while a neighbour hangs to its timeout', hanging),
    ['hanging ÷ by itself (aim for p95: at most 1.2)', ...ALL.map((at) => ratio(hanging[at], alone[at]))],
    ['hanging ÷ at once', ...ALL.map((at) => ratio(hanging[at], beside[at]))],
  ]);

const ofDrain = ({ bare, windows, ...drain }: Drain): string =>
  [
    table(`After a pause with ${drain.held} held, one destination, one a workflow`, [
      ['', 'a second', '÷ bare', 'CPU each', '= Temporal + worker'],
      [
        'all of it',
        drain.perSecond.toFixed(1),
        ratio(drain.perSecond, bare.perSecond),
        total(drain.cpu),
        cpuText(drain.cpu),
      ],
      ['its second half', drain.laterPerSecond.toFixed(1), ratio(drain.laterPerSecond, bare.perSecond)],
      [
        `bare activities, ${bare.held} waiting`,
        bare.perSecond.toFixed(1),
        ratio(1, 1),
        total(bare.cpu),
        cpuText(bare.cpu),
      ],
    ]),
    `  lifted in ${ms(drain.resumeMs)}, first attempt after ${ms(drain.firstMs)}, all delivered after ${drain.seconds.toFixed(1)} s`,
    `  an attempt on record: p50 ${ms(drain.attempt.p50)}, p95 ${ms(drain.attempt.p95)}; its call: p50 ${ms(drain.call.p50)}`,
    `  how the gate opened: ${windows.map(({ atS, began, widest }) => `${atS} s: ${widest} at once, ${began} begun`).join('; ')}`,
  ].join('\n');

function ofReplay({ foreseeMs, lanes, activities, workflows }: Replayed): string {
  const line = (name: string, { count, perSecond, cpu }: Way) => [
    `${name}, ${count} of them`,
    perSecond.toFixed(1),
    ratio(perSecond, activities.perSecond),
    total(cpu),
    `${cpuText(cpu)}, ${ratio(cpu.temporal + cpu.worker, activities.cpu.temporal + activities.cpu.worker)}`,
  ];
  return [
    table('Delivering what came before the destination did', [
      ['', 'a second', '÷ activities', 'CPU each', '= Temporal + worker, ÷ activities'],
      line('a replay, in pages by its lanes', lanes),
      line('an activity each, a hundred a workflow', activities),
      line('a workflow and an activity each', workflows),
    ]),
    `  counted beforehand (dryRun) in ${ms(foreseeMs)}`,
  ].join('\n');
}

function ofReading({ shape, seconds, bytes, asked, way }: Reading): string {
  const mib = (size: number) => `${(size / 2 ** 20).toFixed(0)} MiB`;
  return [
    table(
      `${shape.rows} deliveries ${shape.name}, ${shape.open} of them open (aim: under 100 ms each; written in ${seconds.toFixed(0)} s)`,
      [
        ['', 'p50', 'p95', 'first', 'n', 'answer'],
        ...asked.map(({ what, first, spread: { p50, p95, n }, found }) => [
          what,
          ms(p50),
          ms(p95),
          ms(first),
          `${n}`,
          `${found} ${what.includes('list') || what.includes('deliveries') ? 'a page' : 'groups'}`,
        ]),
      ],
    ),
    `  the file: ${mib(bytes.file)}; deliveries ${mib(bytes.deliveries)}, their indexes ${mib(bytes.indexes)}, attempts ${mib(bytes.attempts)}`,
    `  an attempt's load, begin and finish: p50 ${ms(way.many.p50)}, among a thousand deliveries ${ms(way.few.p50)} (${ratio(way.many.p50, way.few.p50)})`,
  ].join('\n');
}

const ALL = ['p10', 'p50', 'p95'] as const;
const HEAD = ['', ...ALL, 'n'];
const spread = (name: string, of: Spread) => [name, ...ALL.map((at) => ms(of[at])), `${of.n}`];
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const ratio = (value: number, base: number): string => `${(value / base).toFixed(2)} ×`;
const total = ({ temporal, worker }: Cpu): string => `${(temporal + worker).toFixed(1)} ms`;
const cpuText = ({ temporal, worker }: Cpu): string => `${temporal.toFixed(1)} + ${worker.toFixed(1)}`;
