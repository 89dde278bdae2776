import { expect, it } from 'vitest';
import { delivered, failed, OPERATOR, REFUSED, TOO_MANY, t, type World, who } from '../world.ts';

/** Acting on many deliveries. */
export function describeMany(world: () => World): void {
  const start = async () => {
    await world().connect('dt');
    const ids = { blocked: '', waiting: '', queued: '', delivered: '' };
    for (const name of Object.keys(ids) as (keyof typeof ids)[]) ids[name] = await world().deliver(name, 0);
    await world().attempt(ids.blocked, failed(REFUSED, null), 1);
    await world().attempt(ids.waiting, failed(TOO_MANY, 900), 1);
    await world().attempt(ids.delivered, delivered, 1);
    return ids;
  };
  const audit = async (target: string) => (await world().db.audit.list({ target }, { limit: 10 })).items;
  const effects = async (input: Parameters<World['db']['deliveries']['act']>[0]) =>
    Object.fromEntries((await world().db.deliveries.act(input)).map(({ delivery, effect }) => [delivery.id, effect]));

  it('does to each what is done to one alone, and says of the others why not', async () => {
    const ids = await start();
    const all = [...Object.values(ids), 'dlv_none'];
    const retry = { ids: all, action: 'retry', reason: 'mended', of: 'act_1', ...who(5) } as const;
    expect(await effects(retry)).toEqual({
      [ids.blocked]: 'now',
      [ids.waiting]: 'now',
      [ids.queued]: 'now',
      [ids.delivered]: 'final',
    });
    expect(await world().get(ids.blocked)).toMatchObject({
      state: 'blocked',
      command: { what: 'retry', at: t(5), by: OPERATOR.name },
    });
    expect(await audit(ids.blocked)).toMatchObject([
      { action: 'delivery.retry', actor: OPERATOR, detail: { reason: 'mended', state: 'blocked', of: 'act_1' } },
    ]);
    expect(await audit(ids.delivered)).toEqual([]);
    expect(await world().begin(ids.blocked, 6)).toMatchObject({ kind: 'go' });
  });

  it('asks for a retry once, until it is taken up', async () => {
    const ids = await start();
    const retry = { ids: [ids.blocked], action: 'retry', reason: null, of: 'act_1', ...who(5) } as const;
    await effects(retry);
    expect(await effects({ ...retry, of: 'act_2', ...who(6) })).toEqual({ [ids.blocked]: 'asked' });
    expect(await audit(ids.blocked)).toHaveLength(1);
    expect(await world().get(ids.blocked)).toMatchObject({ command: { at: t(5) } });
  });

  it('writes a retry of a held one down, and skips it at once', async () => {
    const ids = await start();
    await world().db.holds.pause('dt', 'maintenance', who(2));
    const retry = { ids: [ids.waiting], action: 'retry', reason: null, of: 'act_1', ...who(5) } as const;
    expect(await effects(retry)).toEqual({ [ids.waiting]: 'held' });
    expect(await world().get(ids.waiting)).toMatchObject({ held: true, command: { at: t(5) } });
    const skip = { ids: [ids.waiting, ids.delivered], action: 'skip', reason: 'gone', of: 'act_2', ...who(6) } as const;
    expect(await effects(skip)).toEqual({ [ids.waiting]: 'now', [ids.delivered]: 'final' });
    expect(await world().get(ids.waiting)).toMatchObject({
      state: 'skipped',
      skipped: { by: OPERATOR.name, reason: 'gone' },
      command: null,
    });
    expect(await effects({ ...skip, of: 'act_3' })).toEqual({ [ids.waiting]: 'final', [ids.delivered]: 'final' });
  });

  it('tallies by what decides an action, within a filter', async () => {
    const ids = await start();
    const { deliveries, holds } = world().db;
    await deliveries.commandRetry(ids.waiting, { ...who(3), reason: null });
    const tally = async (filter: Parameters<typeof deliveries.tally>[0]) =>
      (await deliveries.tally(filter, t(9))).map(({ state, held, asked, tried, count, example }) => [
        state,
        held,
        asked,
        tried,
        count,
        example,
      ]);
    expect(await tally({ open: true })).toEqual([
      ['blocked', false, false, true, 1, ids.blocked],
      ['queued', false, false, false, 1, ids.queued],
      ['waiting', false, true, true, 1, ids.waiting],
    ]);
    expect(await tally({ open: true, scope: 'delivery' })).toHaveLength(1);
    expect(await tally({ open: true, scope: 'none' })).toEqual([['queued', false, false, false, 1, ids.queued]]);
    expect(await tally({ ids: [ids.delivered, 'dlv_none'] })).toEqual([
      ['delivered', false, false, true, 1, ids.delivered],
    ]);
    expect(await tally({ ids: [] })).toEqual([]);
    expect(await tally({ ids: [ids.delivered], visible: ['other/*'] })).toEqual([]);
    await holds.pause('dt', 'maintenance', who(4));
    expect((await tally({ state: ['blocked'] }))[0]?.[1]).toBe(true);
  });
}
