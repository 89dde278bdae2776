import { expect, it } from 'vitest';
import type { AttemptResult, Cause } from '../../../db/attempts.ts';
import { acceptedUntil, delivered, failed, REFUSED, TOO_MANY, t, UNAUTHORIZED, type World } from '../world.ts';

const OVERDUE: Cause = { scope: 'delivery', code: 'unconfirmed', message: 'expected the receiver to confirm' };
const pending = (next: number): AttemptResult => ({ outcome: 'pending', nextAttemptAt: t(next), evidence: {} });

/** An attempt to confirm whose time is over: DESIGN §6. */
export function describeUnconfirmed(world: () => World): void {
  const accepted = async () => {
    await world().connect('dt');
    const id = await world().deliver('one', 0);
    await world().attempt(id, acceptedUntil(5), 1);
    return id;
  };
  /** Asks once more, when it is too late. */
  const ask = async (id: string, result: AttemptResult, processId = 'p1') => {
    const begun = await world().begin(id, 100, { phase: 'confirm', processId });
    if (begun.kind !== 'go') throw new Error(`expected it to go, found ${begun.kind}`);
    const { attempt } = begun;
    return world().db.deliveries.finish({ id, attempt, result, testHasEffects: false, overdue: OVERDUE, at: t(100) });
  };
  const attempts = async (id: string) => (await world().db.deliveries.attempts(id, { limit: 5 })).items;

  it.each([
    ['says that it still works', pending(200), 'pending'],
    ['cannot be asked', failed(TOO_MANY, 200), 'failed'],
  ] as const)('blocks it when the receiver %s, and logs what it said', async (_, result, outcome) => {
    const id = await accepted();
    expect(await ask(id, result)).toMatchObject({ state: 'blocked' });
    expect(await world().get(id)).toMatchObject({ state: 'blocked', cause: OVERDUE, nextAttemptAt: null });
    expect(await attempts(id)).toMatchObject([{ outcome }, { outcome: 'accepted' }]);
  });

  it('counts the last answer when that is the end', async () => {
    const id = await accepted();
    expect(await ask(id, delivered)).toMatchObject({ state: 'delivered' });
    expect(await world().get(id)).toMatchObject({ cause: null });
  });

  it('shows why the receiver failed when it says so at last', async () => {
    const id = await accepted();
    expect(await ask(id, failed(REFUSED, null))).toMatchObject({ state: 'blocked' });
    expect(await world().get(id)).toMatchObject({ cause: REFUSED });
  });

  it('says of a destination what the answer says: a failure does not heal it, an answer does', async () => {
    const { db } = world();
    const id = await accepted();
    await db.holds.break('dt', UNAUTHORIZED, t(10));
    await db.processes.heartbeat({ id: 'p1', kind: 'worker', at: t(60) });
    await db.holds.claimProbe('dt', 'p1', t(60));
    expect(await ask(id, failed(TOO_MANY, 200))).toMatchObject({ state: 'blocked' });
    expect(await db.holds.of('dt')).toMatchObject([{ kind: 'broken', reason: TOO_MANY.message }]);
  });

  it('leaves the time that it has been open to whoever decides, without the time that it was held', async () => {
    const { db, begin } = world();
    const id = await accepted();
    await db.holds.pause('dt', 'maintenance', { by: { id: 'x', name: 'x' }, at: t(11) });
    await db.holds.resume('dt', { by: { id: 'x', name: 'x' }, at: t(71) });
    expect(await begin(id, 101, { phase: 'confirm' })).toMatchObject({ kind: 'go', openMs: 40_000 });
  });
}
