import { describe, expect, it } from 'vitest';
import { confirmDelayMs, isStuck, probeIntervalMs, retryDelayMs } from '../../../attestation/delivery/timing.ts';

describe('the wait before the next attempt', () => {
  it('doubles from 2 s to 15 min', () => {
    const delays = [1, 2, 3, 9, 10, 11, 1000].map((failures) => retryDelayMs(failures, 0.5));
    expect(delays).toEqual([2000, 4000, 8000, 512_000, 900_000, 900_000, 900_000]);
  });

  it('strays by up to a fifth', () => {
    expect(retryDelayMs(1, 0)).toBe(1600);
    expect(retryDelayMs(1, 0.999999)).toBe(2400);
  });

  it('is what the receiver asked for, between a second and an hour', () => {
    expect(retryDelayMs(9, 0.5, 42_000)).toBe(42_000);
    expect(retryDelayMs(9, 0.5, 0)).toBe(1000);
    expect(retryDelayMs(9, 0.5, 86_400_000)).toBe(3_600_000);
  });

  it('holds for a first attempt that never failed', () => {
    expect(retryDelayMs(0, 0.5)).toBe(2000);
  });
});

describe('the wait before a confirmation is asked again', () => {
  it('grows from what the integration said to 15 min', () => {
    expect(confirmDelayMs(1, 3000)).toBe(3000);
    expect(confirmDelayMs(5, 3000)).toBe(6000);
    expect(confirmDelayMs(1000, 3000)).toBe(900_000);
  });

  it('is never below half a second', () => {
    expect(confirmDelayMs(1, 0)).toBe(500);
  });
});

describe('the wait before the next probe', () => {
  it('doubles from 30 s to 15 min', () => {
    expect([0, 1, 2, 4, 5, 99].map(probeIntervalMs)).toEqual([30_000, 60_000, 120_000, 480_000, 900_000, 900_000]);
  });
});

describe('a delivery', () => {
  it('is stuck by age alone', () => {
    const born = new Date(0);
    expect(isStuck(born, 1000, new Date(1000))).toBe(false);
    expect(isStuck(born, 1000, new Date(1001))).toBe(true);
  });
});
