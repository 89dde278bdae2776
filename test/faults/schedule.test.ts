import { describe, expect, it } from 'vitest';
import { KILLED, planRun, RECEIVERS } from './schedule.ts';

const OPTIONS = {
  seed: 1,
  durationMs: 600_000,
  ratePerSecond: 2,
  processes: { api: 2, worker: 3, temporal: 1 },
};
const written = (seed: number) => {
  const { kills, spells, submissions, faultOf, failsHandshake } = planRun({ ...OPTIONS, seed });
  const calls = RECEIVERS.flatMap((receiver) =>
    Array.from({ length: 200 }, (_, n) => [faultOf(receiver, n), failsHandshake(receiver, n)]),
  );
  return JSON.stringify({ kills, spells, submissions, calls });
};

describe('a schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(written(7)).toBe(written(7));
    expect(written(7)).not.toBe(written(8));
  });

  it('says of a call the same, whichever is asked for first', () => {
    const { faultOf } = planRun(OPTIONS);
    const later = faultOf('hook', 9);
    for (let n = 0; n < 9; n += 1) faultOf('hook', n);
    expect(planRun(OPTIONS).faultOf('hook', 9)).toEqual(later);
  });

  it.each([8000, 60_000, 600_000])(
    'of %d ms kills every kind of process, and a process never while it is down',
    (durationMs) => {
      const { kills } = planRun({ ...OPTIONS, durationMs });
      expect(new Set(kills.map(({ kind }) => kind))).toEqual(new Set(KILLED));
      for (const kind of KILLED) {
        const own = kills.filter((kill) => kill.kind === kind);
        for (const { which } of own) expect(which).toBeLessThan(OPTIONS.processes[kind]);
        for (const [at, kill] of own.entries()) {
          expect(kill.atMs).toBeGreaterThan((own[at - 1]?.atMs ?? 0) + (own[at - 1]?.downMs ?? 0));
          expect(kill.atMs + kill.downMs).toBeLessThan(durationMs);
        }
      }
    },
  );

  it('lets every kind of fault happen to every receiver, most calls pass, and delays end before the timeout', () => {
    const { faultOf, spells } = planRun(OPTIONS);
    for (const receiver of RECEIVERS) {
      const drawn = Array.from({ length: 1000 }, (_, n) => faultOf(receiver, n));
      const faults = drawn.flatMap((fault) => fault ?? []);
      expect(faults.length).toBeLessThan(500);
      expect(new Set(faults.map((fault) => (fault.kind === 'status' ? fault.status : fault.kind)))).toEqual(
        new Set(['delay', 429, 503, 'reset', 'reset-mid-body', 'lost-reply', 'echo', 'hang']),
      );
      for (const fault of faults) if (fault.kind === 'delay') expect(fault.ms).toBeLessThan(4000);
    }
    expect(new Set(spells.map(({ kind }) => kind))).toEqual(new Set(['unauthorized', 'tls']));
    for (const { fromMs, toMs } of spells) expect(toMs).toBeGreaterThan(fromMs);
  });

  it('sends at a steady rate, from every pipeline and in every manner', () => {
    const { submissions } = planRun(OPTIONS);
    expect(submissions).toHaveLength(1200);
    expect(submissions.at(-1)?.atMs).toBe(599_500);
    expect(new Set(submissions.map(({ pipeline }) => pipeline)).size).toBe(4);
    expect(new Set(submissions.map(({ manner }) => manner)).size).toBe(4);
    const forged = submissions.filter(({ isForged }) => isForged).length;
    expect(forged).toBeGreaterThan(0);
    expect(forged).toBeLessThan(200);
  });
});
