import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../attestation/delivery/codes.ts';
import { remediesFor, type StandingCause } from '../../../attestation/delivery/remedies.ts';

const cause = (changes: Partial<StandingCause>): StandingCause => ({
  destination: 'dtrack-prod',
  scope: 'retry',
  code: 'http.503',
  meaning: meaningOf(changes.code ?? 'http.503'),
  isStuck: false,
  isPaused: false,
  isBroken: false,
  isDraining: false,
  ...changes,
});
const actions = (changes: Partial<StandingCause>) => remediesFor(cause(changes)).map(({ action }) => action);

describe('what can be done about a cause', () => {
  it.each<[string, Partial<StandingCause>, string[]]>([
    ['the receiver is away', {}, ['wait', 'retry', 'skip']],
    ['the receiver is away for long', { isStuck: true }, ['wait', 'retry', 'pause', 'skip']],
    ['it is away and paused', { isPaused: true }, ['resume', 'skip']],
    ['it was away and is broken now', { isBroken: true }, ['test', 'skip']],
    ['bytes are missing', { code: 'store.missing' }, ['mend', 'wait', 'retry', 'skip']],
    ['a wrong key', { scope: 'destination', code: 'http.401' }, ['set-secret', 'test', 'skip']],
    ['a wrong key, broken', { scope: 'destination', code: 'http.401', isBroken: true }, ['set-secret', 'test', 'skip']],
    [
      'a wrong key, paused',
      { scope: 'destination', code: 'http.401', isPaused: true },
      ['resume', 'set-secret', 'skip'],
    ],
    ['a wrong URL', { scope: 'destination', code: 'dns.not-found' }, ['set-settings', 'test', 'skip']],
    ['a refused document', { scope: 'delivery', code: 'http.422' }, ['mend', 'retry', 'skip']],
    [
      'a refused document, held',
      { scope: 'delivery', code: 'http.422', isPaused: true },
      ['mend', 'retry', 'resume', 'skip'],
    ],
    ['an unknown code', { scope: 'delivery', code: 'of.old' }, ['mend', 'retry', 'skip']],
    ['not tried yet', { scope: 'none', code: 'none' }, ['wait']],
    ['not tried for long', { scope: 'none', code: 'none', isStuck: true }, ['mend', 'skip']],
    ['not tried, paused', { scope: 'none', code: 'none', isPaused: true, isStuck: true }, ['resume', 'skip']],
    ['a wrong key that was mended', { scope: 'destination', code: 'http.401', isDraining: true }, ['wait', 'skip']],
    [
      'a refused document while others drain',
      { scope: 'delivery', code: 'http.422', isDraining: true },
      ['mend', 'retry', 'skip'],
    ],
    ['not tried, draining', { scope: 'none', code: 'none', isStuck: true, isDraining: true }, ['wait', 'skip']],
    ['not tried, broken', { scope: 'none', code: 'none', isBroken: true }, ['test']],
  ])('%s', (_, changes, expected) => {
    expect(actions(changes)).toEqual(expected);
  });

  it('never ends without anything, and says everything in a sentence', () => {
    for (const scope of ['retry', 'delivery', 'destination', 'none'] as const)
      for (const bits of Array(8).keys()) {
        const standing = { isStuck: (bits & 1) > 0, isPaused: (bits & 2) > 0, isBroken: (bits & 4) > 0 };
        const remedies = remediesFor(cause({ scope, ...standing }));
        expect(remedies.length).toBeGreaterThan(0);
        for (const { say } of remedies) expect(say).toMatch(/^[A-Z].*[.?]$/);
        expect(new Set(remedies.map(({ action }) => action)).size).toBe(remedies.length);
      }
  });

  it('names the call and the command that do it, which look before they act', () => {
    const [, retry] = remediesFor(cause({ scope: 'delivery', code: 'http.422' }));
    expect(retry).toMatchObject({
      api: {
        method: 'POST',
        path: '/v1/deliveries/actions',
        body: {
          action: 'retry',
          filter: { destination: 'dtrack-prod', code: 'http.422', scope: 'delivery' },
          dryRun: true,
        },
      },
      command: 'waybill deliveries retry --destination dtrack-prod --code http.422 --scope delivery',
    });
    const test = remediesFor(cause({ isBroken: true }))[0];
    expect(test).toMatchObject({
      api: { method: 'POST', path: '/v1/destinations/dtrack-prod/test' },
      command: 'waybill destinations test dtrack-prod',
    });
  });
});
