import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../db/verbs.ts';
import { createHouse, envelope, type House, problemOf } from './house.ts';

type Outcome = {
  id: string | null;
  seenAt: string;
  count: number;
  effects: { destination: string; state: string; effect: string; count: number; example: string }[];
  mayRepeat: object[];
  unknown: string[];
  remaining: number;
  next: string | null;
};

let house: House;
let operator: string;
let ids: string[];

const ask = (body: object, token = operator, headers = {}) =>
  house.request(token, 'POST', '/v1/deliveries/actions', body, headers);
const outcome = async (body: object, token = operator) => {
  const answer = await ask(body, token);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Outcome;
};
const now = () => house.clock().toISOString();
const get = (id: string) => house.db.deliveries.get(id, now());
const audit = async (action: string) => (await house.db.audit.list({ action }, { limit: 200 })).items;

/** One attempt that the receiver refuses, as a worker writes it. */
async function refuse(id: string) {
  const begun = await house.db.deliveries.begin({
    id,
    phase: 'deliver',
    processId: 'p1',
    orderKey: null,
    expiresAfterMs: 1e9,
    attemptMs: 150_000,
    at: now(),
  });
  if (begun.kind !== 'go') throw new Error(begun.kind);
  const evidence = { status: 422, latencyMs: 9, bodyHead: 'no' };
  const failure = { scope: 'delivery', code: 'http.422', message: 'no such project', nextAttemptAt: null } as const;
  const result = { outcome: 'failed', ...failure, evidence } as const;
  await house.db.deliveries.finish({ id, attempt: begun.attempt, testHasEffects: false, at: now(), result });
}

/** One more delivery to each destination, oldest first in `ids`. */
async function add(seed: string, path?: string) {
  await house.submit(operator, envelope(seed), {}, path);
  const { items } = await house.db.deliveries.list({}, { limit: 1 }, now());
  ids.push(items[0]?.id ?? '');
  house.pass(1000);
}

beforeEach(async () => {
  house = createHouse();
  ids = [];
  await house.pipeline();
  await house.destination();
  operator = (await house.token('operate')).token;
  for (const seed of ['one', 'two', 'three']) await add(seed);
  for (const id of ids.slice(0, 2)) await refuse(id);
});
afterEach(() => house.close());

const refused = { destination: 'hook', code: 'http.422', scope: 'delivery' };

describe('a dry run', () => {
  it.each([
    [{ destination: 'hok' }, 'destination.unknown'],
    [{ pipeline: 'acme/skynte' }, 'pipeline.unknown'],
  ])('of %j is refused: a name that does not exist is not "nothing to do"', async (filter, code) => {
    for (const dryRun of [true, false]) {
      const answer = await ask({ action: 'retry', filter, dryRun, ...(!dryRun && { expectAtMost: 9 }) });
      expect(await problemOf(answer)).toMatchObject({ status: 404, code });
    }
    expect(await audit('deliveries.retry')).toEqual([]);
  });

  it('says how many, how each kind would fare, and writes nothing', async () => {
    expect(await outcome({ action: 'retry', filter: {}, dryRun: true })).toMatchObject({
      id: null,
      dryRun: true,
      seenAt: now(),
      count: 3,
      effects: [
        { destination: 'hook', state: 'blocked', effect: 'now', count: 2, example: ids[0] },
        { destination: 'hook', state: 'queued', effect: 'now', count: 1, example: ids[2] },
      ],
      mayRepeat: [],
      remaining: 0,
      next: null,
    });
    expect(house.engine.woken).toEqual([]);
    expect((await get(ids[0] ?? ''))?.command).toBeNull();
    expect(await audit('deliveries.retry')).toEqual([]);
  });

  it('tells apart what is held, what was asked for, what has ended and what is not there', async () => {
    const [blocked = '', asked = '', skipped = ''] = ids;
    await house.db.deliveries.commandRetry(asked, { by: SYSTEM, at: now(), reason: null });
    await house.db.deliveries.skip(skipped, { by: SYSTEM, at: now(), reason: 'x' });
    await house.db.holds.pause('hook', 'maintenance', { by: SYSTEM, at: now() });
    const foreseen = await outcome({ action: 'retry', ids: [...ids, 'dlv_nope', blocked], dryRun: true });
    expect(foreseen.effects.map(({ effect, count, example }) => [effect, count, example])).toEqual([
      ['held', 1, blocked],
      ['asked', 1, asked],
      ['final', 1, skipped],
    ]);
    expect(foreseen).toMatchObject({ count: 1, unknown: ['dlv_nope'] });
  });

  it('counts what an integration that recognises no duplicates may get again', async () => {
    const { webhook } = house.deps.integrations;
    if (!webhook) throw new Error('expected the webhook to be built in');
    house.close();
    house = createHouse({}, { integrations: { webhook: { ...webhook, dedupe: 'none' } } });
    await house.pipeline();
    await house.destination();
    operator = (await house.token('operate')).token;
    ids = [];
    await add('one');
    await add('two');
    await refuse(ids[0] ?? '');
    const again = [{ destination: 'hook', integration: 'webhook', count: 1 }];
    expect(await outcome({ action: 'retry', filter: {}, dryRun: true })).toMatchObject({ count: 2, mayRepeat: again });
    expect(await outcome({ action: 'skip', filter: {}, dryRun: true })).toMatchObject({ count: 2, mayRepeat: [] });
  });
});

