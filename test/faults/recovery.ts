import type { KillRecord } from './keeper.ts';
import type { Ledger } from './ledger.ts';
import { KILLED, type Killed, type Schedule } from './schedule.ts';

export type Spread = { n: number; p50: number; p95: number; max: number };

/** Of durations in ms; undefined of none. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return sorted.length === 0 ? undefined : { n: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** From a kill: until the process was back, and from then on until the next verdict and the next effect at a receiver. */
export type Recovery = { kind: Killed; ready: Spread; verdict: Spread | undefined; effect: Spread | undefined };

export function recoveriesOf(killed: readonly KillRecord[], { sent, received }: Ledger): Recovery[] {
  const verdicts = times(sent.flatMap(({ answers }) => answers.filter(({ status }) => status === 200)));
  const effects = times(received.filter(({ outcome }) => outcome === 'effect'));
  return KILLED.flatMap((kind) => {
    const own = killed.filter((kill) => kill.kind === kind);
    const ready = spreadOf(own.map(({ backMs }) => backMs));
    if (!ready) return [];
    const backs = own.map(({ backAt }) => Date.parse(backAt));
    return [
      { kind, ready, verdict: spreadOf(nextAfter(backs, verdicts)), effect: spreadOf(nextAfter(backs, effects)) },
    ];
  });
}

/** From the end of each spell until the next effect at its receiver, ms: held, it heals by itself. */
export function healingsOf(schedule: Pick<Schedule, 'spells'>, startedAt: string, { received }: Ledger) {
  return schedule.spells.map((spell) => {
    const own = times(received.filter(({ receiver, outcome }) => receiver === spell.receiver && outcome === 'effect'));
    return { ...spell, healedMs: nextAfter([Date.parse(startedAt) + spell.toMs], own)[0] };
  });
}

/** From the verdict to the receiver's effect, confirmed where it is asynchronous. */
export const deliveryTimes = ({ deliveries }: Ledger, destination?: string): Spread | undefined =>
  spreadOf(
    deliveries
      .filter((row) => row.state === 'delivered' && (destination === undefined || row.destination === destination))
      .map(({ createdAt, finishedAt }) => Date.parse(finishedAt ?? createdAt) - Date.parse(createdAt)),
  );

const times = (stamped: readonly { at: string }[]): number[] =>
  stamped.map(({ at }) => Date.parse(at)).sort((a, b) => a - b);

const nextAfter = (starts: readonly number[], sorted: readonly number[]): number[] =>
  starts.flatMap((start) => {
    const next = sorted.find((time) => time >= start);
    return next === undefined ? [] : [next - start];
  });
