import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DELIVERY_EVENTS,
  type DeliveryState,
  FINAL_STATES,
  isFinal,
  OPEN_STATES,
  transition,
} from '../../../attestation/delivery/state.ts';

/** Row by row what follows on each event, in the order of DELIVERY_EVENTS; `-`: it does not happen. */
const EXPECTED: Record<DeliveryState, string> = {
  queued: 'trying - - delivered - - superseded expired skipped -',
  waiting: 'trying - - delivered blocked - superseded expired skipped -',
  trying: 'trying waiting confirming delivered blocked skipped superseded expired skipped -',
  confirming: 'confirming confirming - delivered blocked - - expired skipped -',
  blocked: 'trying - - delivered - - superseded - skipped -',
  delivered: '- - - - - - - - - -',
  skipped: '- - - - - - - - - queued',
  superseded: '- - - - - - - - - -',
  expired: '- - - - - - - - - queued',
};

const PAIRS = [...OPEN_STATES, ...FINAL_STATES].flatMap((state) =>
  DELIVERY_EVENTS.map((event, i) => [state, event, EXPECTED[state].split(' ')[i]] as const),
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

describe('the table of states that operators read', () => {
  const ROW = /^\| `?([\w-]+)`? \|(.*)\|$/;
  const cells = (text: string) => text.split('|').map((cell) => cell.trim().replaceAll('`', ''));

  it('says what the code does, all of it', () => {
    const text = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
    const lines = text.slice(text.indexOf('| state | try |')).split('\n\n')[0]?.split('\n') ?? [];
    const [head, , ...rows] = lines.map((line) => ROW.exec(line));
    expect(cells(head?.[2] ?? '')).toEqual(DELIVERY_EVENTS);
    const printed = rows.map((row) => [row?.[1], cells(row?.[2] ?? '')]);
    const states = [...OPEN_STATES, ...FINAL_STATES];
    expect(Object.fromEntries(printed)).toEqual(
      Object.fromEntries(
        states.map((state) => [state, DELIVERY_EVENTS.map((event) => transition(state, event) ?? '')]),
      ),
    );
  });
});
