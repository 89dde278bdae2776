import type { DeliverPlan } from './deliver/measure.ts';

/** A round of every arm is always finished: on a busy machine all of it takes longer than planned. */
export const PLANS = {
  quick: {
    sequentialMs: 8000,
    concurrentMs: 8000,
    perRound: 32,
    samples: 20,
    loadMs: 12_000,
    perLoad: 40,
    steps: 60,
    verify: { documentMs: 500, threadsMs: 3000 },
    checkMs: 500,
  },
  full: {
    sequentialMs: 45_000,
    concurrentMs: 45_000,
    perRound: 64,
    samples: 80,
    loadMs: 75_000,
    perLoad: 120,
    steps: 200,
    verify: { documentMs: 3000, threadsMs: 15_000 },
    checkMs: 3000,
  },
};
export type Kind = keyof typeof PLANS;
export type Plan = (typeof PLANS)['quick'];

/** `bench deliver`; its flags change the sizes. */
export const DELIVER_PLANS = {
  quick: { perRound: 50, loadMs: 8000, pacedMs: 5000, held: 500, replayed: 500, rows: 100_000, askMs: 200 },
  full: {
    perRound: 250,
    loadMs: 90_000,
    pacedMs: 60_000,
    held: 10_000,
    replayed: 10_000,
    rows: 1_000_000,
    askMs: 2000,
  },
};

/** Deliveries as a part of the whole: one round, and few enough rows to be written in a second. */
export const SHORT_DELIVER: DeliverPlan = {
  ...DELIVER_PLANS.quick,
  parts: ['throughput', 'reading'],
  loadMs: 0,
  rows: 50_000,
  askMs: 50,
};
