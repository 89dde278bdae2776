import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHouse, envelope, type House, problemOf } from './house.ts';

let house: House;
let operator: string;
let id: string;

type Row = { id: string; state: string; stuck: boolean };
const get = async <T = { items: Row[]; next: string | null }>(path: string) =>
  (await house.request(operator, 'GET', `/v1${path}`)).json() as Promise<T>;
const act = (what: string, body?: unknown, on = id) =>
  house.request(operator, 'POST', `/v1/deliveries/${on}/${what}`, body);
const now = () => house.clock().toISOString();

beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
  await house.destination();
  operator = (await house.token('operate')).token;
  await house.submit(operator, envelope('one'));
  house.pass(60_000);
  await house.submit(operator, envelope('two'));
  const { items } = await get('/deliveries?open=true');
  id = items[0]?.id ?? '';
});
afterEach(() => house.close());

/** An attempt that fails, as a worker writes it. */
async function fail(delivery: string, scope: 'retry' | 'delivery') {
  const begun = await house.db.deliveries.begin({
    id: delivery,
    phase: 'deliver',
    processId: 'p1',
    orderKey: null,
    expiresAfterMs: 1e9,
    attemptMs: 150_000,
    at: now(),
  });
  if (begun.kind !== 'go') throw new Error(begun.kind);
  await house.db.deliveries.finish({
    id: delivery,
    attempt: begun.attempt,
    testHasEffects: false,
    at: now(),
    result: {
      outcome: 'failed',
      scope,
      code: scope === 'retry' ? 'http.503' : 'http.422',
      message: 'the receiver said no',
      nextAttemptAt: scope === 'retry' ? now() : null,
      evidence: { status: scope === 'retry' ? 503 : 422, latencyMs: 12, bodyHead: 'no' },
    },
  });
}

describe('the list of deliveries', () => {
  it('has the stuck ones first, by age and not by failures', async () => {
    house.pass(14.5 * 60_000);
    const { items } = await get('/deliveries?open=true');
    expect(items.map(({ stuck }) => stuck)).toEqual([true, false]);
    expect((await get('/deliveries?stuck=true')).items).toHaveLength(1);
    expect((await get('/deliveries?olderThan=15m')).items).toHaveLength(1);
  });

  it('is narrowed by state, destination, pipeline, attestation and cause', async () => {
    await fail(id, 'delivery');
    const count = async (query: string) => (await get(`/deliveries?${query}`)).items.length;
    expect(await count('state=blocked')).toBe(1);
    expect(await count('state=blocked,queued')).toBe(2);
    expect(await count('destination=hook')).toBe(2);
    expect(await count('destination=other')).toBe(0);
    expect(await count('pipeline=acme/skynet')).toBe(2);
    expect(await count('pipeline=acme/other')).toBe(0);
    expect(await count('code=http.422')).toBe(1);
    expect(await count('held=true')).toBe(0);
    expect(await count('open=false&state=delivered')).toBe(0);
  });

  it('is paged, and a page says where the next one is', async () => {
    const first = await house.request(operator, 'GET', '/v1/deliveries?open=true&limit=1');
    const page = (await first.json()) as { items: Row[]; next: string };
    expect(page.next).toMatch(/^\/v1\/deliveries\?open=true&limit=1&cursor=/);
    expect(first.headers.get('link')).toBe(`<${page.next}>; rel="next"`);
    const second = (await (await house.request(operator, 'GET', page.next)).json()) as { items: Row[]; next: null };
    expect(second.next).toBeNull();
    expect([...page.items, ...second.items].map((row) => row.id)).toEqual(
      (await get('/deliveries?open=true')).items.map((row) => row.id),
    );
  });

  it.each([
    ['limit=0', 'query.limit'],
    ['limit=201', 'query.limit'],
    ['limit=x', 'query.limit'],
    ['state=wating', 'query.state'],
    ['stuck=yes', 'query.stuck'],
    ['olderThan=soon', 'query.olderThan'],
    ['destnation=hook', 'query'],
  ])('refuses %s instead of showing something else', async (query, path) => {
    const body = await problemOf(await house.request(operator, 'GET', `/v1/deliveries?${query}`));
    expect(body).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(JSON.stringify(body.errors)).toContain(path);
  });

  it('refuses a cursor that it did not give out', async () => {
    expect(await problemOf(await house.request(operator, 'GET', '/v1/deliveries?cursor=abc'))).toMatchObject({
      status: 400,
      code: 'cursor.invalid',
    });
  });

  it('groups what is open by its cause', async () => {
    await fail(id, 'retry');
    const { items } = await get<{ items: object[] }>('/deliveries/causes');
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          destination: 'hook',
          scope: 'retry',
          code: 'http.503',
          count: 1,
          example: { deliveryId: id, message: 'the receiver said no' },
        }),
      ]),
    );
  });

  it('says what a cause means and what to do about it, as its destination stands', async () => {
    await fail(id, 'retry');
    type Causes = {
      items: { code: string; means: string | null; remedies: { action: string }[] }[];
      truncated: boolean;
    };
    const causes = async () => {
      const { items, truncated } = await get<Causes>('/deliveries/causes');
      expect(truncated).toBe(false);
      return items.map(({ code, means, remedies }) => [code, means, remedies.map(({ action }) => action).join()]);
    };
    expect(await causes()).toEqual([
      ['http.503', 'the receiver is away or in trouble', 'wait,retry,skip'],
      ['none', null, 'wait'],
    ]);
    await house.request(operator, 'POST', '/v1/destinations/hook/pause', { reason: 'upgrade' });
    expect(await causes()).toEqual([
      ['http.503', 'the receiver is away or in trouble', 'resume,skip'],
      ['none', null, 'resume'],
    ]);
  });
});

