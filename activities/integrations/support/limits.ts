import { parseDuration } from '../../../attestation/duration.ts';
import type { DestinationSpec } from '../../../attestation/resources.ts';
import type { Integration } from '../define.ts';

/** No call to a receiver takes longer, whatever its destination says. */
export const LONGEST_TIMEOUT_MS = 10 * 60_000;
/** An attempt may take several calls: looking up, uploading, looking again. */
export const CALLS_PER_ATTEMPT = 3;

/** What a destination is held to: its own limits, else those of its integration. */
export type LimitsInEffect = {
  /** Deliveries at the same time, over all worker processes. */
  concurrency: number;
  /** Over all worker processes; null: as many as the concurrency lets through. */
  ratePerSecond: number | null;
  /** Of one call, and of a whole attempt. */
  timeoutMs: number;
  attemptMs: number;
  /** Of a material. */
  maxBytes: number;
};

export function limitsInEffect(spec: Pick<DestinationSpec, 'limits'>, integration: Integration): LimitsInEffect {
  const { concurrency, ratePerSecond = null, timeout, maxBytes } = spec.limits;
  const asked = parseDuration(timeout ?? '') ?? integration.limits.timeoutMs;
  const timeoutMs = Math.min(asked, LONGEST_TIMEOUT_MS);
  return {
    concurrency: concurrency ?? integration.limits.concurrency,
    ratePerSecond,
    timeoutMs,
    attemptMs: CALLS_PER_ATTEMPT * timeoutMs,
    maxBytes: maxBytes ?? integration.limits.maxBytes,
  };
}