describe('an action on a filter', () => {
  it('does to each what is done to one alone, wakes it, and tells the audit what was asked for', async () => {
    const done = await outcome({ action: 'retry', filter: refused, reason: 'the project was made', expectAtMost: 2 });
    expect(done).toMatchObject({ count: 2, remaining: 0, next: null, effects: [{ state: 'blocked', effect: 'now' }] });
    for (const id of ids.slice(0, 2))
      expect((await get(id))?.command).toMatchObject({ what: 'retry', by: 'operate token' });
    expect((await get(ids[2] ?? ''))?.command).toBeNull();
    expect(house.engine.woken.map(({ ref, what }) => [ref.id, ref.state, what])).toEqual(
      ids.slice(0, 2).map((id) => [id, 'blocked', 'retry']),
    );
    expect(await audit('deliveries.retry')).toMatchObject([
      { target: done.id, detail: { reason: 'the project was made', count: 2, filter: refused } },
    ]);
    expect((await audit('delivery.retry')).map(({ detail }) => detail.of)).toEqual([done.id, done.id]);
  });

  it('does nothing twice', async () => {
    const skip = { action: 'skip', filter: refused, reason: 'test data', expectAtMost: 2 };
    expect(await outcome(skip)).toMatchObject({ count: 2 });
    expect(await outcome(skip)).toMatchObject({ id: null, count: 0, effects: [] });
    const retry = { action: 'retry', filter: {}, expectAtMost: 1 };
    expect(await outcome(retry)).toMatchObject({ count: 1 });
    expect(await outcome(retry)).toMatchObject({ id: null, count: 0 });
    expect(house.engine.woken).toHaveLength(3);
    expect(await audit('deliveries.retry')).toHaveLength(1);
  });

  it('answers the same request with the same Idempotency-Key from what it kept', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const retry = { action: 'retry', ids: ids.slice(0, 1) };
    const first = await (await ask(retry, operator, headers)).json();
    await refuse(ids[0] ?? '');
    const second = await ask(retry, operator, headers);
    expect([second.headers.get('idempotency-replayed'), await second.json()]).toEqual(['true', first]);
    expect((await get(ids[0] ?? ''))?.command).toBeNull();
  });

  it('refuses when there are more than the caller has seen, and then does nothing', async () => {
    const body = await problemOf(await ask({ action: 'skip', filter: {}, reason: 'x', expectAtMost: 2 }));
    expect(body).toMatchObject({ status: 409, code: 'deliveries.more-than-expected', expected: '2', found: '3' });
    expect((await get(ids[0] ?? ''))?.state).toBe('blocked');
    expect(await audit('deliveries.skip')).toEqual([]);
  });

  it('leaves alone what came after it was seen', async () => {
    const { seenAt } = await outcome({ action: 'skip', filter: {}, dryRun: true });
    await add('late');
    const skip = { action: 'skip', filter: {}, reason: 'x', expectAtMost: 3, seenAt };
    expect(await outcome(skip)).toMatchObject({ count: 3 });
    expect((await get(ids[3] ?? ''))?.state).toBe('queued');
  });

  it('is narrowed by state, age, pipeline and whether it is stuck', async () => {
    await house.pipeline('acme/other');
    house.pass(14.5 * 60_000);
    const count = async (filter: object) => (await outcome({ action: 'retry', filter, dryRun: true })).count;
    expect(await count({ state: ['queued', 'blocked'] })).toBe(3);
    expect(await count({ state: ['waiting'] })).toBe(0);
    expect(await count({ olderThan: '1h' })).toBe(0);
    expect(await count({ olderThan: '1m' })).toBe(3);
    expect(await count({ stuck: true })).toBe(0);
    house.pass(60_000);
    expect(await count({ stuck: true })).toBe(3);
    expect(await count({ pipeline: 'acme/skynet' })).toBe(3);
    expect(await count({ pipeline: 'acme/other' })).toBe(0);
    expect(await count({ attestation: (await get(ids[0] ?? ''))?.attestationId })).toBe(1);
  });

  it('goes on over calls of 1,000 each, and touches no delivery twice or beyond what was counted', async () => {
    const attachments = Array.from({ length: 400 }, (_, n) => `more-${n}`);
    const spec = { destination: 'hook', pipelines: ['*/*'], materials: {}, options: {} };
    for (const name of attachments) await house.db.attachments.put({ name, spec, by: SYSTEM, at: now() });
    for (const seed of ['a', 'b', 'c']) await add(seed);
    const { count, seenAt } = await outcome({ action: 'skip', filter: {}, dryRun: true });
    expect(count).toBe(1206);
    const skip = { action: 'skip', filter: {}, reason: 'retired', expectAtMost: count, seenAt };
    const first = await outcome(skip);
    expect(first).toMatchObject({ count: 1000, remaining: 206, next: expect.any(String) });
    await add('meanwhile');
    const other = (await house.token('operate')).token;
    for (const forged of [
      () => ask({ ...skip, cursor: first.next }, other),
      () => ask({ ...skip, cursor: first.next, reason: 'another' }),
      () => ask({ ...skip, cursor: first.next, filter: { destination: 'hook' } }),
      () => ask({ ...skip, cursor: first.next, action: 'retry' }),
    ])
      expect(await problemOf(await forged())).toMatchObject({ status: 400, code: 'cursor.invalid' });
    const second = await outcome({ ...skip, cursor: first.next });
    expect(second).toMatchObject({ id: first.id, count: 206, remaining: 0, next: null });
    const woken = house.engine.woken.map(({ ref }) => ref.id);
    expect([woken.length, new Set(woken).size]).toEqual([1206, 1206]);
    expect(await audit('deliveries.skip')).toMatchObject([{ detail: { count: 1206 } }]);
    expect((await outcome({ action: 'skip', filter: {}, dryRun: true })).count).toBe(401);
  });

  it('writes down what it does though Temporal is away', async () => {
    house.engine.wake = () => Promise.reject(new Error('unreachable'));
    expect(await outcome({ action: 'retry', filter: refused, expectAtMost: 2 })).toMatchObject({ count: 2 });
    const later = new Date(house.clock().getTime() + 1).toISOString();
    expect(await house.db.hosts.staleCommands(later, 9, later)).toHaveLength(2);
  });
});