describe('one delivery', () => {
  it('shows its cause, its attempts with what the receiver said, and its workflow', async () => {
    await fail(id, 'delivery');
    expect(await get<object>(`/deliveries/${id}`)).toMatchObject({
      state: 'blocked',
      attempts: 1,
      cause: { scope: 'delivery', code: 'http.422', message: 'the receiver said no' },
      links: { temporal: expect.stringContaining('http://localhost:8233/') },
    });
    expect(await get<object>(`/deliveries/${id}/attempts`)).toMatchObject({
      items: [{ n: 1, outcome: 'failed', status: 422, latencyMs: 12, bodyHead: 'no' }],
    });
    expect(await problemOf(await house.request(operator, 'GET', '/v1/deliveries/dlv_nope'))).toMatchObject({
      status: 404,
      code: 'delivery.unknown',
    });
  });

  it('is retried: the command is written, then its workflow is woken', async () => {
    await fail(id, 'delivery');
    const answer = await act('retry', { reason: 'mended' });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ command: { what: 'retry', by: 'operate token' } });
    expect(house.engine.woken).toMatchObject([{ ref: { id, state: 'blocked' }, what: 'retry' }]);
  });

  it('is retried without a body too, and while Temporal is away', async () => {
    house.engine.wake = () => Promise.reject(new Error('unreachable'));
    expect((await act('retry')).status).toBe(202);
    const later = new Date(house.clock().getTime() + 1).toISOString();
    expect((await house.db.hosts.staleCommands(later, 9, later)).map((row) => row.id)).toEqual([id]);
  });

  it('is skipped with a reason, once; what is final is neither skipped nor retried', async () => {
    expect(await problemOf(await act('skip', {}))).toMatchObject({ status: 400 });
    expect(await (await act('skip', { reason: 'no longer needed' })).json()).toMatchObject({
      state: 'skipped',
      skipped: { by: 'operate token', reason: 'no longer needed' },
    });
    expect(house.engine.woken.map(({ what }) => what)).toEqual(['skip']);
    for (const again of [act('skip', { reason: 'again' }), act('retry')]) {
      expect(await problemOf(await again)).toMatchObject({
        status: 409,
        code: 'delivery.final',
        detail: `expected an open delivery, found ${id} skipped, which is final`,
      });
    }
    const reader = (await house.token('read')).token;
    const audit = await (await house.request(reader, 'GET', '/v1/audit')).json();
    expect(JSON.stringify(audit)).toContain('no longer needed');
  });
});

describe('judging again', () => {
  it('is for rejected and undecided attestations, with a reason', async () => {
    house.engine.verdict = 'rejected';
    const { id: rejected } = (await problemOf(await house.submit(operator, envelope('bad')))) as unknown as {
      id: string;
    };
    const judge = (attestation: string) =>
      house.request(operator, 'POST', `/v1/attestations/${attestation}/judge`, { reason: 'key added' });
    const answer = await judge(rejected);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ id: rejected, judgement: 2, verdict: 'undecided' });
    expect(house.engine.started).toMatchObject([{ id: rejected, n: 2 }]);

    const { items } = await get<{ items: { id: string; verdict: string }[] }>('/attestations?verdict=accepted');
    expect(await problemOf(await judge(items[0]?.id ?? ''))).toMatchObject({
      status: 409,
      code: 'attestation.accepted',
    });
    expect(await problemOf(await judge('att_nope'))).toMatchObject({ status: 404 });
  });
});
