import { describe, expect, it } from 'vitest';
import { honestLedger } from './honest-ledger.ts';
import { judge, RULES } from './judge.ts';
import type { Run } from './laboratory.ts';
import type { Ledger } from './ledger.ts';
import { printRun } from './report.ts';
import { planRun } from './schedule.ts';

const options = { seed: 42, durationMs: 10_000, ratePerSecond: 1, processes: { api: 1, worker: 1, temporal: 1 } };
const runOf = (ledger: Ledger): Run => ({
  options,
  schedule: planRun(options),
  startedAt: '2026-01-01T00:00:00.000Z',
  stoppedAt: '2026-01-01T00:00:10.000Z',
  settledAt: '2026-01-01T00:00:30.000Z',
  ledger,
  killed: [
    { process: 'temporal', kind: 'temporal', at: '2026-01-01T00:00:00Z', backAt: '2026-01-01T00:00:01Z', backMs: 700 },
  ],
  mishaps: [{ process: 'worker-1', at: '2026-01-01T00:00:03.000Z', what: 'ended by itself' }],
  faults: { none: 50, hang: 1, 'lost-reply': 4 },
  operated: { retried: 2, tested: 0 },
  violations: judge(ledger),
});

describe('the printed ledger', () => {
  it('says what was sent, what went wrong and what became of it', () => {
    const text = printRun(runOf(honestLedger()));
    for (const line of [
      /seed +42$/m,
      /traffic +10 s at 1 attestations a second$/m,
      /drained +20 s after the last fault$/m,
      /attestations +5, 1 of them forged$/m,
      /requests +15: 5 503, 4 200, 1 422, 5 lost$/m,
      /kill -9 +0 api, 0 worker, 1 temporal$/m,
      /worker-1 at .*: ended by itself$/m,
      /calls +4 lost-reply, 1 hang$/m,
      /deliveries +4: 3 delivered, 1 superseded$/m,
      /attempts +4: 2 accepted, 1 unknown, 1 duplicate$/m,
      /operator +2 retries, 0 tests$/m,
      /accepted to delivered +p50 8.0 s, p95 8.0 s, max 8.0 s$/m,
      /temporal +ready p50 0.7 s/,
      /hook-tls +tls from .* s to .* s; no effect since$/m,
    ])
      expect(text).toMatch(line);
    for (const rule of Object.keys(RULES)) expect(text).toMatch(new RegExp(`${rule} +0$`, 'm'));
    expect(text).toContain('Every promise was kept.');
  });

  it('names what a violation is about, and stops after twenty of a kind', () => {
    const leaks = Array.from({ length: 25 }, (_, at) => `worker-${at}.log`);
    const text = printRun(runOf({ ...honestLedger(), leaks }));
    expect(text).toMatch(/secret leaked +25 {2}a secret stands/);
    expect(text).toContain('worker-19.log: found in this form');
    expect(text).not.toContain('worker-20.log');
    expect(text).toContain('and 5 more');
    expect(text).toContain('25 violations.');
  });
});
