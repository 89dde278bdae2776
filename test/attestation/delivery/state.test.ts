import { describe, expect, it } from 'vitest';
import {
  type DeliveryEvent,
  type DeliveryState,
  FINAL_STATES,
  isFinal,
  OPEN_STATES,
  transition,
} from '../../../attestation/delivery/state.ts';

const EVENTS = [
  'try',
  'retry-later',
  'accepted',
  'delivered',
  'refused',
  'unwanted',
  'superseded',
  'expired',
  'skip',
  'replay',
] as const satisfies DeliveryEvent[];

/** Row by row what follows on each event, in the order of EVENTS; `-`: it does not happen. */
const EXPECTED: Record<DeliveryState, string> = {
  queued: 'trying - - - - - superseded expired skipped -',
  waiting: 'trying - - - blocked - superseded expired skipped -',
  trying: 'trying waiting confirming delivered blocked skipped superseded expired skipped -',
  confirming: 'confirming confirming - delivered blocked - - expired skipped -',
  blocked: 'trying - - - - - - - skipped -',
  delivered: '- - - - - - - - - -',
  skipped: '- - - - - - - - - queued',
  superseded: '- - - - - - - - - -',
  expired: '- - - - - - - - - queued',
};

const PAIRS = [...OPEN_STATES, ...FINAL_STATES].flatMap((state) =>
  EVENTS.map((event, i) => [state, event, EXPECTED[state].split(' ')[i]] as const),
);

describe('the states of a delivery', () => {
  it.each(PAIRS)('%s, on %s: %s', (state, event, after) => {
    expect(transition(state, event) ?? '-').toBe(after);
  });

  it('are open or final, never both', () => {
    expect(new Set([...OPEN_STATES, ...FINAL_STATES]).size).toBe(9);
    expect(FINAL_STATES.every(isFinal)).toBe(true);
    expect(OPEN_STATES.some(isFinal)).toBe(false);
  });

  it('can always be left by a skip, and reach an end by it, while open', () => {
    for (const state of OPEN_STATES) expect(transition(state, 'skip')).toBe('skipped');
  });

  it('never expire what is blocked', () => {
    expect(transition('blocked', 'expired')).toBeUndefined();
  });
});
