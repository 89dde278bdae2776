import type { Report } from './bench.ts';
import { printCheck } from './check/report.ts';
import { printDeliver } from './deliver/report.ts';
import { SEGMENTS } from './history.ts';
import type { Latency } from './latency.ts';
import { MIB } from './memory.ts';
import type { Spread } from './stats.ts';
import { table } from './table.ts';
import type { Arm } from './throughput.ts';
import type { Upload } from './upload.ts';
import { printVerification } from './verify/report.ts';

/** The report for people. It says what was measured and how it stands to the floor and the aims; it judges nothing. */
export function printReport(report: Report): string {
  const parts = [about(report), ...report.latency.map(latency), segments(report), steps(report), load(report)];
  return `${[...parts, memory(report), printVerification(report.verification), printCheck(report.check), printDeliver(report.deliver)].join('\n\n')}\n`;
}

function about({ machine, temporal, submission, start, tookMs }: Report): string {
  return [
    `Waybill bench, ${(tookMs / 1000).toFixed(0)} s`,
    `  machine     ${machine.cores} × ${machine.cpu}, ${gib(machine.memory)}, Node ${machine.node}, load ${machine.load.toFixed(1)} before it began`,
    `  disk        4 KB fsync p50 ${ms(machine.fsync.p50)}, p95 ${ms(machine.fsync.p95)}; SQLite synchronous=FULL, store fsynced`,
    `  Temporal    dev server ${temporal.server} (CLI ${temporal.cli}), one for everything below`,
    `  submission  DSSE of ${submission.envelopeBytes} bytes with one material of ${submission.materialBytes} bytes, all different`,
    `  start       ready after ${ms(start.readyMs)}; first verdict ${ms(start.firstVerdictMs)}, second ${ms(start.secondVerdictMs)}`,
  ].join('\n');
}

function latency({ inFlight, waybill, floor, empty }: Latency): string {
  const aim = inFlight === 1 ? 'aim for p50: at most 20 ms' : '';
  return table(`Verdict latency, ${inFlight === 1 ? 'one after the other' : `${inFlight} in flight`}`, [
    ['', 'p10', 'p50', 'p95', 'n'],
    row('Waybill over HTTP', waybill),
    row('our workflow, empty steps', empty),
    row('floor', floor),
    ['Waybill − floor', ...ALL.map((at) => signed(waybill[at] - floor[at])), aim],
    ['Waybill ÷ floor', ...ALL.map((at) => ratio(waybill[at], floor[at]))],
  ]);
}

const ALL = ['p10', 'p50', 'p95'] as const;
const row = (name: string, spread: Spread) => [name, ...ALL.map((at) => ms(spread[at])), `${spread.n}`];

function segments({ breakdown: { live } }: Report): string {
  const sum = (of: Record<string, number>) => ms(SEGMENTS.reduce((total, name) => total + (of[name] ?? 0), 0));
  return table('Where it goes: medians from the histories of real judgements, one after the other', [
    ['', 'Waybill', 'empty steps', 'floor'],
    ...SEGMENTS.map((name) => [name, ms(live.waybill[name]), ms(live.empty[name]), ms(live.floor[name])]),
    ['sum of medians', sum(live.waybill), sum(live.empty), sum(live.floor)],
  ]);
}

/** The tree of calls, parents before their parts. What touches the disk is a call into `store` or a verb that writes. */
function steps({ breakdown }: Report): string {
  const names = Object.keys(breakdown.steps).sort();
  return table('Where it goes: the same code in one process, without Temporal and sockets', [
    ['', 'p10', 'p50', 'p95', 'n'],
    ...names.map((path) => {
      const depth = path.split('/').length - 1;
      const spread = breakdown.steps[path];
      return spread ? row('  '.repeat(depth) + (path.split('/').at(-1) ?? ''), spread) : [];
    }),
  ]);
}

function load({ throughput }: Report): string {
  const { inFlight, perRound, floor } = throughput;
  const line = (name: string, { perSecond, rounds, cpu }: Arm) => {
    const { temporal, worker, api, client } = cpu;
    const each = [temporal, worker, api, client].map((value) => value.toFixed(1)).join(' + ');
    const total = temporal + worker + api + client;
    return [
      name,
      perSecond.toFixed(1),
      ratio(perSecond, floor.perSecond),
      `${total.toFixed(0)} ms = ${each}`,
      rounds.map((rate) => rate.toFixed(1)).join(' '),
    ];
  };
  const title = `Attestations a second at saturation, three deliveries each (${inFlight} in flight, ${perRound} a round)`;
  return table(title, [
    ['', 'mean', '÷ floor', 'CPU each = Temporal + worker + API + bench itself', 'rounds'],
    line('Waybill over HTTP (aim: 0.7)', throughput.waybill),
    line('our workflow, empty steps', throughput.empty),
    line('floor', floor),
  ]);
}

function memory({ memory: { atRest, afterLoad }, uploads }: Report): string {
  const upload = (name: string, { bytes, seconds, mibPerSecond, growth }: Upload) =>
    `  ${name}  ${mib(bytes)} in ${seconds.toFixed(1)} s, ${mibPerSecond.toFixed(0)} MiB/s; the API grew by ${mib(growth)} (aim: at most 64 MiB)`;
  return [
    'Resident memory',
    `  at rest     API ${mib(atRest.api)}, worker ${mib(atRest.worker)}`,
    `  after load  API ${mib(afterLoad.api)}, worker ${mib(afterLoad.worker)}`,
    'One large material',
    upload('as a blob   ', uploads.blob),
    ...(uploads.part ? [upload('as multipart', uploads.part)] : []),
  ].join('\n');
}

/** Numbers to the right; the first column and what follows the fourth are text. */
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const signed = (value: number): string => `${value < 0 ? '' : '+'}${ms(value)}`;
const ratio = (value: number, base: number): string => `${(value / base).toFixed(2)} ×`;
const mib = (bytes: number | undefined): string =>
  bytes === undefined ? 'unknown' : `${(bytes / MIB).toFixed(0)} MiB`;
const gib = (bytes: number): string => `${(bytes / MIB / 1024).toFixed(0)} GiB`;
