import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../activities/integrations/define.ts';
import { dependencyTrack } from '../../../activities/integrations/dependency-track.ts';
import { timeOfUuid7 } from '../../../activities/integrations/support/dependency-track/confirm.ts';
import { inspectMaterial } from '../../../attestation/materials/inspect.ts';
import {
  createDependencyTrackStandIn,
  type DependencyTrackStandIn,
  type Settings,
} from '../../support/receivers/dependency-track.ts';
import { createFaultProxy } from '../../support/receivers/fault-proxy.ts';
import { confirmed, contextFor, deliveryFor, describeIntegration } from './conformance.ts';

const KEY = 'odt_secret-canary-0123456789';
const FAST = { apiKey: KEY, importMs: 10, createMs: 1 };
const bomOf = (more: object = {}) =>
  Buffer.from(
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: { component: { type: 'application', name: 'shop', version: '1.2.3' } },
      components: [{ type: 'library', name: 'left-pad', version: '1.0.0' }],
      ...more,
    }),
  );
const MATERIAL = {
  name: 'shop-sbom',
  type: 'SBOM_CYCLONEDX_JSON',
  sha256: 'ee'.repeat(32),
  size: 1,
  mediaType: 'application/vnd.cyclonedx+json',
  facts: inspectMaterial(bomOf(), 'SBOM_CYCLONEDX_JSON').facts,
};

for (const version of ['5.0.4', '4.13.2'])
  describe(`Dependency-Track ${version}`, () => {
    describeIntegration(dependencyTrack, {
      start: async () => {
        const standIn = await createDependencyTrackStandIn({ ...FAST, version });
        return { url: standIn.url, effects: () => standIn.portfolio.projects.length, close: standIn.close };
      },
      config: (url) => ({ url }),
      secrets: { apiKey: KEY },
      wrongSecrets: { apiKey: 'odt_wrong' },
      bytes: bomOf(),
      material: MATERIAL,
      isDelivery: ({ method }) => method === 'POST',
    });
  });

