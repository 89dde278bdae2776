import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../api/app.ts';
import { openApiDocument } from '../../api/openapi.ts';
import { createPage } from '../../api/page/page.ts';
import { shipped } from '../../attestation/verify/published.ts';
import { DatabaseBusyError, DiskFullError } from '../../db/errors.ts';
import { StoreFullError } from '../../store/store.ts';
import { createHouse, envelope, type House, problemOf } from './house.ts';

let house: House;
let admin: string;
beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
  await house.destination();
  admin = (await house.token('admin')).token;
});
afterEach(() => house.close());

describe('faults', () => {
  it('a busy database is 503 with Retry-After', async () => {
    house.db.pipelines.get = () => Promise.reject(new DatabaseBusyError(5000));
    const answer = await house.submit(admin);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await problemOf(answer)).toMatchObject({ status: 503, code: 'database.busy' });
  });

  it('a full disk is 507, of the store and of the database, and what was accepted stays', async () => {
    expect((await house.submit(admin, envelope('before'))).status).toBe(200);
    const { put } = house.deps.store;
    house.deps.store.put = () => Promise.reject(new StoreFullError());
    expect(await problemOf(await house.submit(admin))).toMatchObject({ status: 507, code: 'disk.full' });
    house.deps.store.put = put;
    const { receive } = house.db.attestations;
    house.db.attestations.receive = () => Promise.reject(new DiskFullError());
    const answer = await problemOf(await house.submit(admin));
    expect(answer).toMatchObject({ status: 507, code: 'disk.full' });
    expect(answer.detail).toContain('nothing that was accepted before has changed');
    house.db.attestations.receive = receive;
    expect((await house.db.attestations.list({ verdict: 'accepted' }, { limit: 9 })).items).toHaveLength(1);
    expect((await house.submit(admin)).status).toBe(200);
  });

  it('what nobody foresaw is 500, its words in the log only', async () => {
    house.db.pipelines.get = () => Promise.reject(new Error('secret-canary in a stack'));
    const answer = await house.request(admin, 'GET', '/v1/pipelines/acme/skynet', undefined, {
      'x-request-id': 'build-42',
    });
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', requestId: 'build-42' });
    expect(text).not.toContain('canary');
    const logged = house.lines.find(({ message }) => message === 'request failed');
    expect(logged?.fields).toMatchObject({ requestId: 'build-42', err: new Error('secret-canary in a stack') });
  });
});

describe('what is not there', () => {
  it('is 404 as a problem, and 405 where another method would do', async () => {
    expect(await problemOf(await house.request(admin, 'GET', '/nope'))).toMatchObject({
      status: 404,
      code: 'route.unknown',
    });
    expect(await problemOf(await house.request(admin, 'GET', '/v1/nope'))).toMatchObject({
      status: 404,
      code: 'route.unknown',
    });
    const wrong = await house.request(admin, 'DELETE', '/v1/pipelines/acme/skynet');
    expect(wrong.headers.get('allow')).toBe('GET, PUT');
    expect(await problemOf(wrong)).toMatchObject({ status: 405, code: 'method.not-allowed' });
  });

  it('bodies that are no JSON, of another type or too large are refused in words', async () => {
    const post = (body: string, type = 'application/json') =>
      house.request(admin, 'POST', '/v1/tokens', body, { 'content-type': type });
    expect(await problemOf(await post('{"name":'))).toMatchObject({ status: 400, code: 'json.invalid' });
    expect(await problemOf(await post('name=x', 'application/x-www-form-urlencoded'))).toMatchObject({
      status: 415,
      code: 'content-type.unsupported',
    });
    expect(await problemOf(await post(' '.repeat(2 ** 20 + 1)))).toMatchObject({
      status: 413,
      code: 'body.too-large',
      detail: 'expected a body of at most 1 MiB, found more',
    });
  });
});

