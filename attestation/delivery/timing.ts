/** Open for longer than this (time held not counted), a delivery ends `expired` at its next attempt. */
export const EXPIRES_AFTER_MS = 14 * 86_400_000;
export const DEFAULT_STUCK_AFTER_MS = 15 * 60_000;
/** Longest wait for an asynchronous receiver, unless the integration says otherwise. */
export const DEFAULT_CONFIRM_WITHIN_MS = 24 * 3_600_000;

const FIRST_MS = 2000;
const LONGEST_MS = 15 * 60_000;

/**
 * Wait before the next attempt after `failures` failures in a row: 2 s doubling to 15 min, ±20 % jitter.
 * What the receiver asked for (Retry-After) wins, up to an hour. `random` is in [0, 1).
 */
export function retryDelayMs(failures: number, random: number, retryAfterMs?: number): number {
  if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, 1000), 3_600_000);
  const base = Math.min(FIRST_MS * 2 ** Math.min(Math.max(failures - 1, 0), 20), LONGEST_MS);
  return Math.round(base * (0.8 + 0.4 * random));
}

/** Wait before confirmation is asked again: what the integration said, growing with the polls up to 15 min. */
export const confirmDelayMs = (polls: number, checkAfterMs: number): number =>
  Math.min(Math.max(checkAfterMs, 500) * 2 ** Math.min(Math.max(polls - 1, 0) / 4, 20), LONGEST_MS);

/** Wait before a broken destination is probed again: 30 s doubling to 15 min. */
export const probeIntervalMs = (failedProbes: number): number =>
  Math.min(30_000 * 2 ** Math.min(Math.max(failedProbes, 0), 10), LONGEST_MS);

/** A delivery is stuck when it is open and older than its destination allows: age, never failures. */
export const isStuck = (openSince: Date, stuckAfterMs: number, at: Date): boolean =>
  at.getTime() - openSince.getTime() > stuckAfterMs;
