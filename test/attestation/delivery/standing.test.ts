import { expect, it } from 'vitest';
import { standingOf } from '../../../attestation/delivery/standing.ts';

const PAUSED = { kind: 'operator', since: '2026-03-01T03:00:00.000Z' } as const;
const BROKEN = { kind: 'broken', since: '2026-03-01T02:00:00.000Z' } as const;
const LIFTED = '2026-03-01T04:00:00.000Z';

it.each([
  ['nothing holds', [], null, 0, 'ready', null],
  ['was held before, and nothing is left of it', [], LIFTED, 0, 'ready', null],
  ['drains since it was lifted', [], LIFTED, 7, 'draining', LIFTED],
  ['is paused', [PAUSED], LIFTED, 7, 'paused', PAUSED.since],
  ['is broken', [BROKEN], null, 0, 'broken', BROKEN.since],
  [
    'is paused while it is broken: nobody probes it, and it has been held since it broke',
    [PAUSED, BROKEN],
    null,
    0,
    'paused',
    BROKEN.since,
  ],
] as const)('a destination that %s', (_, holds, liftedAt, left, standing, since) => {
  expect(standingOf({ holds, liftedAt, left })).toEqual({ standing, since });
});