describe('Idempotency-Key', () => {
  const pause = (key: string, reason = 'moving', token = admin) =>
    house.request(token, 'POST', '/v1/destinations/hook/pause', { reason }, { 'idempotency-key': key });

  it('repeats the answer, and does nothing', async () => {
    const first = await pause('k1');
    await house.request(admin, 'POST', '/v1/destinations/hook/resume');
    const second = await pause('k1');
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect([second.status, await second.text()]).toEqual([first.status, await first.text()]);
    expect(await house.db.holds.of('hook')).toEqual([]);
  });

  it('with another request is refused; with another token it is another key', async () => {
    await pause('k1');
    expect(await problemOf(await pause('k1', 'other reason'))).toMatchObject({
      status: 422,
      code: 'idempotency-key.reused',
    });
    const other = (await house.token('operate')).token;
    expect((await pause('k1', 'other reason', other)).headers.get('idempotency-replayed')).toBeNull();
  });

  it('repeats refusals too, but no fault, and forgets after a day', async () => {
    const onNothing = () =>
      house.request(admin, 'POST', '/v1/destinations/nope/resume', undefined, { 'idempotency-key': 'k2' });
    await onNothing();
    const again = await onNothing();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await problemOf(again)).toMatchObject({ status: 404, code: 'destination.unknown' });

    const { pause: works } = house.db.holds;
    house.db.holds.pause = () => Promise.reject(new DatabaseBusyError(1));
    expect((await pause('k3')).status).toBe(503);
    house.db.holds.pause = works;
    expect((await pause('k3')).status).toBe(200);
    house.pass(25 * 3_600_000);
    expect((await pause('k3')).headers.get('idempotency-replayed')).toBeNull();
  });

  it('never keeps a token: the key is spent', async () => {
    const create = () =>
      house.request(admin, 'POST', '/v1/tokens', { name: 'ci', role: 'submit' }, { 'idempotency-key': 'k4' });
    const { token } = (await (await create()).json()) as { token: string };
    expect(token).toMatch(/^wbt_/);
    expect(await problemOf(await create())).toMatchObject({ status: 409, code: 'idempotency-key.spent' });
  });

  it('of two at the same moment lets one through', async () => {
    const answers = await Promise.all([pause('k5'), pause('k5')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('tokens', () => {
  it('are shown once, listed without their secret, and revoked', async () => {
    const created = await house.request(admin, 'POST', '/v1/tokens', {
      name: 'ci',
      role: 'submit',
      scope: ['acme/*'],
      expiresIn: '30d',
    });
    expect(created.headers.get('cache-control')).toBe('no-store');
    const body = (await created.json()) as { id: string; token: string };
    expect(body).toMatchObject({ role: 'submit', scope: ['acme/*'], expiresAt: '2026-03-31T03:00:00.000Z' });
    expect((await house.submit(body.token)).status).toBe(200);

    const list = await (await house.request(admin, 'GET', '/v1/tokens')).text();
    expect(list).toContain(body.id);
    expect(list).not.toContain(body.token);
    expect((await house.request(admin, 'DELETE', `/v1/tokens/${body.id}`)).status).toBe(200);
    expect(await problemOf(await house.submit(body.token))).toMatchObject({ status: 401, code: 'token.revoked' });
    expect((await house.request(admin, 'DELETE', '/v1/tokens/tok_nope')).status).toBe(404);
  });

  it('end after 90 days unless said otherwise', async () => {
    const create = async (expiresIn?: string) =>
      (await house.request(admin, 'POST', '/v1/tokens', { name: 'x', role: 'read', expiresIn })).json() as Promise<{
        expiresAt: string | null;
      }>;
    expect((await create()).expiresAt).toBe('2026-05-30T03:00:00.000Z');
    expect((await create('never')).expiresAt).toBeNull();
    const bad = await house.request(admin, 'POST', '/v1/tokens', { name: 'x', role: 'read', expiresIn: 'soon' });
    expect(bad.status).toBe(400);
  });
});

describe('probes', () => {
  it('healthz answers; readyz says what is away, and is unready only without its database', async () => {
    expect((await house.app.request('/healthz')).status).toBe(200);
    const ready = async () => {
      const answer = await house.app.request('/readyz');
      return [answer.status, await answer.json()];
    };
    expect(await ready()).toEqual([200, { status: 'ready', database: true, temporal: true }]);
    house.engine.isReachable = false;
    expect(await ready()).toEqual([200, { status: 'degraded', database: true, temporal: false }]);
    house.db.processes.live = () => Promise.reject(new Error('gone'));
    expect(await ready()).toEqual([503, { status: 'unready', database: false, temporal: false }]);
  });

  it('metrics count deliveries, age, what is stuck and what nobody judged', async () => {
    await house.submit(admin, envelope('a'));
    house.engine.verdict = 'rejected';
    await house.submit(admin, envelope('b'));
    house.engine.verdict = 'none';
    await house.submit(admin, envelope('c'));
    house.pass(16 * 60_000);
    const text = await (await house.app.request('/metrics')).text();
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'waybill_deliveries{destination="hook",state="queued"} 1',
        'waybill_oldest_open_delivery_seconds{destination="hook"} 960',
        'waybill_stuck_deliveries{destination="hook"} 1',
        'waybill_undecided_attestations 1',
        'waybill_attestations_total{verdict="accepted"} 1',
        'waybill_attestations_total{verdict="rejected"} 1',
        'waybill_attestations_total{verdict="undecided"} 1',
        'waybill_verdict_seconds_count{verdict="accepted"} 1',
      ]),
    );
  });

  it('metrics say how much there is, and what housekeeping has removed', async () => {
    const at = house.clock().toISOString();
    await house.db.upkeep.noteShare(0, { files: 3, bytes: 700 }, at);
    await house.db.upkeep.noteShare(255, { files: 2, bytes: 90 }, at);
    await house.db.upkeep.noteFilesRemoved(4);
    const lines = (await (await house.app.request('/metrics')).text()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'waybill_store_bytes 790',
        'waybill_store_files 5',
        'waybill_removed_total{what="files"} 4',
        'waybill_removed_total{what="attempts"} 0',
        expect.stringMatching(/^waybill_database_bytes [1-9]\d{4,}$/),
      ]),
    );
  });

  it('metrics have the age of what is built in', async () => {
    const { sigstore, github } = shipped();
    const anHourAgo = new Date(house.clock().getTime() - 3_600_000).toISOString();
    const app = createApi({ ...house.deps, builtIn: () => ({ sigstore: { ...sigstore, asOf: anHourAgo }, github }) });
    expect(await (await app.request('/metrics')).text()).toContain(
      'waybill_built_in_root_age_seconds{publisher="sigstore"} 3600\n',
    );
  });
});

