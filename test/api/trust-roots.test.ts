import { TrustedRoot } from '@sigstore/protobuf-specs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../api/app.ts';
import { builtInProfiles } from '../../attestation/verify/profiles.ts';
import { shipped } from '../../attestation/verify/published.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { issue } from '../attestation/verify/fake-authority.ts';
import { makeFakeSigstore } from '../attestation/verify/fake-sigstore.ts';
import { createHouse, type House, problemOf } from './house.ts';

type Root = { name: string; builtIn: boolean; profile: Record<string, unknown> | null; problem: object | null };
const authority = await issue(undefined, { isCa: true, subject: 'CN=Acme root' });
const leaf = await issue(authority);
const sigstore = await makeFakeSigstore('own');
const x509 = { kind: 'x509', certificates: authority.pem };
const own = {
  kind: 'sigstore',
  trustedRoot: TrustedRoot.toJSON(sigstore.profile.trustedRoot),
  issuers: ['https://issuer.example.com'],
};
const BUILT_IN = builtInProfiles().map(({ name }) => name);

let house: House;
let admin: string;
beforeEach(async () => {
  house = createHouse();
  admin = (await house.token('admin')).token;
});
afterEach(() => house.close());

const put = (name: string, spec: unknown) => house.request(admin, 'PUT', `/v1/trust/roots/${name}`, spec);
const drop = (name: string) => house.request(admin, 'DELETE', `/v1/trust/roots/${name}`);
const get = async <T>(path = '') => (await (await house.request(admin, 'GET', `/v1/trust/roots${path}`)).json()) as T;
const page = (query = '') => get<{ items: Root[]; next: string | null }>(query);

describe('a trusted root', () => {
  it("of a customer's own authority is registered, shown and forgotten, and the audit has it whole", async () => {
    const created = await put('acme-ca', { ...x509, projects: ['acme'] });
    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({
      name: 'acme-ca',
      change: 'created',
      builtIn: false,
      problem: null,
      profile: { kind: 'x509', projects: ['acme'], authorities: [{ subject: 'CN=Acme root' }], origin: 'registered' },
      spec: { certificates: authority.pem, algorithms: expect.arrayContaining(['ed25519']) },
    });
    expect(await (await put('acme-ca', { ...x509, projects: ['acme'] })).json()).toMatchObject({ change: 'unchanged' });
    expect(await (await put('acme-ca', x509)).json()).toMatchObject({ change: 'updated', profile: { projects: [] } });
    expect(await get('/acme-ca')).toMatchObject({ spec: { kind: 'x509', projects: [] } });
    expect((await drop('acme-ca')).status).toBe(204);
    expect(await problemOf(await drop('acme-ca'))).toMatchObject({ status: 404, code: 'trusted-root.unknown' });
    expect(await problemOf(await house.request(admin, 'GET', '/v1/trust/roots/acme-ca'))).toMatchObject({
      status: 404,
    });
    const audit = await house.db.audit.list({ target: 'acme-ca' }, { limit: 9 });
    expect(audit.items.map(({ action }) => action)).toEqual(['trust.root.delete', 'trust.root.put', 'trust.root.put']);
    expect(audit.items[0]?.detail).toMatchObject({ before: { certificates: authority.pem } });
  });

  it.each([
    ['an object', own],
    ['its text', { ...own, trustedRoot: JSON.stringify(own.trustedRoot) }],
  ])('of a private instance of Sigstore is given as %s, and comes back so', async (_, spec) => {
    expect(await (await put('own', spec)).json()).toMatchObject({
      change: 'created',
      profile: {
        kind: 'sigstore',
        require: { log: 1, certificateLog: 1, time: 1 },
        logs: ['https://log.example.com'],
      },
      spec,
    });
  });

  it.each([
    ['which is none', { kind: 'sigstore', trustedRoot: { a: 1 } }, 422, 'root.unreadable'],
    [
      'which proves no time',
      { ...own, trustedRoot: { ...(own.trustedRoot as object), tlogs: [], timestampAuthorities: [] } },
      422,
      'root.incomplete',
    ],
    ['which may speak for any issuer', { ...own, issuers: [] }, 422, 'root.issuers-unsaid'],
    ['which is a leaf', { kind: 'x509', certificates: leaf.pem }, 422, 'root.not-authority'],
    ['with a field nobody knows', { ...x509, crl: 'https://example.com' }, 400, 'request.invalid'],
    ['of an unknown kind', { ...x509, kind: 'spiffe' }, 400, 'request.invalid'],
  ])('%s is refused, and nothing is stored', async (_, spec, status, code) => {
    expect(await problemOf(await put('acme', spec))).toMatchObject({ status, code });
    expect(await house.db.trust.allRoots()).toEqual([]);
  });
});

