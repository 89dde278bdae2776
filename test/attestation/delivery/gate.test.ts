import { describe, expect, it } from 'vitest';
import { type GateView, gateLimit, turnOf } from '../../../attestation/delivery/gate.ts';

const open: GateView = {
  held: { operator: false, broken: false },
  concurrency: 8,
  liveWorkers: 1,
  turn: 0,
  probing: false,
  limit: 8,
};

describe('the limit of a gate', () => {
  it.each([
    [8, 1],
    [8, 3],
    [1, 2],
    [3, 2],
    [2, 20],
    [7, 7],
  ])('shares a concurrency of %i among %i processes, so that the shares add up to it', (concurrency, count) => {
    const live = Array.from({ length: count }, (_, index) => `proc_${index}`);
    const shares = live.map((id) =>
      gateLimit({ ...open, concurrency, liveWorkers: count, turn: turnOf('inbox', id, live), limit: undefined }),
    );
    expect(shares.reduce((sum, share) => sum + share)).toBe(concurrency);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  });

  it('gives all to a process that knows of no other', () => {
    expect(gateLimit({ ...open, liveWorkers: 0 })).toBe(8);
  });

  it('lets the odd one fall to another process for another destination', () => {
    const live = ['proc_a', 'proc_b', 'proc_c'];
    const first = (destination: string) => live.find((id) => turnOf(destination, id, live) === 0);
    const winners = Array.from({ length: 60 }, (_, index) => first(`destination-${index}`));
    for (const id of live) expect(winners.filter((winner) => winner === id).length).toBeGreaterThan(8);
  });

  it('is zero while held, whoever holds', () => {
    expect(gateLimit({ ...open, held: { operator: true, broken: false } })).toBe(0);
    expect(gateLimit({ ...open, held: { operator: false, broken: true } })).toBe(0);
  });

  it('lets one probe through to a broken destination, and none past an operator', () => {
    expect(gateLimit({ ...open, held: { operator: false, broken: true }, probing: true })).toBe(1);
    expect(gateLimit({ ...open, held: { operator: true, broken: true }, probing: true })).toBe(0);
  });

  it('opens step by step after a hold, and at once in a process that just started', () => {
    const steps: number[] = [];
    for (let limit = 0; limit < 8; ) {
      limit = gateLimit({ ...open, limit });
      steps.push(limit);
    }
    expect(steps).toEqual([1, 2, 4, 8]);
    expect(gateLimit({ ...open, limit: undefined })).toBe(8);
  });
});
