import { expect, it } from 'vitest';
import { acceptedUntil, delivered, failed, REFUSED, TOO_MANY, type World, who } from '../world.ts';

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

  it('supersedes one that was blocked and is tried again by command', async () => {
    const { db, begin, attempt, get } = world();
    const { older, newer } = await two();
    await attempt(older, failed(REFUSED, null), 2, key);
    await attempt(newer, delivered, 3, key);
    await db.deliveries.commandRetry(older, { ...who(4), reason: null });
    expect(await begin(older, 5, key)).toEqual({ kind: 'final', state: 'superseded' });
    expect(await get(older)).toMatchObject({ command: null, supersededBy: newer });
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
