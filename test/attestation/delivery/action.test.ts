import { describe, expect, it } from 'vitest';
import { acts, effectOf, mayRepeat } from '../../../attestation/delivery/action.ts';
import { FINAL_STATES, OPEN_STATES, transition } from '../../../attestation/delivery/state.ts';

const standing = { held: false, asked: false };

describe('what an action does to a delivery', () => {
  it.each(FINAL_STATES)('never touches one that is %s', (state) => {
    for (const action of ['retry', 'skip'] as const)
      expect(effectOf(action, { state, held: true, asked: true })).toBe('final');
    expect(acts('final')).toBe(false);
  });

  it.each(OPEN_STATES)('skips one that is %s at once, held or not, as the table of transitions has it', (state) => {
    for (const held of [true, false]) expect(effectOf('skip', { state, held, asked: true })).toBe('now');
    expect(transition(state, 'skip')).toBe('skipped');
  });

  it.each(OPEN_STATES)('retries one that is %s now, or once its destination delivers, and asks once', (state) => {
    expect(effectOf('retry', { state, ...standing })).toBe('now');
    expect(effectOf('retry', { state, ...standing, held: true })).toBe('held');
    expect(effectOf('retry', { state, held: true, asked: true })).toBe('asked');
    expect([acts('now'), acts('held'), acts('asked')]).toEqual([true, true, false]);
  });
});

describe('whether a message may be posted again', () => {
  it.each([
    ['a retry of what was tried', 'retry', { state: 'blocked', tried: true }, true],
    ['a retry of what was never tried', 'retry', { state: 'queued', tried: false }, false],
    ['a retry of what the receiver is only asked about', 'retry', { state: 'confirming', tried: true }, false],
    ['a retry of what has ended', 'retry', { state: 'delivered', tried: true }, false],
    ['a skip', 'skip', { state: 'blocked', tried: true }, false],
  ] as const)('%s', (_, action, how, expected) => {
    expect(mayRepeat(action, { ...standing, ...how })).toBe(expected);
  });
});
