import { afterEach, beforeEach, expect, it } from 'vitest';
import { createHouse, envelope, type House } from './house.ts';

const BROKEN = { scope: 'destination', code: 'http.401', message: 'the receiver answered 401' } as const;

let house: House;
let operator: string;
const now = () => house.clock().toISOString();

beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
  await house.destination();
  operator = (await house.token('operate')).token;
});
afterEach(() => house.close());

type Shown = { standing: string; since: string | null; probe: unknown; holds: unknown[]; deliveries: object };
async function shown(): Promise<Shown> {
  const one = (await (await house.request(operator, 'GET', '/v1/destinations/hook')).json()) as Shown;
  const list = (await (await house.request(operator, 'GET', '/v1/destinations')).json()) as { items: Shown[] };
  expect(list.items).toEqual([one]);
  return one;
}

it('a destination says how it stands, since when, what waits, and who probes it', async () => {
  expect(await shown()).toMatchObject({
    standing: 'ready',
    since: null,
    probe: null,
    deliveries: { open: 0, stuck: 0, blocked: 0, draining: 0, oldest: null },
  });

  await house.submit(operator, envelope('one'));
  const brokeAt = now();
  await house.db.holds.break('hook', BROKEN, brokeAt);
  house.pass(60_000);
  await house.submit(operator, envelope('two'));
  const nextAt = new Date(Date.parse(brokeAt) + 30_000).toISOString();
  expect(await shown()).toMatchObject({
    standing: 'broken',
    since: brokeAt,
    holds: [{ kind: 'broken', code: 'http.401', reason: 'the receiver answered 401' }],
    probe: { nextAt, failed: 0, running: null },
    deliveries: { open: 2, draining: 0, oldest: brokeAt },
  });

  await house.db.holds.claimProbe('hook', 'proc_1', now());
  expect((await shown()).probe).toMatchObject({ running: { by: 'proc_1', since: now(), delivery: null } });
  await house.db.holds.failProbe('hook', 'still no', now());
  expect((await shown()).probe).toMatchObject({ failed: 1, running: null });

  await house.request(operator, 'POST', '/v1/destinations/hook/pause', { reason: 'upgrade' });
  expect(await shown()).toMatchObject({ standing: 'paused', since: brokeAt, holds: [{}, { reason: 'upgrade' }] });

  await house.db.holds.heal('hook', 'its test passed', now());
  house.pass(1000);
  await house.request(operator, 'POST', '/v1/destinations/hook/resume');
  expect(await shown()).toMatchObject({ standing: 'draining', since: now(), probe: null, deliveries: { draining: 2 } });
});
