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
  const { say, processes } = options;
  const schedule = planRun(options);
  const canaries = makeCanaries();
  let begunAt = Number.POSITIVE_INFINITY;
  const nowMs = () => performance.now() - begunAt;
  say(`bringing up Temporal, ${processes.api} API and ${processes.worker} worker processes`);
  const house = await startInstallation(cli, {
    workers: processes.worker,
    env: { WAYBILL_WAIT_SECONDS: WAIT_SECONDS, [API_KEY_VARIABLE]: canaries.apiKey },
  });
  const undo: (() => unknown)[] = [() => house.dispose()];
  try {
    const apis = [house.api];
    while (apis.length < processes.api) apis.push(await house.addApi());
    const receivers = await startReceivers(schedule, canaries, nowMs);
    undo.push(receivers.close);
    const { key, token } = await furnish(house, receivers, canaries);
    const records = openRecords(house.dataDir);
    undo.push(records.close);

    const seconds = Math.round(options.durationMs / 1000);
    say(`${schedule.submissions.length} attestations in ${seconds} s, ${schedule.kills.length} kills`);
    begunAt = performance.now();
    const startedAt = new Date().toISOString();
    const abandon = new AbortController();
    undo.push(() => abandon.abort());
    const urls = () => apis.map((api) => api.said().url ?? '');
    const traffic = startTraffic({ schedule, key, token, urls, nowMs, signal: abandon.signal });
    const keeper = keepProcesses(keptProcesses(house, apis), schedule.kills, nowMs);
    undo.push(keeper.stop);
    await delay(options.durationMs);

    say('no more kills; CI gets its last answers');
    await keeper.stop();
    const patience = setTimeout(() => abandon.abort(), options.settleWithinMs);
    await traffic.finished;
    clearTimeout(patience);
    say('no more faults; waiting for what is left');
    receivers.calm();
    const stoppedAt = new Date().toISOString();
    const { operated, openWorkflows } = await settle(house, records, {
      withinMs: options.settleWithinMs,
      impatient: options.impatient,
    });
    const settledAt = new Date().toISOString();

    say('looking for secrets');
    const leaks = await findLeaks(house, canaries);
    const ledger: Ledger = {
      receivers: Object.fromEntries(Object.entries(DEDUPE).map(([name, dedupe]) => [name, { dedupe }])),
      attachments: ATTACHMENTS,
      sent: traffic.sent,
      received: receivers.received(),
      ...records.all(),
      openWorkflows,
      leaks,
    };
    const { seed, durationMs, ratePerSecond } = options;
    return {
      options: { seed, durationMs, ratePerSecond, processes },
      schedule,
      startedAt,
      stoppedAt,
      settledAt,
      ledger,
      killed: keeper.killed,
      mishaps: keeper.mishaps,
      faults: receivers.faults(),
      operated,
      violations: judge(ledger),
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}
