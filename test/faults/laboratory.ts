import { setTimeout as delay } from 'node:timers/promises';
import type { TemporalCli } from '../../temporal/cli-binary.ts';
import { startInstallation } from '../support/installation.ts';
import { API_KEY_VARIABLE, makeCanaries } from './canaries.ts';
import { judge, type Violation } from './judge.ts';
import { type KillRecord, keepProcesses, keptProcesses, type Mishap } from './keeper.ts';
import { findLeaks } from './leaks.ts';
import type { Ledger } from './ledger.ts';
import { DEDUPE, startReceivers } from './receivers.ts';
import { openRecords } from './records.ts';
import { planRun, type Schedule, type ScheduleOptions } from './schedule.ts';
import { type Operated, settle } from './settle.ts';
import { startTraffic } from './traffic.ts';
import { ATTACHMENTS, furnish } from './world.ts';

export type LaboratoryOptions = ScheduleOptions & {
  /** Longest wait, after the traffic, for everything to be delivered. */
  settleWithinMs: number;
  /** The operator tests and retries at once, rather than letting Waybill heal by itself. */
  impatient: boolean;
  /** Ends the run before its time; it rejects then, and has ended what it started. */
  signal?: AbortSignal;
  say(line: string): void;
};

/** One run: what was planned, what happened, and what is to be said against it. */
export type Run = {
  options: ScheduleOptions;
  schedule: Schedule;
  /** When the traffic began, when all of it had its answer and faults ended, and when nothing was open any more. */
  startedAt: string;
  stoppedAt: string;
  settledAt: string;
  ledger: Ledger;
  killed: readonly KillRecord[];
  mishaps: readonly Mishap[];
  faults: Readonly<Record<string, number>>;
  operated: Operated;
  violations: readonly Violation[];
};

/** CI's patience with one answer: short, so that a 503 with its Location comes while something is away. */
const WAIT_SECONDS = '5';

/** Brings up an installation of its own, lets traffic and faults loose on it, and judges what is left. Ends what it started. */
export async function runLaboratory(cli: TemporalCli, options: LaboratoryOptions): Promise<Run> {
  const undo: Undo = [];
  try {
    const stage = await bringUp(cli, options, undo);
    const happened = await letLoose(stage, options, undo);
    options.say('looking for secrets');
    const leaks = await findLeaks(stage.house, stage.canaries);
    const ledger: Ledger = {
      receivers: Object.fromEntries(Object.entries(DEDUPE).map(([name, dedupe]) => [name, { dedupe }])),
      attachments: ATTACHMENTS,
      sent: happened.sent,
      received: stage.receivers.received(),
      ...stage.records.all(),
      openWorkflows: happened.openWorkflows,
      leaks,
    };
    const { seed, durationMs, ratePerSecond, processes } = options;
    return {
      ...happened,
      options: { seed, durationMs, ratePerSecond, processes },
      schedule: stage.schedule,
      faults: stage.receivers.faults(),
      ledger,
      violations: judge(ledger),
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** What ends what was started, in the order of the starts. */
type Undo = (() => unknown)[];
type Stage = Awaited<ReturnType<typeof bringUp>>;

async function bringUp(cli: TemporalCli, options: LaboratoryOptions, undo: Undo) {
  const { processes, say } = options;
  const schedule = planRun(options);
  const canaries = makeCanaries();
  let begunAt = Number.POSITIVE_INFINITY;
  const nowMs = () => performance.now() - begunAt;
  say(`bringing up Temporal, ${processes.api} API and ${processes.worker} worker processes`);
  const house = await startInstallation(cli, {
    workers: processes.worker,
    env: { WAYBILL_WAIT_SECONDS: WAIT_SECONDS, [API_KEY_VARIABLE]: canaries.apiKey },
  });
  undo.push(() => house.dispose());
  const apis = [house.api];
  while (apis.length < processes.api) apis.push(await house.addApi());
  const receivers = await startReceivers(schedule, canaries, nowMs);
  undo.push(receivers.close);
  const ci = await furnish(house, receivers, canaries);
  const records = openRecords(house.dataDir);
  undo.push(records.close);
  const begin = () => {
    begunAt = performance.now();
    return new Date().toISOString();
  };
  return { schedule, canaries, house, apis, receivers, ci, records, nowMs, begin };
}

async function letLoose(
  stage: Stage,
  { durationMs, settleWithinMs, impatient, signal, say }: LaboratoryOptions,
  undo: Undo,
) {
  const { schedule, house, apis, receivers, ci, records, nowMs } = stage;
  say(`${schedule.submissions.length} attestations in ${durationMs / 1000} s, ${schedule.kills.length} kills`);
  const startedAt = stage.begin();
  const abandon = new AbortController();
  undo.push(() => abandon.abort());
  signal?.addEventListener('abort', () => abandon.abort());
  const urls = () => apis.map((api) => api.said().url ?? '');
  const traffic = startTraffic({ schedule, ...ci, urls, nowMs, signal: abandon.signal });
  const keeper = keepProcesses(keptProcesses(house, apis), schedule.kills, nowMs);
  undo.push(keeper.stop);
  await delay(durationMs, undefined, signal && { signal });

  say('no more kills; CI gets its last answers');
  await keeper.stop();
  const patience = setTimeout(() => abandon.abort(), settleWithinMs);
  await traffic.finished;
  clearTimeout(patience);
  say('no more faults; waiting for what is left');
  receivers.calm();
  const stoppedAt = new Date().toISOString();
  const settled = await settle(house, records, { withinMs: settleWithinMs, impatient, signal });
  const settledAt = new Date().toISOString();
  const { killed, mishaps } = keeper;
  return { startedAt, stoppedAt, settledAt, sent: traffic.sent, killed, mishaps, ...settled };
}
