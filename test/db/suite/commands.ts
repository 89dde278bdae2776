import { expect, it } from 'vitest';
import { acceptedUntil, delivered, failed, OPERATOR, TOO_MANY, t, type World, who } from '../world.ts';

/** What operators do to a delivery. */
export function describeCommands(world: () => World): void {
  const start = async () => {
    await world().connect('dt');
    return world().deliver('one', 0);
  };
  const audit = async (target: string) => (await world().db.audit.list({ target }, { limit: 10 })).items;

  it('writes a retry down; the next attempt consumes it and starts the backoff again', async () => {
    const { db, attempt, begin, get } = world();
    const id = await start();
    await attempt(id, failed(TOO_MANY, 900), 1);
    const record = await db.deliveries.commandRetry(id, { ...who(5), reason: 'receiver is up' });
    expect(record).toMatchObject({
      state: 'waiting',
      command: { what: 'retry', at: t(5), by: OPERATOR.name },
      failures: 1,
    });
    expect(await audit(id)).toMatchObject([
      { action: 'delivery.retry', actor: OPERATOR, detail: { reason: 'receiver is up' } },
    ]);
    await begin(id, 6);
    expect(await get(id)).toMatchObject({ command: null, failures: 0, state: 'trying' });
  });

  it('keeps a command while the destination is held', async () => {
    const { db, begin, get } = world();
    const id = await start();
    await db.deliveries.commandRetry(id, { ...who(1), reason: null });
    await db.holds.pause('dt', 'maintenance', who(2));
    expect(await begin(id, 3)).toMatchObject({ kind: 'held' });
    expect(await get(id)).toMatchObject({ command: { at: t(1) } });
  });

  it('leaves what ended as it is', async () => {
    const { db, attempt } = world();
    const id = await start();
    await attempt(id, delivered, 1);
    expect(await db.deliveries.commandRetry(id, { ...who(2), reason: null })).toMatchObject({
      state: 'delivered',
      command: null,
    });
    expect(await db.deliveries.skip(id, { ...who(2), reason: 'x' })).toMatchObject({
      done: false,
      delivery: { skipped: null },
    });
    expect(await audit(id)).toEqual([]);
    expect(await db.deliveries.commandRetry('dlv_none', { ...who(2), reason: null })).toBeUndefined();
    expect(await db.deliveries.skip('dlv_none', { ...who(2), reason: 'x' })).toBeUndefined();
    expect(await db.deliveries.get('dlv_none', t(2))).toBeUndefined();
  });

  it('skips what is open, with who and why, and drops its command', async () => {
    const { db, begin } = world();
    const id = await start();
    await db.deliveries.commandRetry(id, { ...who(1), reason: null });
    const skipped = await db.deliveries.skip(id, { ...who(2), reason: 'sent by hand' });
    expect(skipped).toMatchObject({
      done: true,
      delivery: {
        state: 'skipped',
        skipped: { by: OPERATOR.name, reason: 'sent by hand' },
        command: null,
        changedAt: t(2),
      },
    });
    expect((await audit(id))[0]).toMatchObject({
      action: 'delivery.skip',
      detail: { reason: 'sent by hand', state: 'queued' },
    });
    expect(await begin(id, 3)).toEqual({ kind: 'final', state: 'skipped' });
    expect(await db.deliveries.skip(id, { ...who(4), reason: 'again' })).toMatchObject({ done: false });
  });

  it.each([
    ['delivered', delivered],
    ['accepted', acceptedUntil(9)],
  ])('logs "delivered anyway" when it was %s after a skip, and stays skipped', async (_, result) => {
    const { db, begin, finish, get } = world();
    const id = await start();
    await begin(id, 1);
    await db.deliveries.skip(id, { ...who(2), reason: 'sent by hand' });
    expect(await finish(id, 1, result, 3)).toEqual({ state: 'skipped', brokenSuspected: false });
    expect(await get(id)).toMatchObject({ state: 'skipped', externalId: null, token: null, changedAt: t(2) });
    const { items } = await db.deliveries.attempts(id, { limit: 5 });
    expect(items).toMatchObject([{ outcome: result.outcome, message: expect.stringContaining('delivered anyway') }]);
  });

  it('logs a failure after a skip as it was', async () => {
    const { db, begin, finish, get } = world();
    const id = await start();
    await begin(id, 1);
    await db.deliveries.skip(id, { ...who(2), reason: 'sent by hand' });
    await finish(id, 1, failed(TOO_MANY, 5), 3);
    expect(await get(id)).toMatchObject({ state: 'skipped', cause: null });
    expect((await db.deliveries.attempts(id, { limit: 5 })).items).toMatchObject([
      { outcome: 'failed', message: TOO_MANY.message },
    ]);
  });
}