describe('dependency-track', () => {
  let server: DependencyTrackStandIn;
  const open: { close(): Promise<void> }[] = [];
  const start = async (settings: Partial<Settings> = {}) => {
    server = await createDependencyTrackStandIn({ ...FAST, ...settings });
    open.push(server);
  };
  beforeEach(() => start());
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  type Given = {
    options?: object;
    bytes?: Buffer;
    config?: object;
    facts?: Record<string, unknown>;
    secrets?: Record<string, string>;
  };
  const contextWith = (given: Given = {}) => {
    const { options, bytes = bomOf(), secrets = { apiKey: KEY } } = given;
    const context = contextFor(dependencyTrack, {
      config: { url: server.url, ...given.config },
      secrets,
      options,
      bytes,
    });
    open.push(context);
    return context;
  };
  const deliveryWith = (given: Given = {}) =>
    deliveryFor({ material: { ...MATERIAL, ...(given.facts ? { facts: given.facts } : {}) } });
  const deliver = (given: Given = {}) => dependencyTrack.deliver(deliveryWith(given), contextWith(given));
  const refusal = (given: Given = {}): Promise<DeliveryError> =>
    deliver(given).then(
      () => Promise.reject(new Error('expected a refusal')),
      (error: unknown) => (error instanceof DeliveryError ? error : Promise.reject(error)),
    );
  const confirm = async (given: Given = {}) => {
    const context = contextWith(given);
    return confirmed(
      dependencyTrack,
      await dependencyTrack.deliver(deliveryWith(given), context),
      deliveryWith(given),
      context,
    );
  };
  const test = async (given: Given = {}) => {
    const checks = await dependencyTrack.test(contextWith(given));
    return Object.fromEntries(checks.map((check) => [check.name, check.outcome]));
  };

  describe('the project', () => {
    it('is named after pipeline and material, with the version of the SBOM', async () => {
      await deliver();
      expect(server.ledger[0]).toMatchObject({ project: 'acme/shop/shop-sbom', version: '1.2.3', status: 200 });
    });
    it('is named by templates', async () => {
      await deliver({
        options: { projectName: 'x {{component.name}} {{ pipeline }}', projectVersion: '{{project}}-main' },
      });
      expect(server.ledger[0]).toMatchObject({ project: 'x shop shop', version: 'acme-main' });
    });
    it('has no version when the SBOM names none and none was asked for', async () => {
      await deliver({ facts: { mainComponent: {} }, bytes: bomOf({ metadata: {} }) });
      expect(server.ledger[0]?.fields).not.toHaveProperty('projectVersion');
      expect(server.ledger[0]).toMatchObject({ version: null, status: 200 });
    });
    it('is read from the SBOM itself where nobody inspected it', async () => {
      await deliver({ facts: {}, options: { projectName: '{{component.name}}' } });
      expect(server.ledger[0]).toMatchObject({ project: 'shop', version: '1.2.3' });
    });
    it('may be given by uuid, and then nothing else is sent', async () => {
      const existing = server.portfolio.create({ name: 'a', version: null, tags: [], isLatest: false, parent: null });
      expect(await confirm({ options: { projectUuid: existing.uuid } })).toMatchObject({
        state: 'done',
        externalId: existing.uuid,
      });
      expect(server.ledger[0]?.fields).toEqual({ project: existing.uuid });
    });
    it('gets tags, a parent and the flag of the latest version', async () => {
      server.portfolio.create({ name: 'all', version: '1', tags: [], isLatest: false, parent: null });
      await deliver({ options: { tags: ['Team:X', 'b'], parentName: 'all', parentVersion: '1', isLatest: true } });
      expect(server.portfolio.projects[1]).toMatchObject({ tags: ['team:x', 'b'], isLatest: true });
      expect(server.portfolio.projects[1]?.parent).toBe(server.portfolio.projects[0]?.uuid);
    });
    it.each([
      [
        '{{component.version}} of an SBOM without one',
        { projectVersion: '{{component.version}}' },
        'project.value-missing',
      ],
      ['a blank name', { projectName: '   ' }, 'project.name-blank'],
      ['a long name', { projectName: 'n'.repeat(256) }, 'project.name-too-long'],
      ['a long version', { projectVersion: 'v'.repeat(256) }, 'project.version-too-long'],
    ])('is refused before anything is sent: %s', async (_, options, code) => {
      expect(await refusal({ options, facts: { mainComponent: {} } })).toMatchObject({ scope: 'delivery', code });
      expect(server.ledger).toEqual([]);
    });
    it.each([
      ['an unknown placeholder', { projectName: '{{team}}' }],
      ['a uuid and a name', { projectUuid: '019a0000-0000-7000-8000-000000000000', projectName: 'a' }],
      ['two parents', { parentUuid: '019a0000-0000-7000-8000-000000000000', parentName: 'a' }],
      ["a parent's version alone", { parentVersion: '1' }],
      ['a malformed uuid', { projectUuid: 'abc' }],
      ['a tag with a comma', { tags: ['a,b'] }],
    ])('cannot be set up with %s', (_, options) => {
      expect(dependencyTrack.options.safeParse(options).success).toBe(false);
    });
  });

  describe('the order of deliveries', () => {
    const key = (options: object, facts: Record<string, unknown>) =>
      dependencyTrack.orderBy?.(dependencyTrack.options.parse(options), deliveryWith({ facts }));
    it('is kept among uploads that overwrite each other, not among versions', () => {
      const one = key({}, { mainComponent: { version: '1' } });
      expect(one).toBe(key({}, { mainComponent: { version: '1' } }));
      expect(one).not.toBe(key({}, { mainComponent: { version: '2' } }));
      expect(key({ projectVersion: 'main' }, { mainComponent: { version: '1' } })).toBe(
        key({ projectVersion: 'main' }, { mainComponent: { version: '2' } }),
      );
    });
    it('is unknown when only the bytes could tell the project', () => {
      expect(key({}, {})).toBeUndefined();
      expect(key({ projectVersion: 'main' }, {})).toBeDefined();
    });
  });

  describe('the SBOM', () => {
    it.each([
      ['truncated', bomOf().subarray(0, 60), 'bom.not-json'],
      ['empty', Buffer.alloc(0), 'bom.not-json'],
      ['a JSON text', Buffer.from('"CycloneDX"'), 'bom.not-json'],
      ['SPDX', Buffer.from('{"spdxVersion":"SPDX-2.3"}'), 'bom.not-cyclonedx'],
      ['1.7 for a server before 5.1', bomOf({ specVersion: '1.7' }), 'bom.spec-version'],
      ['1.1', bomOf({ specVersion: '1.1' }), 'bom.spec-version'],
    ])('is refused here when it is %s, so that no empty project is created there', async (_, bytes, code) => {
      expect(await refusal({ bytes })).toMatchObject({ scope: 'delivery', code });
      expect(server.portfolio.projects).toEqual([]);
    });
    it('may be 1.7 from 5.1 on', async () => {
      server.settings.version = '5.1.0';
      expect(await confirm({ bytes: bomOf({ specVersion: '1.7' }) })).toMatchObject({ state: 'done' });
    });
    const folder = '../shared/fixtures/materials';
    it.skipIf(!existsSync(folder))(`may be any that real tools made (skipped where ${folder} is absent)`, async () => {
      const names = readdirSync(folder).filter((name) => name.startsWith('cyclonedx-'));
      expect(names.length).toBeGreaterThan(3);
      for (const name of names) {
        const bytes = readFileSync(`${folder}/${name}`);
        const options = { projectName: name, projectVersion: '1' };
        expect((await deliver({ bytes, options })).result).toBe('accepted');
      }
    });
    it('may start with a byte order mark', async () => {
      const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bomOf()]);
      expect((await deliver({ bytes })).result).toBe('accepted');
    });
    it("is refused by the server's schema, and the message says why", async () => {
      const error = await refusal({ bytes: bomOf({ components: [{}] }) });
      expect(error).toMatchObject({ scope: 'delivery', code: 'bom.refused' });
      expect(error.message).toBe(
        "Dependency-Track refuses this SBOM: Schema validation failed; $.components[0]: required property 'name' not found",
      );
    });
  });

  describe('answers to an upload', () => {
    it('401 without a text: the key', async () => {
      expect(await refusal({ secrets: { apiKey: 'wrong' } })).toMatchObject({
        scope: 'destination',
        code: 'key.refused',
      });
    });
    it('a key that is refused while a large body is still on its way', async () => {
      const components = Array.from({ length: 60_000 }, (_, n) => ({
        type: 'library',
        name: `component-${n}`,
        version: '1.0.0',
      }));
      const error = await refusal({ bytes: bomOf({ components }), secrets: { apiKey: 'wrong' } });
      expect(error).toMatchObject({ scope: 'destination', code: 'key.refused' });
    });
    it('a connection that is cut because the key is refused', async () => {
      const proxy = await createFaultProxy(server.url);
      open.push(proxy);
      proxy.matches = ({ method }) => method === 'POST';
      proxy.always = { kind: 'reset' };
      const config = { url: proxy.url };
      const wrong = await refusal({ config, secrets: { apiKey: 'wrong' } });
      expect(wrong).toMatchObject({ scope: 'destination', code: 'key.refused' });
      expect(await refusal({ config })).toMatchObject({ scope: 'retry', code: 'network.failed' });
    });
    it('401 with a text: the permission to create', async () => {
      server.settings.permissions = ['BOM_UPLOAD', 'VIEW_PORTFOLIO'];
      const error = await refusal();
      expect(error).toMatchObject({ scope: 'destination', code: 'permission.missing' });
      expect(error.message).toContain('PROJECT_CREATION_UPLOAD');
    });
    it('403 without a text: the permission to upload', async () => {
      server.settings.permissions = ['VIEW_PORTFOLIO'];
      const error = await refusal();
      expect(error).toMatchObject({ scope: 'destination', code: 'permission.missing' });
      expect(error.message).toContain('BOM_UPLOAD');
    });
    it('403 with a problem: this project only', async () => {
      server.settings.forbidden = ['acme/shop/shop-sbom'];
      expect(await refusal()).toMatchObject({ scope: 'delivery', code: 'project.forbidden' });
    });
    it('404: no such project, no such parent', async () => {
      expect(await refusal({ options: { autoCreate: false } })).toMatchObject({
        scope: 'delivery',
        code: 'project.not-found',
      });
      expect(await refusal({ options: { parentName: 'none' } })).toMatchObject({
        scope: 'delivery',
        code: 'parent.not-found',
      });
    });
    it('409: lost a race, tried again in a second', async () => {
      server.settings.createMs = 300;
      const results = await Promise.allSettled([deliver(), deliver()]);
      const lost = results.find((result) => result.status === 'rejected');
      expect(lost?.reason).toMatchObject({ scope: 'retry', code: 'project.raced', retryAfterMs: 1000 });
      expect(server.portfolio.projects.length).toBe(1);
      expect((await deliver()).result).toBe('accepted');
    });
    it('500 of a server without its database: tried again', async () => {
      server.settings.mode = 'database';
      expect(await refusal()).toMatchObject({ scope: 'retry', code: 'http.500' });
    });
    it('503 of a proxy: tried again', async () => {
      server.settings.mode = 'unavailable';
      expect(await refusal()).toMatchObject({ scope: 'retry', code: 'http.503' });
    });
    it('400 for a project that only collects others', async () => {
      server.settings.collections = ['acme/shop/shop-sbom'];
      const error = await refusal();
      expect(error).toMatchObject({ scope: 'delivery', code: 'bom.refused' });
      expect(error.message).toContain('collection project');
    });
    it('a base URL that is something else', async () => {
      const error = await refusal({ config: { url: `${server.url}/frontend` } });
      expect(error).toMatchObject({ scope: 'destination', code: 'url.wrong' });
    });
    it('a base URL with a slash at its end is fine', async () => {
      expect((await deliver({ config: { url: `${server.url}/` } })).result).toBe('accepted');
    });
    it('a key from a file, with its newline, is fine', async () => {
      expect((await deliver({ secrets: { apiKey: `${KEY}\n` } })).result).toBe('accepted');
    });
  });

  for (const version of ['5.0.4', '4.13.2'])
    describe(`confirmation by ${version}`, () => {
      beforeEach(() => {
        server.settings.version = version;
      });
      it('comes when the import is to be seen, with a link', async () => {
        const confirmation = await confirm({ config: { frontendUrl: 'https://dtrack.example/' } });
        const uuid = server.portfolio.projects[0]?.uuid;
        expect(confirmation).toMatchObject({
          state: 'done',
          externalId: uuid,
          url: `https://dtrack.example/projects/${uuid}`,
        });
      });
      it('waits while the import runs', async () => {
        server.settings.importMs = 60_000;
        const context = contextWith();
        const outcome = await dependencyTrack.deliver(deliveryWith(), context);
        const token = outcome.result === 'accepted' ? outcome.token : '';
        expect(await dependencyTrack.confirm?.(token, deliveryWith(), context)).toMatchObject({ state: 'pending' });
      });
      it('is not given by an earlier import of the same project', async () => {
        await confirm();
        server.settings.doImportsFail = true;
        const context = contextWith();
        const outcome = await dependencyTrack.deliver(deliveryWith(), context);
        const token = outcome.result === 'accepted' ? outcome.token : '';
        const later = { ...context, now: () => new Date(Date.now() + 61_000) };
        expect(
          await confirmed(dependencyTrack, { result: 'accepted', token, checkAfterMs: 0 }, deliveryWith(), later),
        ).toMatchObject({
          state: 'failed',
          code: 'import.failed',
        });
        expect(await dependencyTrack.confirm?.(token, deliveryWith(), context)).toMatchObject({ state: 'pending' });
      });
      it('comes for a repeat of the same upload too', async () => {
        await confirm();
        expect(await confirm()).toMatchObject({ state: 'done' });
        expect(server.ledger.map((entry) => entry.isRepeat)).toEqual([false, true]);
      });
      it('comes for a project without version', async () => {
        const bare = { facts: { mainComponent: {} } };
        server.portfolio.create({ name: 'acme/shop/shop-sbom', version: '9', tags: [], isLatest: false, parent: null });
        expect(await confirm(bare)).toMatchObject({ state: 'done', externalId: server.portfolio.projects[1]?.uuid });
      });
      it('says which permission it lacks', async () => {
        server.settings.permissions = ['BOM_UPLOAD', 'PROJECT_CREATION_UPLOAD'];
        await expect(confirm()).rejects.toMatchObject({ scope: 'destination', code: 'permission.missing' });
      });
    });

  it('fails when the project is gone', async () => {
    const context = contextWith();
    const outcome = await dependencyTrack.deliver(deliveryWith(), context);
    server.portfolio.projects.length = 0;
    const later = { ...context, now: () => new Date(Date.now() + 61_000) };
    expect(await confirmed(dependencyTrack, outcome, deliveryWith(), later)).toMatchObject({
      state: 'failed',
      code: 'project.gone',
    });
  });
  it('refuses a receipt that it did not write', async () => {
    await expect(dependencyTrack.confirm?.('{}', deliveryWith(), contextWith())).rejects.toMatchObject({
      code: 'receipt.invalid',
    });
  });
  it('reads the time in a UUIDv7, and none in others', () => {
    expect(timeOfUuid7('019b7a8e-9c00-7abc-8def-0123456789ab')).toBe(0x019b7a8e9c00);
    expect(timeOfUuid7('019b7a8e-9c00-4abc-8def-0123456789ab')).toBeUndefined();
  });

  describe('test', () => {
    it('names every permission', async () => {
      const all = {
        server: 'ok',
        'api key': 'ok',
        BOM_UPLOAD: 'ok',
        VIEW_PORTFOLIO: 'ok',
        PROJECT_CREATION_UPLOAD: 'ok',
      };
      expect(await test()).toEqual(all);
      server.settings.permissions = [];
      expect(await test()).toMatchObject({
        BOM_UPLOAD: 'fail',
        VIEW_PORTFOLIO: 'fail',
        PROJECT_CREATION_UPLOAD: 'fail',
      });
      expect(await test({ options: { autoCreate: false } })).toMatchObject({ PROJECT_CREATION_UPLOAD: 'skipped' });
      expect(await test({ options: { tags: ['a'] } })).toMatchObject({ PORTFOLIO_MANAGEMENT: 'warn' });
    });
    it('only warns of what no attachment is known to need', async () => {
      server.settings.permissions = ['BOM_UPLOAD', 'VIEW_PORTFOLIO'];
      const checks = await dependencyTrack.test({ ...contextWith(), options: undefined });
      expect(checks.find((check) => check.name === 'PROJECT_CREATION_UPLOAD')?.outcome).toBe('warn');
    });
    it('knows a wrong URL, a wrong key, a deleted team and a server that is down', async () => {
      expect(await test({ config: { url: `${server.url}/ui` } })).toEqual({ server: 'fail', 'api key': 'skipped' });
      expect(await test({ secrets: { apiKey: 'wrong' } })).toEqual({ server: 'ok', 'api key': 'fail' });
      server.settings.isTeamDeleted = true;
      expect(await test()).toEqual({ server: 'ok', 'api key': 'fail' });
      server.settings.mode = 'unavailable';
      expect(await test()).toEqual({ server: 'fail', 'api key': 'skipped' });
    });
    it('warns of an old server', async () => {
      server.settings.version = '4.8.0';
      expect(await test()).toMatchObject({ server: 'warn' });
    });
  });
});
