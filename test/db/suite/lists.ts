import { expect, it } from 'vitest';
import type { DeliveryFilter } from '../../../db/delivery-lists.ts';
import { delivered, failed, HOUR, MINUTE, REFUSED, TOO_MANY, t, type World, who } from '../world.ts';

/** Lists and summaries of deliveries. */
export function describeLists(world: () => World): void {
  const list = async (filter: DeliveryFilter, at = 0) =>
    (await world().db.deliveries.list(filter, { limit: 50 }, t(at))).items;
  const names = async (filter: DeliveryFilter, at = 0) =>
    (await list(filter, at)).map(({ attestationId, destination }) => `${attestationId.slice(4)}@${destination}`);
  async function pages(filter: DeliveryFilter, limit: number, atOf: (page: number) => number) {
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let number = 0; ; number++) {
      const page = await world().db.deliveries.list(filter, { limit, cursor }, t(atOf(number)));
      seen.push(...page.items.map(({ attestationId }) => attestationId));
      if (page.next === null) return seen;
      cursor = page.next;
    }
  }

  it('lists newest first, and what is open stuck first, then oldest first', async () => {
    const { connect, accept } = world();
    await connect('fast', '10m');
    await connect('slow', '3h');
    await accept('a', 0);
    await accept('b', HOUR);
    await accept('c', 2 * HOUR);
    expect(await names({ destination: 'fast' }, 2 * HOUR)).toEqual(['c@fast', 'b@fast', 'a@fast']);
    const open = await names({ open: true }, 2 * HOUR);
    expect(open.slice(0, 4)).toEqual(['a@fast', 'b@fast', 'a@slow', 'b@slow']);
    expect(open.slice(4).sort()).toEqual(['c@fast', 'c@slow']);
    expect(await names({ stuck: true }, 2 * HOUR)).toEqual(['a@fast', 'b@fast']);
    expect(await names({ open: true, stuck: false, destination: 'fast' }, 2 * HOUR)).toEqual(['c@fast']);
  });

  it('filters by state, hold, pipeline, cause, age and what the reader may see', async () => {
    const { db, connect, accept, attempt } = world();
    const web = await db.pipelines.put({ project: 'acme', name: 'web', spec: { contract: 'base' }, ...who(0) });
    await connect('dt');
    const [a] = (await accept('a', 0)).deliveries;
    const [b] = (await accept('b', MINUTE)).deliveries;
    await accept('c', 2 * MINUTE, web?.record);
    await attempt(a?.id ?? '', delivered, 5);
    await attempt(b?.id ?? '', failed(REFUSED, null), 70);
    expect(await names({ state: ['blocked', 'delivered'] })).toEqual(['b@dt', 'a@dt']);
    expect(await names({ state: [] })).toEqual([]);
    expect(await names({ open: false })).toEqual(['a@dt']);
    expect(await names({ code: 'http.422' })).toEqual(['b@dt']);
    expect(await names({ code: 'none', open: true })).toEqual(['c@dt']);
    expect(await names({ pipeline: 'web' })).toEqual(['c@dt']);
    expect(await names({ olderThan: t(2 * MINUTE) })).toEqual(['b@dt']);
    expect(await names({ visible: ['acme/w*'] })).toEqual(['c@dt']);
    expect(await names({ visible: [] })).toEqual([]);
    expect(await names({ held: true })).toEqual([]);
    await db.holds.pause('dt', 'maintenance', who(0));
    expect(await names({ held: true })).toEqual(['c@dt', 'b@dt']);
    expect((await list({ held: true })).every(({ held }) => held)).toBe(true);
    expect(await names({ held: false })).toEqual(['a@dt']);
  });

  it('turns pages through 250 without loss or repeat, though more of them become stuck meanwhile', async () => {
    const { connect, accept } = world();
    await connect('dt', '1m');
    for (let i = 0; i < 250; i++) await accept(`n${String(i).padStart(3, '0')}`, Math.floor(i / 2));
    const all = Array.from({ length: 250 }, (_, i) => `att_n${String(i).padStart(3, '0')}`);
    const seen = await pages({ open: true }, 37, (page) => 100 + page * 10);
    expect([...seen].sort()).toEqual(all);
    const newest = await pages({}, 37, () => 0);
    expect([...newest].sort()).toEqual(all);
    const times = newest.map((id) => Math.floor(Number(id.slice(5)) / 2));
    expect(times).toEqual([...times].sort((x, y) => y - x));
  });

  it('groups what is open by cause, the stuck ones first', async () => {
    const { db, connect, accept, attempt } = world();
    await connect('dt');
    const ids: string[] = [];
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
      ids.push((await accept(name, i * 10 * MINUTE)).deliveries[0]?.id ?? '');
    }
    const [a = '', b = '', c = '', d = ''] = ids;
    await attempt(a, failed(TOO_MANY, 9), 5);
    await attempt(a, failed(TOO_MANY, 9), 50);
    await attempt(b, failed(TOO_MANY, 9), 11 * MINUTE);
    await attempt(c, failed(REFUSED, null), 21 * MINUTE);
    const at = t(31 * MINUTE);
    const groups = await db.deliveries.causes({}, at);
    expect(groups).toEqual([
      {
        destination: 'dt',
        scope: 'retry',
        code: 'http.503',
        count: 2,
        stuck: 2,
        held: false,
        oldest: t(0),
        firstSeen: t(5),
        lastSeen: t(11 * MINUTE),
        example: { deliveryId: a, message: TOO_MANY.message },
      },
      expect.objectContaining({ scope: 'delivery', code: 'http.422', count: 1, stuck: 0 }),
      expect.objectContaining({
        scope: 'none',
        code: 'none',
        firstSeen: null,
        example: { deliveryId: d, message: null },
      }),
    ]);
    await db.holds.pause('dt', 'maintenance', who(0));
    expect((await db.deliveries.causes({ code: 'http.422' }, at)).map(({ held }) => held)).toEqual([true]);
    expect(await db.deliveries.causes({ destination: 'none' }, at)).toEqual([]);
  });

  it('groups by cause across states, with the oldest as the example', async () => {
    const { db, connect, deliver, attempt, begin } = world();
    await connect('dt');
    const [a, b, c] = [await deliver('a', 0), await deliver('b', 5), await deliver('c', 10)];
    for (const [at, id] of [b, a, c].entries()) await attempt(id, failed(TOO_MANY, 60), 20 + at);
    await begin(a, 70);
    await db.deliveries.commandRetry(c, { ...who(71), reason: null });
    expect(await db.deliveries.causes({}, t(80))).toEqual([
      expect.objectContaining({
        code: 'http.503',
        count: 3,
        oldest: t(0),
        firstSeen: t(20),
        lastSeen: t(22),
        example: { deliveryId: a, message: TOO_MANY.message },
      }),
    ]);
    expect(await db.deliveries.causes({ state: ['waiting'] }, t(80))).toEqual([
      expect.objectContaining({ count: 2, oldest: t(5), example: { deliveryId: b, message: TOO_MANY.message } }),
    ]);
    const of = { destination: 'dt', held: false, tried: true, count: 1 };
    expect(await db.deliveries.tally({ open: true }, t(80))).toEqual([
      { ...of, state: 'trying', asked: false, example: a },
      { ...of, state: 'waiting', asked: false, example: b },
      { ...of, state: 'waiting', asked: true, example: c },
    ]);
  });

  it('lists what is stuck by the patience of its own destination', async () => {
    const { connect, accept } = world();
    await connect('hasty', '1m');
    await accept('a', 0);
    await connect('patient', '10h');
    await accept('b', MINUTE);
    expect(await names({ stuck: true }, MINUTE)).toEqual([]);
    expect(await names({ stuck: true }, MINUTE + 1)).toEqual(['a@hasty']);
    expect(await names({ open: true, stuck: false }, 10 * HOUR + MINUTE)).toEqual(['b@patient']);
    expect(await names({ open: true, stuck: false }, 10 * HOUR + MINUTE + 1)).toEqual([]);
    expect(await names({ stuck: true }, 10 * HOUR + MINUTE + 1)).toEqual(
      expect.arrayContaining(['a@hasty', 'b@hasty', 'b@patient']),
    );
  });

  it('counts by destination and state, the ended ones too', async () => {
    const { db, connect, deliver, attempt } = world();
    await connect('dt');
    await deliver('a', 0);
    await deliver('b', HOUR);
    await attempt(await deliver('c', HOUR), delivered, HOUR);
    await attempt(await deliver('d', HOUR), delivered, HOUR);
    await db.deliveries.skip(await deliver('e', HOUR), { ...who(HOUR), reason: 'x' });
    const row = { destination: 'dt', integration: 'webhook' };
    expect(await db.deliveries.counts(t(HOUR))).toEqual([
      { ...row, state: 'queued', count: 2, stuck: 1, oldest: t(0) },
      { ...row, state: 'delivered', count: 2, stuck: 0, oldest: null },
      { ...row, state: 'skipped', count: 1, stuck: 0, oldest: null },
    ]);
  });
}