describe('a token with a scope', () => {
  it('acts only on what it sees', async () => {
    await house.pipeline('other/build');
    await add('foreign', 'other/build');
    const [mine = '', , , foreign = ''] = ids;
    const { token } = await house.token('operate', ['acme/*']);
    expect(await outcome({ action: 'skip', filter: {}, dryRun: true }, token)).toMatchObject({ count: 3 });
    expect(await outcome({ action: 'skip', ids: [mine, foreign], reason: 'x' }, token)).toMatchObject({
      count: 1,
      unknown: [foreign],
    });
    expect(await outcome({ action: 'skip', filter: {}, reason: 'x', expectAtMost: 9 }, token)).toMatchObject({
      count: 2,
    });
    expect((await get(foreign))?.state).toBe('queued');
  });
});

describe('a request that does not say enough', () => {
  it.each([
    ['neither ids nor a filter', { action: 'retry' }, 'body.filter'],
    ['both', { action: 'retry', ids: ['dlv_1'], filter: {}, expectAtMost: 1 }, 'body.filter'],
    ['no reason to skip', { action: 'skip', ids: ['dlv_1'] }, 'body.reason'],
    ['no count that was seen', { action: 'retry', filter: {} }, 'body.expectAtMost'],
    ['a final state', { action: 'retry', filter: { state: ['delivered'] }, dryRun: true }, 'body.filter.state.0'],
    ['an unknown filter', { action: 'retry', filter: { destnation: 'hook' }, dryRun: true }, 'body.filter'],
    ['a cursor with ids', { action: 'retry', ids: ['dlv_1'], cursor: 'x' }, 'body.cursor'],
    ['another action', { action: 'delete', ids: ['dlv_1'] }, 'body.action'],
  ])('is refused: %s', async (_, body, path) => {
    const found = await problemOf(await ask(body));
    expect(found).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(JSON.stringify(found.errors)).toContain(`"${path}"`);
  });

  it('is refused: a cursor that was not given out', async () => {
    expect(await problemOf(await ask({ action: 'retry', filter: {}, cursor: 'abc' }))).toMatchObject({
      status: 400,
      code: 'cursor.invalid',
    });
  });
});
