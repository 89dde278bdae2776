import { formatAge } from '../../attestation/duration.ts';
import { plural } from './parts.ts';

type Limits = { concurrency: number; ratePerSecond: number | null; timeoutMs: number; maxBytes: number };

export const LIMITS_UNKNOWN = 'not known: this process has no such integration';

/** What a destination is held to, in words. */
export const limitWords = ({ concurrency, ratePerSecond, timeoutMs, maxBytes }: Limits): string =>
  [
    `${concurrency} at once`,
    ratePerSecond === null ? 'no limit of the rate' : `${ratePerSecond} a second`,
    `${formatAge(timeoutMs)} for a call`,
    `${plural(maxBytes, 'byte')} for a material`,
  ].join(', ');