describe('the roots that are built in', () => {
  it('say since when they are known to be current, as it is at the time of asking', async () => {
    const seeds = shipped();
    let builtIn = seeds;
    const app = createApi({ ...house.deps, builtIn: () => builtIn });
    const ages = async () => {
      const answer = await app.request('/v1/trust/roots', { headers: { authorization: `Bearer ${admin}` } });
      const { items } = (await answer.json()) as { items: Root[] };
      return items.map(({ name, profile }) => [name, profile?.origin, profile?.asOf]);
    };
    expect(await ages()).toContainEqual(['github', 'seed', seeds.github.asOf]);
    const asOf = '2026-12-24T00:00:00.000Z';
    builtIn = { ...seeds, sigstore: { ...seeds.sigstore, origin: 'tuf', asOf } };
    expect(await ages()).toEqual([
      ['sigstore-public-good', 'tuf', asOf],
      ['npm', 'tuf', asOf],
      ['github', 'seed', seeds.github.asOf],
    ]);
  });

  it('are listed with those that were registered, and say what they are', async () => {
    await put('acme-ca', x509);
    const { items, next } = await page();
    expect(items.map(({ name, builtIn }) => [name, builtIn])).toEqual([
      ...BUILT_IN.map((name) => [name, true]),
      ['acme-ca', false],
    ]);
    expect(next).toBeNull();
    for (const name of BUILT_IN)
      expect(await get(`/${name}`)).toMatchObject({ name, builtIn: true, spec: null, createdAt: null });
    expect(items[0]).toMatchObject({
      name: 'sigstore-public-good',
      profile: { kind: 'sigstore', logs: expect.arrayContaining(['https://rekor.sigstore.dev']) },
    });
  });

  it('stand on the first page only', async () => {
    for (const name of ['a', 'b', 'c']) await put(name, x509);
    const first = await page('?limit=2');
    expect(first.items.map(({ name }) => name)).toEqual([...BUILT_IN, 'a', 'b']);
    const second = (await (await house.request(admin, 'GET', first.next ?? '')).json()) as typeof first;
    expect(second).toMatchObject({ items: [{ name: 'c' }], next: null });
  });

  it.each(['sigstore-public-good', 'github', 'npm'])('are neither replaced nor deleted: %s', async (name) => {
    expect(await problemOf(await put(name, x509))).toMatchObject({
      status: 422,
      code: 'root.built-in',
      detail: expect.stringContaining(name),
      remedy: 'Register your root under a name of its own.',
    });
    expect(await problemOf(await drop(name))).toMatchObject({ status: 409, code: 'root.built-in' });
    expect(await house.db.trust.allRoots()).toEqual([]);
  });
});

describe('a root that was registered once and cannot be read any more', () => {
  it('is listed with its problem beside the others, and can be replaced and deleted', async () => {
    const who = { by: SYSTEM, at: house.clock().toISOString() };
    await put('acme-ca', x509);
    await house.db.trust.putRoot({ name: 'old', spec: '{"kind":"spiffe"}', ...who });
    await house.db.trust.putRoot({ name: 'worse', spec: 'not JSON', ...who });
    const { items } = await page();
    expect(items.filter(({ builtIn }) => !builtIn)).toMatchObject([
      { name: 'acme-ca', profile: { kind: 'x509' }, problem: null },
      { name: 'old', profile: null, problem: { code: 'root.spec' } },
      { name: 'worse', profile: null, problem: { code: 'root.unreadable' } },
    ]);
    expect(await get('/old')).toMatchObject({ spec: { kind: 'spiffe' } });
    expect(await get('/worse')).toMatchObject({ spec: null });
    expect(await (await put('old', x509)).json()).toMatchObject({ change: 'updated', problem: null });
    expect((await drop('worse')).status).toBe(204);
  });
});
