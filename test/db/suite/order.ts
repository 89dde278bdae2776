import { expect, it } from 'vitest';
import { acceptedUntil, delivered, failed, REFUSED, TOO_MANY, t, type World, who } from '../world.ts';

/** A late retry never overwrites newer data: PROTOCOLS D. */
export function describeOrder(world: () => World): void {
  const two = async () => {
    await world().connect('dt');
    return { older: await world().deliver('older', 0), newer: await world().deliver('newer', 1) };
  };
  const key = { orderKey: 'acme/api' };

  it('lets one delivery under a key be on its way, confirmation included', async () => {
    const { begin, finish, attempt, get } = world();
    const { older, newer } = await two();
    await begin(newer, 2, key);
    expect(await begin(older, 2, key)).toEqual({ kind: 'busy', behind: newer });
    expect(await begin(older, 2, { orderKey: 'another' })).toMatchObject({ kind: 'go' });
    await finish(older, 1, failed(TOO_MANY, 3), 2);
    await finish(newer, 1, acceptedUntil(5), 3);
    expect(await begin(older, 4, key)).toEqual({ kind: 'busy', behind: newer });
    expect(await get(older)).toMatchObject({ state: 'waiting', attempts: 1 });
    await attempt(newer, failed(REFUSED, null), 5, { ...key, phase: 'confirm' });
    expect(await begin(older, 6, key)).toMatchObject({ kind: 'go', attempt: 2 });
  });

  it('lets two that begin at once go one after the other', async () => {
    const { begin } = world();
    const { older, newer } = await two();
    const begun = await Promise.all([begin(older, 2, key), begin(newer, 2, key)]);
    expect(begun.map(({ kind }) => kind).sort()).toEqual(['busy', 'go']);
  });

  it('supersedes what is older than what was delivered, and says by which', async () => {
    const { begin, attempt, get } = world();
    const { older, newer } = await two();
    await attempt(newer, delivered, 2, key);
    expect(await begin(older, 3, key)).toEqual({ kind: 'final', state: 'superseded' });
    expect(await get(older)).toMatchObject({ state: 'superseded', supersededBy: newer, attempts: 0 });
  });

  it('delivers what is newer after what is older, and the same sequence side by side', async () => {
    const { attach, attempt, deliver, accept } = world();
    const { older, newer } = await two();
    await attempt(older, delivered, 2, key);
    expect(await attempt(newer, delivered, 3, key)).toMatchObject({ state: 'delivered' });
    await attach('second', 'dt');
    const { deliveries } = await accept('third', 4);
    expect(deliveries).toHaveLength(2);
    for (const { id } of deliveries) expect(await attempt(id, delivered, 5, key)).toMatchObject({ state: 'delivered' });
    expect(await deliver('fourth', 6)).toMatch(/^dlv_/);
  });

  it.each([
    ['blocked', failed(REFUSED, null)],
    ['waiting', failed(TOO_MANY, 900)],
  ] as const)('ends an older one that is %s in the moment when the newer is delivered', async (state, result) => {
    const { db, begin, attempt, get } = world();
    const { older, newer } = await two();
    expect(await attempt(older, result, 2, key)).toMatchObject({ state });
    await attempt(newer, delivered, 3, key);
    expect(await get(older)).toMatchObject({ state: 'superseded', supersededBy: newer, changedAt: t(3) });
    expect(await begin(older, 5, key)).toEqual({ kind: 'final', state: 'superseded' });
    expect(await db.deliveries.commandRetry(older, { ...who(6), reason: null })).toMatchObject({ command: null });
    expect(await db.hosts.untold(t(3), 10, t(13))).toEqual([]);
    expect(await db.hosts.untold(t(4), 10, t(14))).toMatchObject([{ id: older, state: 'superseded' }]);
  });

  it('ends neither newer ones nor those of other keys nor those on their way', async () => {
    const { attempt, begin, deliver, get } = world();
    const { older, newer } = await two();
    const newest = await deliver('newest', 2);
    await attempt(newest, failed(REFUSED, null), 3, key);
    await attempt(older, failed(REFUSED, null), 3, { orderKey: 'another' });
    await attempt(newer, delivered, 4, key);
    expect([(await get(older)).state, (await get(newest)).state]).toEqual(['blocked', 'blocked']);
    expect(await begin(newest, 5, key)).toEqual({ kind: 'blocked' });
  });

  it('supersedes a blocked one that learns of its key only now, at its next look, without a command', async () => {
    const { begin, attempt, get } = world();
    const { older, newer } = await two();
    await attempt(older, failed(REFUSED, null), 2, { orderKey: 'before the options changed' });
    await attempt(newer, delivered, 3, key);
    expect(await begin(older, 4, key)).toEqual({ kind: 'final', state: 'superseded' });
    expect(await get(older)).toMatchObject({ supersededBy: newer, attempts: 1 });
  });

  it('keeps the key while the call of a skipped one may still run, and no longer', async () => {
    const { db, begin, finish } = world();
    const { older, newer } = await two();
    await begin(older, 2, key);
    await db.deliveries.skip(older, { ...who(3), reason: 'it hangs' });
    expect(await begin(newer, 4, key)).toEqual({ kind: 'busy', behind: older });
    expect(await begin(newer, 151, key)).toEqual({ kind: 'busy', behind: older });
    await finish(older, 1, delivered, 152);
    expect(await begin(newer, 153, key)).toMatchObject({ kind: 'go' });
  });

  it('frees the key of a skipped one whose worker died once its call must be over', async () => {
    const { db, begin } = world();
    const { older, newer } = await two();
    await begin(older, 2, key);
    await db.deliveries.skip(older, { ...who(3), reason: 'it hangs' });
    expect(await begin(newer, 152, key)).toMatchObject({ kind: 'go' });
  });

  it('minds the key at each destination by itself', async () => {
    const { connect, accept, attempt, begin } = world();
    await connect('a');
    await connect('b');
    const first = await accept('first', 1);
    const second = await accept('second', 2);
    const at = (concluded: typeof first, destination: string) =>
      concluded.deliveries.find((delivery) => delivery.destination === destination)?.id ?? '';
    await attempt(at(second, 'a'), delivered, 3, key);
    expect(await begin(at(first, 'b'), 4, key)).toMatchObject({ kind: 'go' });
  });

  it('frees a key that a dead worker left behind when its delivery finds another on its way', async () => {
    const { begin, get } = world();
    const { older, newer } = await two();
    await begin(older, 2, { orderKey: 'before' });
    await begin(newer, 3, key);
    expect(await begin(older, 60, key)).toEqual({ kind: 'busy', behind: newer });
    expect(await get(older)).toMatchObject({ state: 'waiting' });
  });
}
