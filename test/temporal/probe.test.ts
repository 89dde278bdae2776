import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { createSecretWatch, mayProbe } from '../../temporal/probe.ts';
import { createWorld, t, UNAUTHORIZED, type World } from '../db/world.ts';

let db: Database;
let world: World;
let tested: string[];
beforeEach(async () => {
  db = openSqliteDatabase({ path: ':memory:' });
  world = await createWorld(db);
  tested = [];
  await world.connect('dt');
});
afterEach(() => db.close());

/** One look of a process's gates, so many seconds after the destination broke; `others` are alive besides. */
async function look(processId: string, at: number, others: string[] = []): Promise<boolean> {
  for (const id of [processId, ...others]) await db.processes.heartbeat({ id, kind: 'worker', at: t(at) });
  const gate = (await db.holds.gates()).find(({ name }) => name === 'dt');
  if (!gate) throw new Error('expected the destination dt');
  const prober = { db, processId, probeByTest: (name: string) => void tested.push(name) };
  return mayProbe(prober, gate, t(at));
}
const broken = async () => {
  const id = await world.deliver('one', 0);
  await db.holds.break('dt', UNAUTHORIZED, t(0));
  return id;
};

describe('the probe of a broken destination', () => {
  it('is claimed by one process when it is due, and no other', async () => {
    await broken();
    expect(await look('p1', 1)).toBe(false);
    expect(await look('p1', 30)).toBe(true);
    expect(await look('p2', 31)).toBe(false);
    expect(await look('p1', 32)).toBe(true);
  });

  it('is the destination’s test when no delivery came in time', async () => {
    await broken();
    expect(await look('p1', 30)).toBe(true);
    expect(await look('p1', 36)).toBe(false);
    expect(tested).toEqual(['dt']);
  });

  it('closes the gate once a delivery has won it', async () => {
    const id = await broken();
    expect(await look('p1', 30)).toBe(true);
    expect(await world.begin(id, 31, { processId: 'p1' })).toMatchObject({ kind: 'go', probe: true });
    expect(await look('p1', 33)).toBe(false);
  });

  it('comes again in the same process when its winner never reported', async () => {
    const id = await broken();
    await look('p1', 30);
    await world.begin(id, 31, { processId: 'p1' });
    expect(await look('p1', 300)).toBe(false);
    expect(await look('p1', 331)).toBe(true);
    expect(await world.begin(id, 332, { processId: 'p1' })).toMatchObject({ kind: 'go', probe: true });
  });

  it('comes again in another process when that of the winner hangs', async () => {
    const id = await broken();
    await look('p1', 30);
    await world.begin(id, 31, { processId: 'p1' });
    expect(await look('p2', 300, ['p1'])).toBe(false);
    expect(await look('p2', 331, ['p1'])).toBe(true);
  });

  it('comes again in another process as soon as that of the winner is known to be dead', async () => {
    const id = await broken();
    await look('p1', 30);
    await world.begin(id, 31, { processId: 'p1' });
    expect(await look('p2', 44)).toBe(false);
    expect(await look('p2', 45)).toBe(true);
    const other = await world.deliver('two', 40);
    expect(await world.begin(other, 46, { processId: 'p2' })).toMatchObject({ kind: 'go', probe: true });
  });

  it('comes again at once when the winner’s process said that it ends', async () => {
    const id = await broken();
    await look('p1', 30);
    await world.begin(id, 31, { processId: 'p1' });
    await db.processes.gone('p1');
    expect(await look('p2', 32)).toBe(true);
  });
});

describe('the watch on what secrets come from', () => {
  const stamp = { now: 'one' };
  const nextAt = async () => (await db.holds.gates()).find(({ name }) => name === 'dt')?.probe?.nextAt;
  beforeEach(() => {
    stamp.now = 'one';
  });

  it('lets a broken destination be probed at once when a file has changed, and once for it', async () => {
    const watch = createSecretWatch(db, async () => new Map([['dt', stamp.now]]));
    await watch([], t(0));
    await broken();
    await watch(['dt'], t(1));
    expect(await nextAt()).toBe(t(30));
    stamp.now = 'two';
    await watch(['dt'], t(3));
    expect(await nextAt()).toBe(t(3));
    await db.holds.failProbe('dt', 'still wrong', t(4));
    await watch(['dt'], t(5));
    expect(await nextAt()).toBe(t(64));
  });

  it('lets it be probed at once by a process that starts: it may have another environment', async () => {
    await broken();
    await createSecretWatch(db, async () => new Map([['dt', stamp.now]]))(['dt'], t(2));
    expect(await nextAt()).toBe(t(2));
  });
});
