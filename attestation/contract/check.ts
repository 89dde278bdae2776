import type { Check, CheckOutcome } from '../verdict.ts';

type More = Omit<Check, 'code' | 'outcome' | 'message'>;
const make =
  (outcome: CheckOutcome) =>
  (code: string, message: string, more: More = {}): Check => ({ code, outcome, message, ...more });

export const passed = make('passed');
export const failed = make('failed');
export const warned = make('warned');
export const skipped = make('skipped');
export const claimed = make('claimed');

/** A digest or id, short enough for a sentence. */
export const short = (hex: string): string => hex.slice(0, 12);
