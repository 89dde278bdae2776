import { expect, it } from 'vitest';
import { delivered, t, type World, who } from '../world.ts';

/** Which workflow carries which deliveries: PROTOCOLS D. */
export function describeHosts(world: () => World): void {
  const workflow = 'attestation/acme/api/att_one/1';
  const start = async () => {
    await world().connect('a');
    await world().connect('b');
    return (await world().accept('one', 0)).deliveries.map(({ id }) => id);
  };

  /** A sweep that many seconds into the day, which leaves alone what was sent within 10 s. */
  const stale = async (at: number, limit: number) =>
    (await world().db.hosts.staleCommands(t(at - 10), limit, t(at))).map(({ id }) => id);

  it('looks at every workflow with open deliveries, in turn', async () => {
    const { db, accept } = world();
    await start();
    await accept('two', 5);
    expect(await db.hosts.toCheck(t(0), 10, t(1))).toEqual([]);
    expect(await db.hosts.toCheck(t(60), 1, t(60))).toEqual([{ workflowId: workflow, attestationId: 'att_one' }]);
    expect(await db.hosts.toCheck(t(60), 10, t(60))).toEqual([
      { workflowId: 'attestation/acme/api/att_two/1', attestationId: 'att_two' },
    ]);
    expect(await db.hosts.toCheck(t(60), 10, t(61))).toEqual([]);
  });

  it('moves what is open to the next redelivery, counted per attestation', async () => {
    const { db, attempt, get } = world();
    const [done = '', open = ''] = await start();
    await attempt(done, delivered, 1);
    const moved = await db.hosts.rehost(workflow, 'att_one', t(60));
    expect(moved).toMatchObject({ workflowId: 'redelivery/att_one/1', deliveries: [{ id: open }] });
    expect(await get(open)).toMatchObject({ workflowId: 'redelivery/att_one/1', state: 'queued' });
    expect(await get(done)).toMatchObject({ workflowId: workflow });
    expect(await db.hosts.hosted(workflow)).toEqual([]);
    expect(await db.hosts.hosted('redelivery/att_one/1')).toEqual(moved?.deliveries);
    expect(await db.hosts.rehost(workflow, 'att_one', t(61))).toBeUndefined();
    expect(await db.hosts.rehost('redelivery/att_one/1', 'att_one', t(62))).toMatchObject({
      workflowId: 'redelivery/att_one/2',
    });
    await attempt(open, delivered, 70);
    expect(await db.hosts.rehost('redelivery/att_one/2', 'att_one', t(71))).toBeUndefined();
  });

  it('moves them once when two sweepers find the same', async () => {
    const { db } = world();
    await start();
    const moved = await Promise.all([1, 2, 3].map(() => db.hosts.rehost(workflow, 'att_one', t(60))));
    expect(moved.filter(Boolean)).toHaveLength(1);
  });

  it('knows the commands that nobody consumed', async () => {
    const { db, begin } = world();
    const [a = '', b = ''] = await start();
    await db.deliveries.commandRetry(b, { ...who(1), reason: null });
    await db.deliveries.commandRetry(a, { ...who(2), reason: null });
    expect(await db.hosts.staleCommands(t(2), 10, t(11))).toMatchObject([
      { id: b, command: { what: 'retry', at: t(1) } },
    ]);
    expect(await stale(22, 10)).toEqual([a, b]);
    await begin(b, 23);
    await db.deliveries.skip(a, { ...who(24), reason: 'x' });
    expect(await stale(60, 10)).toEqual([]);
  });

  it('sends commands again in turn, so that those that are never consumed keep nobody waiting', async () => {
    const { db } = world();
    const [a = '', b = ''] = await start();
    for (const id of [a, b]) await db.deliveries.commandRetry(id, { ...who(1), reason: null });
    const first = await stale(20, 1);
    const second = await stale(21, 1);
    expect([...first, ...second].sort()).toEqual([a, b].sort());
    expect(await stale(22, 1)).toEqual([]);
    expect(await stale(40, 1)).toEqual(first);
    await db.deliveries.commandRetry(a, { ...who(100), reason: 'again' });
    expect(await stale(105, 10)).toEqual([b]);
  });

  it('knows whose workflow was not told of their end, until it is', async () => {
    const { db } = world();
    const [a = '', b = ''] = await start();
    await db.deliveries.commandRetry(b, { ...who(1), reason: null });
    for (const id of [a, b]) await db.deliveries.skip(id, { ...who(2), reason: 'x' });
    expect(await db.hosts.untold(t(2), 10, t(12))).toEqual([]);
    const found = await db.hosts.untold(t(3), 10, t(13));
    expect(found).toEqual(
      expect.arrayContaining([
        { id: a, workflowId: workflow, state: 'skipped' },
        { id: b, workflowId: workflow, state: 'skipped' },
      ]),
    );
    expect(await db.hosts.untold(t(13), 10, t(14))).toEqual([]);
    await db.hosts.told(a);
    expect(await db.hosts.untold(t(30), 10, t(40))).toMatchObject([{ id: b }]);
    await db.hosts.told(b);
    expect(await db.hosts.untold(t(60), 10, t(60))).toEqual([]);
    expect(await stale(60, 10)).toEqual([]);
  });

  it('passes over the commands of held destinations until they are held no more', async () => {
    const { db } = world();
    const [a = '', b = ''] = await start();
    const destinationOf = async (id: string) => (await world().get(id)).destination;
    for (const id of [a, b]) await db.deliveries.commandRetry(id, { ...who(1), reason: null });
    await db.holds.pause(await destinationOf(a), 'maintenance', who(2));
    expect(await stale(20, 1)).toEqual([b]);
    expect(await stale(30, 1)).toEqual([]);
    await db.holds.resume(await destinationOf(a), who(31));
    expect(await stale(32, 1)).toEqual([a]);
  });
}
