import { setTimeout as delay } from 'node:timers/promises';
import { closedLoop } from '../load.ts';
import { type Spread, spreadOf } from '../stats.ts';
import { arrived, HELD, quiet, type Stage } from './stage.ts';
import { type Cpu, cpuOf, cpuSince } from './throughput.ts';

/** Two seconds after a pause was lifted: the widest that the gate was seen open, and how many began. */
type Window = { atS: number; began: number; widest: number };
export type Drain = {
  held: number;
  /** To write the end of the pause down, and from then to the first attempt. */
  resumeMs: number;
  firstMs: number;
  seconds: number;
  perSecond: number;
  /** Of the second half: the gate is open by then. */
  laterPerSecond: number;
  cpu: Cpu;
  /** From the attempt's beginning on record to its end, and the call within it. */
  attempt: Spread;
  call: Spread;
  windows: Window[];
  bare: { held: number; perSecond: number; cpu: Cpu };
};

const WITHIN_MS = 1_200_000;
const WINDOW_MS = 2000;
const SHOWN = 8;

/** One destination paused while deliveries for it pile up, one a workflow; then it is resumed. */
export async function measureDrain(at: Stage, { held, inFlight }: { held: number; inFlight: number }): Promise<Drain> {
  const bare = await drainBare(at, Math.min(held, 2000), inFlight);
  const act = (action: 'pause' | 'resume', body: object) =>
    at.admin('POST', `/v1/destinations/${HELD}/${action}`, JSON.stringify(body));
  await act('pause', { reason: 'the bench holds it' });
  await at.carry(await at.rows.queue(held, [HELD]), inFlight);
  await quiet(at);
  const wanted = at.held.received() + held;
  const before = cpuOf(at.pids.temporal, at.pids.worker);
  const since = Date.now();
  await act('resume', {});
  const resumeMs = Date.now() - since;
  await arrived(at.held, wanted, WITHIN_MS);
  const seconds = (Date.now() - since) / 1000;
  const cpu = cpuSince(before, held, at.pids.temporal, at.pids.worker);
  await delay(500);
  const attempts = at.rows.attempts(HELD, since);
  const half = attempts[Math.floor(attempts.length / 2)]?.startedAt ?? since;
  const last = attempts.at(-1)?.startedAt ?? since;
  return {
    held,
    resumeMs,
    firstMs: (attempts[0]?.startedAt ?? Number.NaN) - since,
    seconds,
    perSecond: held / seconds,
    laterPerSecond: (attempts.filter(({ startedAt }) => startedAt > half).length * 1000) / (last - half),
    cpu,
    attempt: spreadOf(attempts.map(({ startedAt, finishedAt }) => finishedAt - startedAt)),
    call: spreadOf(attempts.map(({ latencyMs }) => latencyMs)),
    windows: windowsOf(attempts, since),
    bare,
  };
}

async function drainBare(at: Stage, held: number, inFlight: number): Promise<Drain['bare']> {
  await closedLoop(held, inFlight, at.floor.held);
  await quiet(at);
  const wanted = at.held.received() + held;
  const before = cpuOf(at.pids.temporal, at.floor.pid);
  const since = performance.now();
  at.floor.openHeld();
  await arrived(at.held, wanted, WITHIN_MS);
  const perSecond = (held * 1000) / (performance.now() - since);
  at.floor.took();
  return { held, perSecond, cpu: cpuSince(before, held, at.pids.temporal, at.floor.pid) };
}

type Attempt = ReturnType<Stage['rows']['attempts']>[number];

function windowsOf(attempts: readonly Attempt[], since: number): Window[] {
  return Array.from({ length: SHOWN }, (_, at) => {
    const from = since + at * WINDOW_MS;
    const began = attempts.filter(({ startedAt }) => startedAt >= from && startedAt < from + WINDOW_MS);
    return { atS: (at * WINDOW_MS) / 1000, began: began.length, widest: widestOf(began) };
  });
}

/** How many ran at once, at most. */
function widestOf(attempts: readonly Attempt[]): number {
  const ends = attempts
    .flatMap(({ startedAt, finishedAt }) => [
      { at: startedAt, step: 1 },
      { at: finishedAt, step: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.step - b.step);
  let running = 0;
  return ends.reduce((widest, { step }) => {
    running += step;
    return Math.max(widest, running);
  }, 0);
}
