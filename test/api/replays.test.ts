import { afterEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../db/verbs.ts';
import { type House, problemOf } from './house.ts';
import { attempt, bring, houseToReplay, queueAll, take } from './replay-house.ts';

type Answer = Record<string, unknown> & {
  id: string;
  count: number;
  throughSeq: number;
  effects: { effect: string; count: number; example: object }[];
  links: Record<string, string>;
};

let house: House;
let operator: string;
afterEach(() => house.close());

async function aHouse(seeds = ['one', 'two', 'three']) {
  const world = await houseToReplay(seeds);
  ({ house, operator } = world);
  return world;
}
const post = (body: object, token = operator, headers = {}) =>
  house.request(token, 'POST', '/v1/replays', { destination: 'lake', mode: 'missing', ...body }, headers);
const ok = async (answer: Response, status = 200) => {
  if (answer.status !== status) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
};
const foresee = async (body: object = {}, token = operator) => ok(await post({ ...body, dryRun: true }, token));
const create = async (body: object = {}, token = operator) => ok(await post({ expectAtMost: 99, ...body }, token), 201);
const get = async (path: string, token = operator) => ok(await house.request(token, 'GET', path));
const turn = (id: string, verb: string, body: object = {}, token = operator) =>
  house.request(token, 'POST', `/v1/replays/${id}/${verb}`, body);
const audit = async (action: string) => (await house.db.audit.list({ action }, { limit: 9 })).items;
const counts = ({ effects }: Answer) => effects.map(({ effect, count }) => [effect, count]);

describe('a dry run', () => {
  it('counts what a destination never got that was attached later, and writes nothing', async () => {
    const { ids } = await aHouse();
    const foreseen = await foresee();
    expect(foreseen).toEqual({
      id: null,
      dryRun: true,
      spec: { destination: 'lake', mode: 'missing', includeSkipped: false },
      count: 3,
      atLeast: false,
      attestations: 3,
      effects: [{ effect: 'create', count: 3, example: { attestation: ids[0], delivery: null } }],
      attachments: [{ attachment: 'to-lake', count: 3 }],
      mayRepeat: [],
      holds: [],
      throughSeq: 3,
      seenAt: house.clock().toISOString(),
    });
    expect(await audit('replay.create')).toEqual([]);
    expect(house.engine.replays).toEqual([]);
  });

  it('tells apart what is sent from what is left alone, and why', async () => {
    const { add, ids } = await aHouse([]);
    for (const seed of ['a', 'b', 'c', 'd']) await add(seed);
    for (const [index, state] of (['delivered', 'skipped', 'expired'] as const).entries())
      await bring(house, ids[index] ?? '', state);
    expect(counts(await foresee())).toEqual([
      ['reopen', 1],
      ['open', 1],
      ['delivered', 1],
      ['skipped', 1],
    ]);
    expect((await foresee()).count).toBe(1);
    const all = await foresee({ mode: 'again', includeSkipped: true });
    expect(counts(all)).toEqual([
      ['reopen', 2],
      ['repeat', 1],
      ['open', 1],
    ]);
    expect(all.effects[0]?.example).toEqual({ attestation: ids[1], delivery: expect.stringMatching(/^dlv_/) });
    // A webhook recognises a repeat by its key, and a repeat has a new one.
    expect(all.mayRepeat).toEqual([{ destination: 'lake', integration: 'webhook', dedupe: 'key', count: 1 }]);
  });

  it.each([
    ['none', 2],
    ['key', 1],
    ['natural', undefined],
    ['probe', undefined],
  ] as const)('says how many may be posted once more where the integration recognises by %s', async (dedupe, count) => {
    const { add, ids } = await aHouse([]);
    const { webhook } = house.deps.integrations;
    if (!webhook) throw new Error('expected the webhook to be built in');
    Object.assign(house.deps, { integrations: { webhook: { ...webhook, dedupe } } });
    for (const seed of ['a', 'b']) await add(seed);
    await bring(house, ids[0] ?? '', 'delivered');
    await bring(house, ids[1] ?? '', 'expired');
    const { mayRepeat } = await foresee({ mode: 'again' });
    expect(mayRepeat).toEqual(count === undefined ? [] : [expect.objectContaining({ dedupe, count })]);
  });

  it('is narrowed by pipeline, time and attachment', async () => {
    const { add } = await aHouse();
    await house.pipeline('acme/other');
    await add('other', 'acme/other');
    await house.db.attachments.put({
      name: 'second',
      spec: { destination: 'lake', pipelines: ['acme/other'], materials: {}, options: {} },
      by: SYSTEM,
      at: house.clock().toISOString(),
    });
    const count = async (body: object) => (await foresee(body)).count;
    // What came after the destination was attached is owed to the first attachment already.
    expect(await count({})).toBe(4);
    expect(await count({ pipelines: ['acme/sky*'] })).toBe(3);
    expect(await count({ attachment: 'second' })).toBe(1);
    expect(await count({ since: '2026-03-01T03:01:00Z', until: '2026-03-01T04:02:00+01:00' })).toBe(1);
    expect(await count({ types: ['SARIF'] })).toBe(0);
  });

  it('shows what holds the destination', async () => {
    await aHouse();
    await house.db.holds.pause('lake', 'maintenance', { by: SYSTEM, at: house.clock().toISOString() });
    expect((await foresee()).holds).toMatchObject([{ kind: 'operator', reason: 'maintenance' }]);
  });

  it('says so when there was no time to count all, and a replay of them is refused', async () => {
    await aHouse(Array.from({ length: 101 }, (_, n) => `seed-${n}`));
    const hurried = { prefer: 'wait=0' };
    const part = await ok(await post({ dryRun: true }, operator, hurried));
    expect(part).toMatchObject({ count: 100, atLeast: true });
    const refused = await problemOf(await post({ expectAtMost: 200 }, operator, hurried));
    expect(refused).toMatchObject({ status: 409, code: 'replay.uncounted' });
    expect(await foresee()).toMatchObject({ count: 101, atLeast: false });
    expect(await audit('replay.create')).toEqual([]);
  });

  it('lets others be answered while it counts', async () => {
    await aHouse(Array.from({ length: 101 }, (_, n) => `seed-${n}`));
    const order: string[] = [];
    const counted = foresee().then(() => order.push('counted'));
    await house.request(operator, 'GET', '/v1/destinations').then(() => order.push('list'));
    await counted;
    expect(order).toEqual(['list', 'counted']);
  });
});

describe('a replay', () => {
  it('is created with what was seen, started, linked and audited', async () => {
    await aHouse();
    const { count, throughSeq } = await foresee();
    const answer = await post({ expectAtMost: count, throughSeq, reason: 'attached today' });
    const replay = await ok(answer, 201);
    expect(answer.headers.get('location')).toBe(`/v1/replays/${replay.id}`);
    expect(replay).toMatchObject({
      state: 'running',
      reason: 'attached today',
      createdBy: { name: 'operate token' },
      total: 3,
      queued: 0,
      ended: 0,
      left: 3,
      links: {
        self: `/v1/replays/${replay.id}`,
        temporal: expect.stringContaining('8233'),
        deliveries: `/v1/deliveries?replay=${replay.id}`,
      },
    });
    expect(house.engine.replays).toEqual([replay.id]);
    expect(await audit('replay.create')).toMatchObject([
      { target: replay.id, actor: { name: 'operate token' }, detail: { total: 3, reason: 'attached today' } },
    ]);
  });

  it('leaves alone what came after it was seen', async () => {
    const { add } = await aHouse();
    const { throughSeq } = await foresee();
    await house.db.attachments.delete('to-lake', { by: SYSTEM, at: house.clock().toISOString() });
    await add('late');
    await house.destination('lake');
    expect(await create({ expectAtMost: 3, throughSeq })).toMatchObject({ total: 3 });
  });

  it('is refused when there are more than were seen, and then nothing is done', async () => {
    await aHouse();
    expect(await problemOf(await post({ expectAtMost: 2 }))).toMatchObject({
      status: 409,
      code: 'replay.more-than-expected',
      expected: '2',
      found: '3',
    });
    expect((await get('/v1/replays')).items).toEqual([]);
  });

  it('is not created when there is nothing to queue', async () => {
    await aHouse([]);
    expect(await ok(await post({ expectAtMost: 0 }))).toMatchObject({ id: null, dryRun: false, count: 0 });
    expect((await get('/v1/replays')).items).toEqual([]);
  });

  it('is created once, however often it is asked for', async () => {
    await aHouse();
    const [one, two] = await Promise.all([post({ expectAtMost: 3 }), post({ expectAtMost: 3 })]);
    const statuses = [one?.status, two?.status];
    expect(statuses.sort()).toEqual([201, 409]);
    const [only] = (await get('/v1/replays')).items as Answer[];
    const third = await problemOf(await post({ expectAtMost: 3 }));
    expect(third).toMatchObject({ code: 'replay.running', found: only?.id, replay: `/v1/replays/${only?.id}` });
    expect(house.engine.replays).toEqual([only?.id]);
  });

  it('gives the same Idempotency-Key the same answer', async () => {
    await aHouse();
    const headers = { 'idempotency-key': 'k1' };
    const first = await ok(await post({ expectAtMost: 3 }, operator, headers), 201);
    const second = await post({ expectAtMost: 3 }, operator, headers);
    expect([second.headers.get('idempotency-replayed'), await ok(second, 201)]).toEqual(['true', first]);
  });

  it('runs beside one about something else, but two never send the same again', async () => {
    await aHouse();
    await create();
    await create({ pipelines: ['acme/*'] });
    const [first] = (await get('/v1/replays')).items as Answer[];
    await ok(await turn(first?.id ?? '', 'cancel', { reason: 'x' }));
    await create({ mode: 'again' });
    expect(await problemOf(await post({ mode: 'again', pipelines: ['acme/*'], expectAtMost: 9 }))).toMatchObject({
      code: 'replay.running',
      detail: expect.stringContaining('twice'),
    });
  });

  it('is there though Temporal is away: the sweeper starts it', async () => {
    await aHouse();
    house.engine.startReplay = () => Promise.reject(new Error('unreachable'));
    await create();
    const later = new Date(house.clock().getTime() + 1).toISOString();
    expect(await house.db.replays.toCheck(later, 9, later)).toHaveLength(1);
  });
});

describe('a request for a replay', () => {
  it.each([
    [{ destination: 'lke' }, 404, 'destination.unknown'],
    [{ attachment: 'to-lke' }, 404, 'attachment.unknown'],
    [{ pipelines: ['acme/skynte'] }, 404, 'pipeline.unknown'],
    [{ types: ['SBOM'] }, 422, 'material-type.unknown'],
    [{ mode: 'all' }, 400, 'request.invalid'],
    [{ pipelines: [] }, 400, 'request.invalid'],
    [{ since: 'yesterday' }, 400, 'request.invalid'],
    [{ since: '2026-03-02T00:00:00Z', until: '2026-03-01T00:00:00Z' }, 400, 'request.invalid'],
    [{ pipeline: 'acme/skynet' }, 400, 'request.invalid'],
  ])('is refused, dry or not: %j', async (body, status, code) => {
    await aHouse();
    for (const more of [{ dryRun: true }, { expectAtMost: 9 }])
      expect(await problemOf(await post({ ...body, ...more }))).toMatchObject({ status, code });
  });

  it('is refused without the count that somebody saw', async () => {
    await aHouse();
    const found = await problemOf(await post({}));
    expect(JSON.stringify(found.errors)).toContain('"body.expectAtMost"');
  });

  it('is refused while nothing is attached: nothing would ever be owed', async () => {
    await aHouse();
    await house.db.attachments.delete('to-lake', { by: SYSTEM, at: house.clock().toISOString() });
    expect(await problemOf(await post({ dryRun: true }))).toMatchObject({
      status: 409,
      code: 'replay.nothing-attached',
    });
  });
});

describe('a token with a scope', () => {
  it('replays what lies within it, and neither sees nor touches another replay', async () => {
    const { add } = await aHouse();
    await house.pipeline('other/build');
    await add('foreign', 'other/build');
    const { token } = await house.token('operate', ['acme/*', 'beta/release']);
    for (const body of [
      {},
      { pipelines: ['*/*'] },
      { pipelines: ['acme/*', 'other/build'] },
      { pipelines: ['beta/*'] },
    ])
      for (const more of [{ dryRun: true }, { expectAtMost: 9 }])
        expect(await problemOf(await post({ ...body, ...more }, token))).toMatchObject({
          status: 403,
          code: 'scope.insufficient',
        });
    const mine = await create({ pipelines: ['acme/sky*'] }, token);
    expect(mine).toMatchObject({ total: 3 });
    const all = await create();
    expect((await get('/v1/replays', token)).items).toMatchObject([{ id: mine.id }]);
    expect((await get('/v1/replays')).items).toHaveLength(2);
    expect(await get(`/v1/replays/${mine.id}`, token)).toMatchObject({ id: mine.id });
    for (const answer of [
      await house.request(token, 'GET', `/v1/replays/${all.id}`),
      await house.request(token, 'GET', `/v1/replays/${all.id}`, undefined, { accept: 'text/event-stream' }),
      await turn(all.id, 'pause', {}, token),
      await turn(all.id, 'cancel', { reason: 'x' }, token),
    ])
      expect(await problemOf(answer)).toMatchObject({ status: 404, code: 'replay.unknown' });
    expect((await house.db.replays.get(all.id))?.state).toBe('running');
  });
});

describe('the progress of a replay', () => {
  it('counts its deliveries by state, tells the rate and what is left, and why some are open', async () => {
    const { ids } = await aHouse();
    const { id } = await create();
    const [first = '', second = ''] = await queueAll(house, id, ids);
    house.pass(10_000);
    await attempt(house, first, 'delivered');
    await attempt(house, second, 'blocked');
    expect(await get(`/v1/replays/${id}`)).toMatchObject({
      state: 'running',
      total: 3,
      queued: 3,
      ended: 1,
      left: 2,
      deliveries: { delivered: 1, blocked: 1, queued: 1 },
      ratePerSecond: 0.1,
      secondsLeft: 20,
      held: false,
      problems: [{ code: 'http.422', count: 1, example: { deliveryId: second } }],
    });
    await house.db.holds.pause('lake', 'maintenance', { by: SYSTEM, at: house.clock().toISOString() });
    expect(await get(`/v1/replays/${id}`)).toMatchObject({
      held: true,
      secondsLeft: null,
      holds: [{ reason: 'maintenance' }],
    });
    const deliveries = (await get(`/v1/deliveries?replay=${id}&state=blocked`)).items;
    expect(deliveries).toMatchObject([{ id: second, replay: id }]);
    expect((await get(`/v1/deliveries/causes?replay=${id}`)).items).toHaveLength(2);
    const retry = { action: 'retry', filter: { replay: id }, dryRun: true };
    expect(await ok(await house.request(operator, 'POST', '/v1/deliveries/actions', retry))).toMatchObject({
      count: 2,
    });
  });

  it('is done when nothing goes on, what is blocked left to an operator', async () => {
    const { ids } = await aHouse();
    const { id } = await create();
    for (const [index, delivery] of (await queueAll(house, id, ids)).entries())
      await attempt(house, delivery, index === 0 ? 'blocked' : 'delivered');
    await take(house, id);
    expect(await get(`/v1/replays/${id}`)).toMatchObject({ state: 'done', ended: 2, left: 1, secondsLeft: null });
    expect((await get('/v1/replays?state=running,paused')).items).toEqual([]);
    expect((await get('/v1/replays?state=done&destination=lake')).items).toMatchObject([{ id }]);
    expect(await problemOf(await turn(id, 'pause'))).toMatchObject({
      status: 409,
      code: 'replay.ended',
      found: 'done',
    });
  });
});

describe('pause, resume and cancel', () => {
  it('change its state once, however often they are asked for', async () => {
    await aHouse();
    const { id } = await create();
    for (const _ of [1, 2])
      expect(await ok(await turn(id, 'pause', { reason: 'night' }))).toMatchObject({
        state: 'paused',
        stateReason: 'night',
        stateBy: { name: 'operate token' },
        secondsLeft: null,
      });
    for (const _ of [1, 2]) expect(await ok(await turn(id, 'resume'))).toMatchObject({ state: 'running' });
    expect([await audit('replay.pause'), await audit('replay.resume')].map((list) => list.length)).toEqual([1, 1]);
    expect(house.engine.replays).toEqual([id, id]);
  });

  it('cancel says what became of what was queued, and asks for a reason', async () => {
    const { ids } = await aHouse();
    const { id } = await create();
    const [first = '', second = ''] = await queueAll(house, id, ids);
    await attempt(house, first, 'delivered');
    expect(await problemOf(await turn(id, 'cancel'))).toMatchObject({ status: 400, code: 'request.invalid' });
    for (const _ of [1, 2])
      expect(await ok(await turn(id, 'cancel', { reason: 'wrong pipeline' }))).toMatchObject({
        state: 'cancelled',
        stateReason: 'wrong pipeline',
        deliveries: { delivered: 1, skipped: 2 },
        left: 0,
      });
    const skipped = await house.db.deliveries.get(second, house.clock().toISOString());
    expect(skipped?.skipped).toMatchObject({ by: 'operate token', reason: expect.stringContaining('wrong pipeline') });
    expect(await audit('replay.cancel')).toHaveLength(1);
    expect(await problemOf(await turn(id, 'resume'))).toMatchObject({ code: 'replay.ended', found: 'cancelled' });
  });

  it('know no replay that is not there', async () => {
    await aHouse();
    for (const verb of ['pause', 'resume'])
      expect(await problemOf(await turn('rpl_nope', verb))).toMatchObject({ status: 404, code: 'replay.unknown' });
  });
});
