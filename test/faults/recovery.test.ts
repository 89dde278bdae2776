import { describe, expect, it } from 'vitest';
import { honestLedger } from './honest-ledger.ts';
import { deliveryTimes, healingsOf, recoveriesOf, spreadOf } from './recovery.ts';

describe('what a run took', () => {
  it('has no spread where nothing was measured', () => {
    expect(spreadOf([])).toBeUndefined();
    expect(spreadOf([3, 1, 2])).toEqual({ n: 3, p50: 2, p95: 3, max: 3 });
  });

  it('counts deliveries from their verdict to their end, of one receiver or of all', () => {
    expect(deliveryTimes(honestLedger())).toEqual({ n: 3, p50: 8000, p95: 8000, max: 8000 });
    expect(deliveryTimes(honestLedger(), 'hook')).toMatchObject({ n: 1 });
    expect(deliveryTimes(honestLedger(), 'chat')).toBeUndefined();
  });

  it('counts a recovery until the process is ready, and from then until the next verdict and effect', () => {
    const kill = {
      process: 'worker-1',
      kind: 'worker' as const,
      at: '2026-01-01T00:00:00.000Z',
      backAt: '2026-01-01T00:00:01.500Z',
      backMs: 900,
    };
    const one = (ms: number) => ({ n: 1, p50: ms, p95: ms, max: ms });
    expect(recoveriesOf([kill], honestLedger())).toEqual([
      { kind: 'worker', ready: one(900), verdict: one(500), effect: one(1500) },
    ]);
    const late = { ...kill, backAt: '2026-01-01T00:01:00.000Z' };
    expect(recoveriesOf([late], honestLedger())).toMatchObject([{ verdict: undefined, effect: undefined }]);
  });

  it('counts a receiver as healed at its first effect after the spell', () => {
    const spell = { receiver: 'dtrack' as const, kind: 'unauthorized' as const, fromMs: 1000, toMs: 4000 };
    const spells = [spell, { ...spell, toMs: 9000 }];
    expect(healingsOf({ spells }, '2026-01-01T00:00:00.000Z', honestLedger())).toMatchObject([
      { toMs: 4000, healedMs: 1500 },
      { toMs: 9000, healedMs: undefined },
    ]);
  });
});
