import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openApiDocument } from '../../api/openapi.ts';
import type { TokenRole } from '../../attestation/resources.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { sha256Of } from '../support/envelopes.ts';
import { createHouse, envelope, type House, problemOf } from './house.ts';

let house: House;
beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
});
afterEach(() => house.close());

describe('a token', () => {
  const ask = (authorization?: string) =>
    house.app.request('/v1/pipelines', { headers: authorization === undefined ? {} : { authorization } });

  it('that is missing, of another form, cut, unknown, revoked or expired is refused, each in its own words', async () => {
    const revoked = await house.token('read');
    await house.db.tokens.revoke(revoked.id, { by: SYSTEM, at: house.clock().toISOString() });
    const expired = await house.token('read', [], '2026-03-01T02:59:59.000Z');
    const good = await house.token('read');
    const cases: [string | undefined, string][] = [
      [undefined, 'token.missing'],
      ['Basic dXNlcjpwYXNz', 'token.missing'],
      [`Bearer ${good.token.slice(0, -1)}`, 'token.malformed'],
      [`Bearer ${good.token.slice(0, -1)}${good.token.endsWith('A') ? 'B' : 'A'}`, 'token.unknown'],
      [`Bearer ${revoked.token}`, 'token.revoked'],
      [`Bearer ${expired.token}`, 'token.expired'],
    ];
    for (const [header, code] of cases) {
      const answer = await ask(header);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="waybill"');
      expect(await problemOf(answer)).toMatchObject({ status: 401, code });
    }
    expect((await ask(`bearer ${good.token}`)).status).toBe(200);
  });

  it('never shows up in an answer or in the log', async () => {
    const { token } = await house.token('read');
    const answers = await Promise.all([
      ask(`Bearer ${token.slice(0, -1)}`),
      ask(`Bearer ${token}`),
      house.app.request(`/v1/attestations?cursor=${token}`, { headers: { authorization: `Bearer ${token}` } }),
    ]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    const secret = token.split('_').slice(2).join('_');
    expect(texts.join() + JSON.stringify(house.lines)).not.toContain(secret.slice(0, 20));
  });

  it('remembers when it was used, about once a minute', async () => {
    const { id, token } = await house.token('read');
    await ask(`Bearer ${token}`);
    await expect
      .poll(async () => (await house.db.tokens.list({ limit: 9 })).items.find((row) => row.id === id)?.lastUsedAt)
      .toBe('2026-03-01T03:00:00.000Z');
  });
});

describe('roles', () => {
  /** What each route asks for, by hand: a route that is new or changed must be looked at here. */
  const TABLE: Record<string, TokenRole[]> = {
    'POST /v1/pipelines/{project}/{pipeline}/attestations': ['submit', 'operate', 'admin'],
    'PUT /v1/projects/{project}/blobs/{digest}': ['submit', 'operate', 'admin'],
    'HEAD /v1/projects/{project}/blobs/{digest}': ['submit', 'read', 'operate', 'admin'],
    'GET /v1/projects/{project}/blobs/{digest}': ['read', 'operate', 'admin'],
    'GET /v1/attestations': ['read', 'operate', 'admin'],
    'GET /v1/attestations/{id}': ['submit', 'read', 'operate', 'admin'],
    'GET /v1/attestations/{id}/envelope': ['submit', 'read', 'operate', 'admin'],
    'GET /v1/attestations/{id}/materials/{name}': ['submit', 'read', 'operate', 'admin'],
    'GET /v1/attestations/{id}/judgements': ['submit', 'read', 'operate', 'admin'],
    'GET /v1/attestations/{id}/vsa': ['submit', 'read', 'operate', 'admin'],
    'POST /v1/attestations/{id}/judge': ['operate', 'admin'],
    'PUT /v1/pipelines/{project}/{pipeline}': ['admin'],
    'GET /v1/pipelines': ['read', 'operate', 'admin'],
    'GET /v1/pipelines/{project}/{pipeline}': ['read', 'operate', 'admin'],
    'PUT /v1/contracts/{name}': ['admin'],
    'POST /v1/contracts/{name}/check': ['admin'],
    'GET /v1/contracts': ['read', 'operate', 'admin'],
    'GET /v1/contracts/{name}': ['read', 'operate', 'admin'],
    'GET /v1/contracts/{name}/revisions': ['read', 'operate', 'admin'],
    'GET /v1/contracts/{name}/revisions/{n}': ['read', 'operate', 'admin'],
    'PUT /v1/trust/keys/{name}': ['admin'],
    'GET /v1/trust/keys': ['read', 'operate', 'admin'],
    'GET /v1/trust/keys/{name}': ['read', 'operate', 'admin'],
    'DELETE /v1/trust/keys/{name}': ['admin'],
    'PUT /v1/trust/roots/{name}': ['admin'],
    'GET /v1/trust/roots': ['read', 'operate', 'admin'],
    'GET /v1/trust/roots/{name}': ['read', 'operate', 'admin'],
    'DELETE /v1/trust/roots/{name}': ['admin'],
    'GET /v1/integrations': ['read', 'operate', 'admin'],
    'PUT /v1/destinations/{name}': ['admin'],
    'GET /v1/destinations': ['read', 'operate', 'admin'],
    'GET /v1/destinations/{name}': ['read', 'operate', 'admin'],
    'DELETE /v1/destinations/{name}': ['admin'],
    'POST /v1/destinations/{name}/pause': ['operate', 'admin'],
    'POST /v1/destinations/{name}/resume': ['operate', 'admin'],
    'POST /v1/destinations/{name}/test': ['operate', 'admin'],
    'PUT /v1/attachments/{name}': ['admin'],
    'GET /v1/attachments': ['read', 'operate', 'admin'],
    'GET /v1/attachments/{name}': ['read', 'operate', 'admin'],
    'DELETE /v1/attachments/{name}': ['admin'],
    'GET /v1/deliveries': ['read', 'operate', 'admin'],
    'GET /v1/deliveries/causes': ['read', 'operate', 'admin'],
    'GET /v1/deliveries/{id}': ['read', 'operate', 'admin'],
    'GET /v1/deliveries/{id}/attempts': ['read', 'operate', 'admin'],
    'POST /v1/deliveries/{id}/retry': ['operate', 'admin'],
    'POST /v1/deliveries/{id}/skip': ['operate', 'admin'],
    'POST /v1/deliveries/actions': ['operate', 'admin'],
    'POST /v1/replays': ['operate', 'admin'],
    'GET /v1/replays': ['read', 'operate', 'admin'],
    'GET /v1/replays/{id}': ['read', 'operate', 'admin'],
    'POST /v1/replays/{id}/pause': ['operate', 'admin'],
    'POST /v1/replays/{id}/resume': ['operate', 'admin'],
    'POST /v1/replays/{id}/cancel': ['operate', 'admin'],
    'GET /v1/audit': ['read', 'operate', 'admin'],
    'POST /v1/tokens': ['admin'],
    'GET /v1/tokens': ['admin'],
    'DELETE /v1/tokens/{id}': ['admin'],
  };
  const concrete = (path: string) =>
    path
      .replace('{project}/{pipeline}', 'acme/skynet')
      .replace('{project}', 'acme')
      .replace('{digest}', `sha256:${'0'.repeat(64)}`)
      .replace('{n}', '1')
      .replace(/\{\w+\}/g, 'some-name');

  it('are said for every route there is, and no route is reached without a token', async () => {
    const { paths = {} } = openApiDocument(house.app);
    const routes = Object.entries(paths).flatMap(([path, verbs]) =>
      Object.keys(verbs ?? {}).map((verb) => `${verb.toUpperCase()} ${path}`),
    );
    const publicKeys = ['GET /v1/verdict-keys', 'GET /v1/verdict-keys/{id}'];
    const open = ['GET /healthz', 'GET /readyz', 'GET /metrics', ...publicKeys];
    expect(routes.filter((route) => !open.includes(route)).sort()).toEqual(Object.keys(TABLE).sort());
    for (const route of Object.keys(TABLE)) {
      const [method = '', path = ''] = route.split(' ');
      expect((await house.request(undefined, method, concrete(path))).status, route).toBe(401);
    }
  });

  it('let through whom the table says, and nobody else', async () => {
    for (const role of ['submit', 'read', 'operate', 'admin'] as const) {
      const { token } = await house.token(role);
      for (const [route, admitted] of Object.entries(TABLE)) {
        const [method = '', path = ''] = route.split(' ');
        const { status } = await house.request(token, method, concrete(path));
        expect(status === 403 ? 'refused' : 'let through', `${role}: ${route}`).toBe(
          admitted.includes(role) ? 'let through' : 'refused',
        );
      }
    }
  });

  it('a refusal says what was expected and what was found', async () => {
    const { token } = await house.token('read');
    expect(await problemOf(await house.submit(token))).toMatchObject({
      status: 403,
      code: 'role.insufficient',
      detail: 'expected a token of role submit or operate or admin, got one of role read',
    });
  });

  it('a submit token reads what it sent, and nothing that another sent', async () => {
    const mine = await house.token('submit');
    const other = await house.token('submit');
    const { id } = (await (await house.submit(mine.token)).json()) as { id: string };
    for (const path of [`/v1/attestations/${id}`, `/v1/attestations/${id}/envelope`]) {
      expect((await house.request(mine.token, 'GET', path)).status).toBe(200);
      expect(await problemOf(await house.request(other.token, 'GET', path))).toMatchObject({
        status: 404,
        code: 'attestation.unknown',
      });
    }
  });
});

describe('what a submit token sent too', () => {
  const SBOM = '{"bomFormat":"CycloneDX"}';
  const stored = { name: 'sbom', type: 'SBOM_CYCLONEDX_JSON', slot: null, how: 'signed name', facts: {} };
  const material = (name: string, text: string, bytes: 'stored' | 'inline') => ({
    ...stored,
    ...{ name, bytes, sha256: sha256Of(text), size: text.length, mediaType: 'application/json', annotations: {} },
  });
  /** The same signed statement in other bytes. */
  const rewrapped = () => JSON.stringify(JSON.parse(String(envelope())), null, 1);
  const idOf = async (answer: Response) => ((await answer.json()) as { id: string }).id;
  const statusOf = async (token: string, path: string) => (await house.request(token, 'GET', path)).status;

  it('it reads, however many sent it before: its own answer is no dead link', async () => {
    const [first, second, third] = [
      await house.token('submit'),
      await house.token('submit'),
      await house.token('submit', ['beta/*']),
    ];
    house.engine.verdict = 'none';
    await house.submit(first.token);
    const rotated = await house.submit(second.token);
    expect(rotated.status).toBe(503);
    const path = new URL(rotated.headers.get('location') ?? '').pathname;
    expect(await statusOf(second.token, path)).toBe(200);
    house.engine.verdict = 'accepted';
    expect((await house.submit(second.token)).status).toBe(200);
    for (const { token } of [first, second]) expect(await statusOf(token, `${path}/envelope`)).toBe(200);
    expect((await house.submit(third.token)).status).toBe(403);
    expect(await statusOf(third.token, path)).toBe(404);
  });

  it('are the bytes of a material only when it sent these: the signed digest alone opens nothing', async () => {
    const mine = await house.token('submit');
    const other = await house.token('submit');
    const inline = '{"inside":"the statement"}';
    house.engine.materials = [material('sbom', SBOM, 'stored'), material('notes', inline, 'inline')];
    await house.deps.store.put(Buffer.from(inline), { maxBytes: 1000 });
    const form = new FormData();
    form.append('attestation', new Blob([envelope()]));
    form.append('sbom', new Blob([SBOM]));
    const id = await idOf(await house.submit(mine.token, form));
    const sbom = (of: string) => `/v1/attestations/${of}/materials/sbom`;
    expect(await statusOf(mine.token, sbom(id))).toBe(200);

    const duplicate = await idOf(await house.submit(other.token, rewrapped()));
    expect(duplicate).not.toBe(id);
    await house.submit(other.token);
    for (const of of [id, duplicate]) {
      expect(await problemOf(await house.request(other.token, 'GET', sbom(of)))).toMatchObject({
        status: 403,
        code: 'bytes.not-yours',
      });
      expect(await statusOf(other.token, `/v1/attestations/${of}/materials/notes`)).toBe(200);
      expect(await statusOf((await house.token('read')).token, sbom(of))).toBe(200);
    }
    await house.request(other.token, 'PUT', `/v1/projects/acme/blobs/sha256:${sha256Of(SBOM)}`, SBOM);
    for (const of of [id, duplicate]) expect(await statusOf(other.token, sbom(of))).toBe(200);
  });
});

describe('scopes', () => {
  beforeEach(async () => {
    await house.pipeline('acme/other');
    await house.pipeline('beta/app');
    await house.destination();
    const { token } = await house.token('submit');
    for (const path of ['acme/skynet', 'acme/other', 'beta/app']) await house.submit(token, envelope(path), {}, path);
  });

  it('bound what a token sends', async () => {
    const { token } = await house.token('submit', ['acme/sky*']);
    expect((await house.submit(token)).status).toBe(200);
    expect(await problemOf(await house.submit(token, envelope(), {}, 'beta/app'))).toMatchObject({
      status: 403,
      code: 'scope.insufficient',
      detail: 'expected a token for beta/app, got one for acme/sky*',
    });
    const blob = (project: string) => `/v1/projects/${project}/blobs/sha256:${sha256Of('x')}`;
    expect((await house.request(token, 'PUT', blob('acme'), 'x')).status).toBe(201);
    expect((await house.request(token, 'PUT', blob('beta'), 'x')).status).toBe(403);
  });

  it('that cover a part of a project read none of its bytes, which belong to all of it', async () => {
    const blob = `/v1/projects/acme/blobs/sha256:${sha256Of('x')}`;
    const { token: sender } = await house.token('submit', ['acme/other']);
    expect((await house.request(sender, 'PUT', blob, 'x')).status).toBe(201);
    expect((await house.request(sender, 'HEAD', blob)).status).toBe(200);
    const read = async (scope: string[]) => {
      const { token } = await house.token('read', scope);
      return (await house.request(token, 'GET', blob)).status;
    };
    for (const scope of [[], ['acme/*'], ['beta/app', 'a*/**'], ['*/*']]) expect(await read(scope)).toBe(200);
    for (const scope of [['acme/skynet'], ['acme/other'], ['acme/*o*', 'beta/*'], ['acm/*']])
      expect(await read(scope)).toBe(403);
    const { token } = await house.token('read', ['acme/skynet']);
    expect(await problemOf(await house.request(token, 'GET', blob))).toMatchObject({
      code: 'scope.insufficient',
      detail: 'expected a token for all of project acme, acme/*, got one for acme/skynet',
    });
  });

  it('bound what a token sees: what lies outside does not exist', async () => {
    const { token } = await house.token('read', ['acme/*']);
    const all = await house.token('read');
    const list = async (path: string, by = token) =>
      ((await (await house.request(by, 'GET', path)).json()) as { items: { id: string; project: string }[] }).items;
    for (const path of ['/v1/attestations', '/v1/deliveries', '/v1/pipelines']) {
      expect((await list(path)).map(({ project }) => project)).toEqual(['acme', 'acme']);
      expect(await list(path, all.token)).toHaveLength(3);
    }
    const hidden = (await list('/v1/deliveries', all.token)).find(({ project }) => project === 'beta');
    expect((await house.request(token, 'GET', `/v1/deliveries/${hidden?.id}`)).status).toBe(404);
    expect((await house.request(token, 'GET', `/v1/deliveries/${hidden?.id}/attempts`)).status).toBe(404);
    expect((await house.request(token, 'GET', '/v1/pipelines/beta/app')).status).toBe(404);
    expect((await house.request(token, 'GET', '/v1/attestations?project=beta')).status).toBe(200);
    expect(await list('/v1/attestations?project=beta')).toEqual([]);
  });

  it('an operator acts inside his scope only', async () => {
    const { token } = await house.token('operate', ['acme/*']);
    const { token: all } = await house.token('operate');
    const page = (await (await house.request(all, 'GET', '/v1/deliveries')).json()) as {
      items: { id: string; project: string }[];
    };
    for (const { id, project } of page.items) {
      const { status } = await house.request(token, 'POST', `/v1/deliveries/${id}/skip`, { reason: 'a test' });
      expect(status).toBe(project === 'acme' ? 200 : 404);
    }
  });

  it('keep a token from what all projects share', async () => {
    const { token } = await house.token('admin', ['acme/*']);
    const shared: [string, string, unknown][] = [
      ['POST', '/v1/tokens', { name: 'wider', role: 'admin' }],
      ['GET', '/v1/tokens', undefined],
      ['GET', '/v1/audit', undefined],
      ['PUT', '/v1/contracts/mine', 'schemaVersion: v1'],
      ['PUT', '/v1/trust/keys/mine', { publicKey: 'x' }],
      ['PUT', '/v1/trust/roots/mine', { kind: 'x509', certificates: 'x' }],
      ['DELETE', '/v1/trust/roots/mine', undefined],
      ['POST', '/v1/destinations/hook/pause', { reason: 'x' }],
      ['DELETE', '/v1/attachments/to-hook', undefined],
    ];
    for (const [method, path, body] of shared) {
      expect(await problemOf(await house.request(token, method, path, body)), path).toMatchObject({
        status: 403,
        code: 'scope.insufficient',
      });
    }
    const bind = (path: string) =>
      house.request(token, 'PUT', `/v1/pipelines/${path}`, { contract: 'skynet-contract' });
    expect((await bind('acme/new')).status).toBe(201);
    expect((await bind('beta/new')).status).toBe(403);
  });
});
