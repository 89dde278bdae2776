import { retryDelayMs } from './timing.ts';

/** So many attempts in a row whose worker died, and the delivery is taken for what kills it. */
export const MOST_LOST = 5;

export type AfterLost = { next: 'now' } | { next: 'later'; waitMs: number } | { next: 'blocked' };

/**
 * What follows the attempt of a worker that never reported, the `inARow`th one now (from 1). One kill is nobody's fault
 * and costs no time; a delivery that takes every worker with it waits as after any failure, and is blocked in the end.
 */
export function afterLost(inARow: number): AfterLost {
  if (inARow >= MOST_LOST) return { next: 'blocked' };
  return inARow <= 1 ? { next: 'now' } : { next: 'later', waitMs: retryDelayMs(inARow, 0.5) };
}

/** The cause to show for it. */
export const lostCause = (inARow: number) =>
  ({
    scope: afterLost(inARow).next === 'blocked' ? 'delivery' : 'retry',
    code: 'attempt.lost',
    message:
      inARow >= MOST_LOST
        ? `${inARow} attempts in a row ended with the death of their worker: is it this delivery that kills them? Look at the workers' logs, then retry or skip it`
        : `the worker of the attempt never reported, ${inARow === 1 ? 'once' : `${inARow} times in a row`}: it was killed, or it hung`,
  }) as const;