it('the console is mounted beside the API, and attestations link to it', async () => {
  const { deps } = house;
  const app = createApi({ ...deps, page: createPage({ ...deps, config: {} }) });
  const ask = (path: string, init: RequestInit = {}) => app.request(`http://localhost${path}`, init);
  expect((await ask('/session')).headers.get('content-type')).toMatch('text/html');
  expect((await ask('/')).headers.get('location')).toBe('/session?to=%2F');
  expect(await problemOf(await ask('/v1/deliveries'))).toMatchObject({ status: 401 });
  expect(await problemOf(await ask('/nope'))).toMatchObject({ status: 404, code: 'route.unknown' });
  const answer = await ask('/v1/pipelines/acme/skynet/attestations', {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}` },
    body: envelope(),
  });
  const { id, links } = (await answer.json()) as { id: string; links: object };
  expect(links).toMatchObject({ console: `http://localhost/attestations/${id}` });
});

it('docs/openapi.json is what the routes say; UPDATE_OPENAPI=1 rewrites it', () => {
  const path = new URL('../../docs/openapi.json', import.meta.url);
  const document = `${JSON.stringify(openApiDocument(house.app), null, 2)}\n`;
  if (process.env.UPDATE_OPENAPI === '1') writeFileSync(path, document);
  expect(readFileSync(path, 'utf8')).toBe(document);
});

it('/openapi.json serves the same document', async () => {
  const document = (await (await house.app.request('/openapi.json')).json()) as { components: { schemas: object } };
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['Attestation', 'Check', 'Delivery', 'DestinationSpec', 'Problem']),
  );
});
