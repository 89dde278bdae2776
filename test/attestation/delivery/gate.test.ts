import { describe, expect, it } from 'vitest';
import { type GateView, gateLimit } from '../../../attestation/delivery/gate.ts';

const open: GateView = {
  held: { operator: false, broken: false },
  concurrency: 8,
  liveWorkers: 1,
  probing: false,
  limit: 8,
};

describe('the limit of a gate', () => {
  it('is the share of the concurrency among the live workers, at least one', () => {
    expect(gateLimit(open)).toBe(8);
    expect(gateLimit({ ...open, liveWorkers: 3 })).toBe(2);
    expect(gateLimit({ ...open, liveWorkers: 20 })).toBe(1);
    expect(gateLimit({ ...open, liveWorkers: 0 })).toBe(8);
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
