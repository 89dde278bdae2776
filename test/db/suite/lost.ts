import { expect, it } from 'vitest';
import { MOST_LOST } from '../../../attestation/delivery/lost.ts';
import { acceptedUntil, DAY, delivered, failed, TOO_MANY, t, UNAUTHORIZED, type World, who } from '../world.ts';

/** Attempts whose worker never reported, one after the other: PROTOCOLS D, prologue. */
export function describeLost(world: () => World): void {
  const start = async () => {
    await world().connect('dt');
    return world().deliver('one', 0);
  };
  /** Begins so many times, a minute apart, and never reports. */
  const lose = async (id: string, times: number, from = 60, phase: 'deliver' | 'confirm' = 'deliver') => {
    const kinds: string[] = [];
    for (let n = 0; n < times; n += 1) kinds.push((await world().begin(id, from + 60 * n, { phase })).kind);
    return kinds;
  };

  it('are made good at once when it happened once: a kill is nobody’s fault', async () => {
    const { get } = world();
    const id = await start();
    expect(await lose(id, 2)).toEqual(['go', 'go']);
    expect(await get(id)).toMatchObject({ state: 'trying', attempts: 2, failures: 1, cause: { code: 'attempt.lost' } });
  });

  it('wait longer each time after that, show when they are tried next, and free their key', async () => {
    const { begin, deliver, get } = world();
    const id = await start();
    const other = await deliver('two', 1);
    await lose(id, 2);
    expect(await begin(id, 200, { orderKey: 'k' })).toEqual({ kind: 'lost', inARow: 2, nextAttemptAt: t(204) });
    expect(await get(id)).toMatchObject({ state: 'waiting', failures: 2, nextAttemptAt: t(204) });
    expect(await begin(other, 201, { orderKey: 'k' })).toMatchObject({ kind: 'go' });
    expect(await begin(id, 204)).toMatchObject({ kind: 'go', attempt: 3 });
    expect(await begin(id, 300)).toEqual({ kind: 'lost', inARow: 3, nextAttemptAt: t(308) });
  });

  it('block the delivery in the end, so that it kills no more workers, and an operator gives it as many again', async () => {
    const { db, begin, get } = world();
    const id = await start();
    const kinds = await lose(id, 20);
    expect(kinds.filter((kind) => kind === 'go')).toHaveLength(MOST_LOST);
    expect(kinds.at(-1)).toBe('blocked');
    const cause = { scope: 'delivery', code: 'attempt.lost', message: expect.stringContaining('skip it') };
    expect(await get(id)).toMatchObject({ state: 'blocked', attempts: MOST_LOST, nextAttemptAt: null, cause });
    await db.deliveries.commandRetry(id, { ...who(10_000), reason: 'the worker was mended' });
    expect(await begin(id, 10_001)).toMatchObject({ kind: 'go', attempt: MOST_LOST + 1 });
    expect(await begin(id, 10_060)).toMatchObject({ kind: 'go', attempt: MOST_LOST + 2 });
    expect(await get(id)).toMatchObject({ state: 'trying', failures: 1 });
  });

  it('count from the last one that was reported', async () => {
    const { attempt, get } = world();
    const id = await start();
    await lose(id, MOST_LOST);
    await attempt(id, failed(TOO_MANY, 1000), 900);
    expect(await get(id)).toMatchObject({ state: 'waiting', cause: TOO_MANY });
    expect(await lose(id, 2, 1000)).toEqual(['go', 'go']);
  });

  it('do not count when a slow worker reports after all', async () => {
    const { begin, finish } = world();
    const id = await start();
    await lose(id, 2);
    await finish(id, 2, failed(TOO_MANY, 130), 125);
    expect(await begin(id, 130)).toMatchObject({ kind: 'go', attempt: 3 });
    expect(await begin(id, 200)).toMatchObject({ kind: 'go', attempt: 4 });
  });

  it('count as delivered when one of them says so after all, whatever came of the delivery meanwhile', async () => {
    const { db, deliver, finish, get } = world();
    const waiting = await start();
    const blocked = await deliver('two', 1);
    await lose(waiting, 3);
    await lose(blocked, 20);
    for (const [id, state] of [
      [waiting, 'waiting'],
      [blocked, 'blocked'],
    ] as const) {
      expect(await get(id)).toMatchObject({ state });
      await finish(id, 1, failed(TOO_MANY, 9999), 2000);
      expect(await get(id)).toMatchObject({ state });
      expect(await finish(id, 2, delivered, 2001)).toMatchObject({ state: 'delivered' });
      expect(await get(id)).toMatchObject({ state: 'delivered', cause: null, nextAttemptAt: null });
    }
    // Their workflows wait for another attempt, and for a hand.
    expect((await db.hosts.untold(t(3000), 10, t(3000))).map(({ id }) => id).sort()).toEqual([waiting, blocked].sort());
  });

  it('count while it confirms too, and leave it confirming', async () => {
    const { attempt, begin, get } = world();
    const id = await start();
    await attempt(id, acceptedUntil(5), 1);
    expect(await lose(id, 2, 60, 'confirm')).toEqual(['go', 'go']);
    expect(await begin(id, 200, { phase: 'confirm' })).toMatchObject({ kind: 'lost', inARow: 2 });
    expect(await get(id)).toMatchObject({ state: 'confirming', token: 'job-7', nextAttemptAt: t(204) });
    await attempt(id, delivered, 204, { phase: 'confirm' });
    expect(await get(id)).toMatchObject({ state: 'delivered', failures: 0, cause: null });
  });

  it('take no probe from another delivery', async () => {
    const { db, begin, deliver } = world();
    const poison = await start();
    const other = await deliver('two', 1);
    await lose(poison, 2);
    await db.holds.break('dt', UNAUTHORIZED, t(130));
    expect(await begin(poison, 140)).toMatchObject({ kind: 'held' });
    await db.holds.claimProbe('dt', 'p1', t(DAY));
    expect(await begin(poison, DAY)).toMatchObject({ kind: 'lost' });
    expect(await begin(other, DAY)).toMatchObject({ kind: 'go', probe: true });
  });
}
