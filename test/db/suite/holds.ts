import { expect, it } from 'vitest';
import {
  acceptedUntil,
  delivered,
  destinationSpec,
  failed,
  OPERATOR,
  REFUSED,
  TOO_MANY,
  t,
  UNAUTHORIZED,
  type World,
  who,
} from '../world.ts';

/** Hold and probe: PROTOCOLS C. */
export function describeHolds(world: () => World): void {
  const start = async (names = ['one', 'two']) => {
    await world().connect('dt');
    const ids: string[] = [];
    for (const name of names) ids.push(await world().deliver(name, 0));
    return ids as [string, string, ...string[]];
  };
  const broken = async (names?: string[]) => {
    const ids = await start(names);
    await world().db.holds.break('dt', UNAUTHORIZED, t(0));
    return ids;
  };
  const probe = async () => (await world().db.holds.gates()).find(({ name }) => name === 'dt')?.probe;
  /** By a process that lives. */
  const claim = async (processId: string, at: number) => {
    await alive(processId, at);
    return world().db.holds.claimProbe('dt', processId, t(at));
  };
  const alive = (id: string, at: number) => world().db.processes.heartbeat({ id, kind: 'worker', at: t(at) });
  const kinds = async () => (await world().db.holds.of('dt')).map(({ kind }) => kind);

  it('holds what an operator pauses, writes nothing for it, and lets go on resume', async () => {
    const { db, begin, get } = world();
    const [id] = await start();
    expect(await db.holds.pause('dt', 'maintenance', who(1))).toEqual({ found: true, changed: true });
    expect(await db.holds.pause('dt', 'again', who(2))).toEqual({ found: true, changed: false });
    const before = await get(id);
    const hold = { kind: 'operator', reason: 'maintenance', code: null, since: t(1), by: OPERATOR.name };
    expect(await begin(id, 3)).toEqual({ kind: 'held', holds: [hold] });
    expect(await get(id)).toEqual(before);
    expect(before).toMatchObject({ held: true, state: 'queued' });
    expect(await db.holds.resume('dt', who(4))).toEqual({ found: true, changed: true });
    expect(await db.holds.resume('dt', who(4))).toEqual({ found: true, changed: false });
    expect(await begin(id, 5)).toMatchObject({ kind: 'go', probe: false });
    expect((await db.audit.list({ target: 'dt' }, { limit: 2 })).items.map(({ action }) => action)).toEqual([
      'destination.resume',
      'destination.pause',
    ]);
    expect(await db.holds.pause('none', 'x', who(1))).toEqual({ found: false, changed: false });
  });

  it('releases what waits because the destination was wrong when its settings change, and nothing else', async () => {
    const { db, attempt, get } = world();
    const [wrong, busy] = await start();
    await attempt(wrong, failed(UNAUTHORIZED, 900), 1, { testHasEffects: true });
    await attempt(busy, failed(TOO_MANY, 900), 1);
    const mended = { ...destinationSpec(), config: { url: 'https://other.example' } };
    await db.destinations.put({ name: 'dt', spec: mended, secrets: {}, ...who(10) });
    expect(await get(wrong)).toMatchObject({ state: 'waiting', command: { what: 'retry', by: OPERATOR.name } });
    expect(await get(busy)).toMatchObject({ state: 'waiting', command: null });
    expect((await db.hosts.staleCommands(t(0), 10, t(11))).map(({ id }) => id)).toEqual([wrong]);
  });

  it('releases it when the destination heals, but not while it is held', async () => {
    const { db, attempt, get } = world();
    const [wrong] = await start();
    await attempt(wrong, failed(UNAUTHORIZED, 900), 1, { testHasEffects: true });
    await db.holds.break('dt', UNAUTHORIZED, t(2));
    await db.destinations.put({ name: 'dt', spec: destinationSpec('1h'), secrets: {}, ...who(3) });
    expect(await db.hosts.staleCommands(t(3), 10, t(4))).toEqual([]);
    await db.holds.heal('dt', 'its test passed', t(5));
    expect((await db.hosts.staleCommands(t(5), 10, t(6))).map(({ id }) => id)).toEqual([wrong]);
    expect(await get(wrong)).toMatchObject({ held: false });
  });

  it('drops a secret that is given as null, and keeps one that is not given', async () => {
    const { db } = world();
    const secrets = { a: { ref: 'env:WAYBILL_SECRET_A' }, b: { ref: 'env:WAYBILL_SECRET_B' } };
    await db.destinations.put({ name: 'inbox', spec: destinationSpec(), secrets, ...who(1) });
    await db.destinations.put({ name: 'inbox', spec: destinationSpec(), secrets: { b: null }, ...who(2) });
    expect((await db.destinations.get('inbox'))?.secrets).toEqual({ a: secrets.a });
  });

  it('leaves the other hold when one is lifted', async () => {
    const { db } = world();
    await broken();
    await db.holds.pause('dt', 'maintenance', who(1));
    await db.holds.resume('dt', who(2));
    expect(await kinds()).toEqual(['broken']);
    await db.holds.pause('dt', 'maintenance', who(3));
    expect(await db.holds.heal('dt', 'test passed', t(4))).toBe(true);
    expect(await db.holds.heal('dt', 'test passed', t(4))).toBe(false);
    expect(await kinds()).toEqual(['operator']);
  });

  it('counts the time held once, from the first hold to the last, and from the birth of each delivery', async () => {
    const { db, deliver, get, attempt } = world();
    const [early, done] = await start();
    await attempt(done, delivered, 1);
    await db.holds.pause('dt', 'maintenance', who(100));
    await db.holds.break('dt', UNAUTHORIZED, t(200));
    const late = await deliver('late', 250);
    await db.holds.resume('dt', who(300));
    expect(await get(early)).toMatchObject({ heldMs: 0 });
    await db.holds.heal('dt', 'test passed', t(400));
    expect([(await get(early)).heldMs, (await get(late)).heldMs, (await get(done)).heldMs]).toEqual([
      300_000, 150_000, 0,
    ]);
    await db.holds.pause('dt', 'maintenance', who(500));
    await db.holds.resume('dt', who(501));
    expect((await get(late)).heldMs).toBe(151_000);
  });

  it('breaks once, with the first probe 30 s away', async () => {
    const { db } = world();
    await broken();
    expect(await db.holds.break('dt', TOO_MANY, t(5))).toBe(false);
    expect(await probe()).toEqual({ nextAt: t(30), failed: 0, claimedBy: null, claimedAt: null, winner: null });
    expect(await db.holds.of('dt')).toMatchObject([{ kind: 'broken', code: 'http.401', since: t(0) }]);
    expect((await db.audit.list({ action: 'destination.break' }, { limit: 5 })).items).toHaveLength(1);
  });

  it('gives the probe to one process, when it is due', async () => {
    await broken();
    expect(await claim('p1', 29)).toBe(false);
    expect(await Promise.all([claim('p1', 30), claim('p2', 30)])).toEqual([true, false]);
    expect(await probe()).toMatchObject({ claimedBy: 'p1', claimedAt: t(30), winner: null });
  });

  it('gives no probe while an operator holds', async () => {
    const { db, begin } = world();
    const [id] = await broken();
    await db.holds.pause('dt', 'maintenance', who(1));
    expect(await claim('p1', 60)).toBe(false);
    await db.holds.resume('dt', who(61));
    expect(await claim('p1', 62)).toBe(true);
    await db.holds.pause('dt', 'maintenance', who(63));
    expect(await begin(id, 64)).toMatchObject({ kind: 'held' });
  });

  it('lets exactly one delivery of the claiming process probe', async () => {
    const { begin } = world();
    const [one, two] = await broken();
    expect(await begin(one, 30)).toMatchObject({ kind: 'held' });
    await claim('p1', 30);
    expect(await begin(one, 31, { processId: 'p2' })).toMatchObject({ kind: 'held' });
    expect(await begin(one, 31)).toEqual({ kind: 'go', attempt: 1, probe: true, openMs: 0 });
    expect(await begin(two, 31)).toMatchObject({ kind: 'held' });
    expect(await probe()).toMatchObject({ winner: one });
    expect(await world().db.holds.abandonProbe('dt', 'p1', t(36))).toBe(false);
    expect((await world().db.deliveries.attempts(one, { limit: 1 })).items).toMatchObject([{ probe: true }]);
  });

  it.each([
    ['delivered', delivered, 'delivered'],
    ['accepted', acceptedUntil(99), 'confirming'],
    ['a refusal of this document', failed(REFUSED, null), 'blocked'],
  ] as const)('heals when the probe ends with %s', async (_, result, state) => {
    const { db, attempt, get } = world();
    const [one, two] = await broken();
    await claim('p1', 30);
    expect(await attempt(one, result, 31)).toEqual({ state, brokenSuspected: false });
    expect(await kinds()).toEqual([]);
    expect((await get(two)).heldMs).toBe(31_000);
    expect((await db.audit.list({ action: 'destination.heal' }, { limit: 5 })).items).toMatchObject([
      { actor: { id: 'system' }, target: 'dt' },
    ]);
  });

  it.each([
    ['the destination: later each time', UNAUTHORIZED, { nextAt: 90, failed: 1 }],
    ['what may pass: after the same time again', TOO_MANY, { nextAt: 60, failed: 0 }],
  ])('sets the next probe when it fails because of %s; another delivery takes its turn', async (_, cause, next) => {
    const { attempt, begin } = world();
    const [one, two] = await broken();
    await claim('p1', 30);
    expect(await attempt(one, failed(cause, 40), 30)).toEqual({ state: 'waiting', brokenSuspected: false });
    const closed = { claimedBy: null, claimedAt: null, winner: null };
    expect(await probe()).toEqual({ nextAt: t(next.nextAt), failed: next.failed, ...closed });
    expect(await claim('p2', 90)).toBe(true);
    expect(await begin(two, 91, { processId: 'p2' })).toMatchObject({ kind: 'go', probe: true });
  });

  it('shows what the last probe met, not what broke it first', async () => {
    const { db, attempt } = world();
    const [one] = await broken();
    await claim('p1', 30);
    await attempt(one, failed({ scope: 'destination', code: 'tls.failed', message: 'self-signed' }, 40), 30);
    expect(await db.holds.of('dt')).toMatchObject([{ code: 'tls.failed', reason: 'self-signed' }]);
  });

  it('probes at last every 15 min', async () => {
    const { db } = world();
    await broken();
    for (let i = 0; i < 8; i++) await db.holds.failProbe('dt', 'still 401', t(1000));
    expect(await probe()).toMatchObject({ nextAt: t(1000 + 900), failed: 8 });
    expect(await db.holds.of('dt')).toMatchObject([{ reason: 'still 401' }]);
  });

  it('closes a claim that found no delivery, and leaves time for the test', async () => {
    const { db } = world();
    await broken();
    await claim('p1', 30);
    expect(await db.holds.abandonProbe('dt', 'p2', t(35))).toBe(false);
    expect(await db.holds.abandonProbe('dt', 'p1', t(35))).toBe(true);
    expect(await claim('p2', 36)).toBe(false);
    expect(await claim('p2', 65)).toBe(true);
  });

  it('takes the claim from a process that hangs', async () => {
    const { begin } = world();
    const [one, two] = await broken();
    await claim('p1', 30);
    await alive('p1', 44);
    expect(await claim('p2', 44)).toBe(false);
    expect(await claim('p2', 45)).toBe(true);
    expect(await begin(one, 46)).toMatchObject({ kind: 'held' });
    expect(await begin(one, 46, { processId: 'p2' })).toMatchObject({ kind: 'go', probe: true });
    await alive('p2', 46 + 240);
    expect(await claim('p3', 46 + 240)).toBe(false);
    await alive('p2', 45 + 300);
    expect(await claim('p3', 45 + 300)).toBe(true);
    expect(await begin(two, 346, { processId: 'p3' })).toMatchObject({ kind: 'go', probe: true });
  });

  it('lets a probe of the same process begin again after its worker restarted', async () => {
    const { begin } = world();
    const [one] = await broken();
    await claim('p1', 30);
    await begin(one, 31);
    expect(await begin(one, 32)).toMatchObject({ kind: 'go', attempt: 2, probe: true });
  });

  it('proves nothing with a delivery that its integration skips', async () => {
    const { attempt } = world();
    const [one] = await broken();
    await claim('p1', 30);
    await attempt(one, { outcome: 'skipped', message: 'only releases', evidence: {} }, 31);
    expect(await kinds()).toEqual(['broken']);
    expect(await claim('p2', 32)).toBe(true);
  });

  it('probes at once when settings changed', async () => {
    const { db } = world();
    await broken();
    await db.holds.failProbe('dt', 'still 401', t(31));
    await db.destinations.put({ name: 'dt', spec: destinationSpec('1h'), secrets: {}, ...who(40) });
    expect(await probe()).toMatchObject({ nextAt: t(40), failed: 0 });
  });

  it('does not ask for a test of what is broken already', async () => {
    const { begin, finish, db } = world();
    const [one] = await start();
    await begin(one, 1);
    await db.holds.break('dt', UNAUTHORIZED, t(2));
    expect(await finish(one, 1, failed(UNAUTHORIZED, 7), 3)).toEqual({ state: 'waiting', brokenSuspected: false });
    expect(await probe()).toMatchObject({ failed: 0 });
  });

  it('breaks at the second different delivery in a row where a test would leave a trace', async () => {
    const { attempt } = world();
    const effects = { testHasEffects: true };
    const [one, two] = await start();
    expect(await attempt(one, failed(UNAUTHORIZED, 2), 1, effects)).toEqual({
      state: 'waiting',
      brokenSuspected: false,
    });
    await attempt(one, failed(UNAUTHORIZED, 8), 7, effects);
    expect(await kinds()).toEqual([]);
    await attempt(two, failed(UNAUTHORIZED, 8), 8, effects);
    expect(await kinds()).toEqual(['broken']);
  });

  it('does not break when a success comes between', async () => {
    const { attempt } = world();
    const effects = { testHasEffects: true };
    const [one, two, three] = await start(['one', 'two', 'three']);
    await attempt(one, failed(UNAUTHORIZED, 2), 1, effects);
    await attempt(two, delivered, 2, effects);
    await attempt(three ?? '', failed(UNAUTHORIZED, 8), 3, effects);
    expect(await kinds()).toEqual([]);
  });

  it('wants the second from another attachment, where several have something to deliver', async () => {
    const { connect, attach, accept, attempt } = world();
    await connect('dt');
    await attach('other', 'dt');
    const a = (await accept('a', 1)).deliveries.map(({ id }) => id);
    const b = (await accept('b', 2)).deliveries.map(({ id }) => id);
    const attachmentOf = async (id: string) => (await world().get(id)).attachment;
    const own: string[] = [];
    const others: string[] = [];
    for (const id of [...a, ...b]) ((await attachmentOf(id)) === 'other' ? others : own).push(id);
    for (const id of own) await attempt(id, failed(UNAUTHORIZED, 9), 3, { testHasEffects: true });
    expect(await kinds()).toEqual([]);
    await attempt(others[0] ?? '', failed(UNAUTHORIZED, 9), 4, { testHasEffects: true });
    expect(await kinds()).toEqual(['broken']);
  });

  it('knows how many are left of those that waited, once nothing holds it', async () => {
    const { db, connect, deliver, attempt } = world();
    await connect('dt');
    const left = async () => (await db.holds.draining()).get('dt');
    const before = [];
    for (const [n, name] of ['a', 'b', 'c', 'd'].entries()) before.push(await deliver(name, n));
    const [a = '', b = '', c = ''] = before;
    await attempt(a, failed(REFUSED, null), 5);
    expect(await left()).toBeUndefined();
    await db.holds.pause('dt', 'upgrade', who(10));
    expect(await left()).toBeUndefined();
    await db.holds.resume('dt', who(20));
    // The blocked one waits for an operator, not for its turn.
    expect(await left()).toBe(3);
    await deliver('later', 21);
    await attempt(b, delivered, 22);
    expect(await left()).toBe(2);
    await attempt(c, failed(TOO_MANY, 60), 23);
    expect(await left()).toBe(1);
    await db.holds.pause('dt', 'again', who(30));
    expect(await left()).toBeUndefined();
    await db.holds.resume('dt', who(40));
    expect(await left()).toBe(3);
    expect((await db.holds.gates())[0]).toMatchObject({ holds: [], liftedAt: t(40) });
  });

  it('shows the gates every destination with its settings and holds', async () => {
    const { db } = world();
    await start();
    expect(await db.holds.gates()).toEqual([
      {
        name: 'dt',
        integration: 'webhook',
        spec: destinationSpec(),
        generation: 1,
        holds: [],
        liftedAt: null,
        probe: null,
      },
    ]);
    expect(await db.holds.break('none', UNAUTHORIZED, t(0))).toBe(false);
  });
}
