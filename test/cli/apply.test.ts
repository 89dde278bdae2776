import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { describe, expect, it } from 'vitest';
import { issue } from '../attestation/verify/fake-authority.ts';
import { makeFakeSigstore } from '../attestation/verify/fake-sigstore.ts';
import { makeKey } from '../support/keys.ts';
import { run, startWorld, temporaryFolder } from './world.ts';

const CONTRACT =
  'schemaVersion: v1\nowner: { team: skynet } # on call\nmaterials:\n  - { type: SBOM_CYCLONEDX_JSON, name: skynet-sbom }\n';
const resource = (kind: string, name: string, spec: unknown) =>
  `apiVersion: waybill.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${JSON.stringify(spec)}\n`;
const AUTHORITY = await issue(undefined, { isCa: true, subject: 'CN=Skynet CA' });
const CANARY = 'secret-canary-5f0c';

/** Every kind, the later ones first, so that the order of application is the command's own. */
function writeFolder(folder: string): void {
  mkdirSync(join(folder, 'resources', 'contracts'), { recursive: true });
  const everything = [
    resource('Attachment', 'skynet-hook', { destination: 'hook', pipelines: ['skynet/*'] }),
    resource('Destination', 'hook', {
      integration: 'webhook',
      config: { url: 'https://hooks.example.com/waybill' },
      secrets: { signingSecret: { value: `whsec_${Buffer.from(CANARY.repeat(2)).toString('base64')}` } },
    }),
    resource('Pipeline', 'skynet/release', { contract: 'skynet' }),
    `${resource('Contract', 'other', { materials: [] })}`,
    resource('TrustedRoot', 'skynet-ca', { kind: 'x509', certificates: AUTHORITY.pem, projects: ['skynet'] }),
    resource('TrustedKey', 'skynet-release', { publicKey: makeKey().publicPem, projects: ['skynet'] }),
  ];
  writeFileSync(join(folder, 'resources', 'all.yaml'), everything.join('---\n'));
  writeFileSync(join(folder, 'resources', 'contracts', 'skynet.yml'), CONTRACT);
  writeFileSync(join(folder, 'resources', 'data.json'), '{"not": "a resource"}');
}

const OUTCOMES = (outcome: string, tested: object = {}) =>
  [
    ['TrustedKey', 'skynet-release'],
    ['TrustedRoot', 'skynet-ca'],
    ['Contract', 'other'],
    ['Contract', 'skynet'],
    ['Pipeline', 'skynet/release'],
    ['Destination', 'hook'],
    ['Attachment', 'skynet-hook'],
  ].map(([kind, name]) => ({ kind, name, outcome, ...(kind === 'Destination' && tested) }));

describe('apply', () => {
  it('applies a folder with every kind, dependencies first, and says what each did', async () => {
    const world = await startWorld();
    writeFolder(world.folder);
    const first = await world.run(['apply', '-f', 'resources', '--json']);
    expect(first.err).toBe('');
    expect(JSON.parse(first.out).items).toEqual(OUTCOMES('created', { test: null }));
    const second = await world.run(['apply', '-f', 'resources']);
    expect(second.out.split('\n').filter((line) => line.startsWith('unchanged'))).toHaveLength(7);

    writeFileSync(join(world.folder, 'resources', 'contracts', 'skynet.yml'), `${CONTRACT}# changed\n`);
    const third = await world.run(['apply', '-f', 'resources']);
    expect(third.out).toContain('updated    Contract skynet\n');
    expect(await world.db.contracts.get('skynet')).toMatchObject({ revision: 2, text: `${CONTRACT}# changed\n` });
  });

  it('never prints a secret of a destination, nor does any list of it', async () => {
    const world = await startWorld();
    writeFolder(world.folder);
    const said = [];
    for (const args of [
      ['apply', '-f', 'resources', '--json'],
      ['get', 'destinations', '--json'],
      ['get', 'destination', 'hook'],
      ['get', 'audit', '--all', '--json'],
      ['destinations', 'list'],
    ]) {
      const ran = await world.run(args);
      expect(ran).toMatchObject({ exit: 0, err: '' });
      said.push(ran.out);
    }
    expect(said.join('')).not.toContain(CANARY);
    expect(said.join('')).not.toContain(Buffer.from(CANARY.repeat(2)).toString('base64').slice(0, 12));
    expect(said.join('')).not.toContain(world.token);
  });

  it('tests a destination that it changed, shows what failed and how to mend it, and tells by its exit code', async () => {
    const world = await startWorld();
    await world.db.processes.heartbeat({ id: 'proc_1', kind: 'worker', at: new Date().toISOString() });
    writeFolder(world.folder);
    const first = await world.run(['apply', '-f', 'resources']);
    expect(first).toMatchObject({
      exit: 1,
      err: expect.stringContaining('Everything was applied, but the test of hook failed'),
    });
    expect(first.out).toMatch(
      /created {4}Destination hook\nfail {5}credentials: .*401\n *Renew the key.\ncreated {4}Attachment/,
    );
    expect((await world.run(['apply', '-f', 'resources'])).exit).toBe(0);
    expect((await world.db.audit.list({ action: 'destination.test' }, { limit: 5 })).items).toMatchObject([
      { target: 'hook' },
    ]);
  });

  it('tests nothing when it is told not to', async () => {
    const world = await startWorld();
    await world.db.processes.heartbeat({ id: 'proc_1', kind: 'worker', at: new Date().toISOString() });
    writeFolder(world.folder);
    const { exit, out } = await world.run(['apply', '-f', 'resources', '--no-test', '--json']);
    expect([exit, JSON.parse(out).items]).toEqual([0, OUTCOMES('created')]);
  });

  it('refuses unknown kinds and fields with file and line, and then applies nothing', async () => {
    const world = await startWorld();
    writeFileSync(join(world.folder, 'good.yaml'), CONTRACT);
    const bad = [
      '# a comment\napiVersion: waybill.dev/v1\nkind: Destination\nmetadata: { name: hook }\nspec:\n  integration: webhook\n  confg: {}\n',
      'apiVersion: waybill.dev/v1\nkind: Pipline\nmetadata: { name: a/b }\nspec: {}\n',
      'apiVersion: example.com/v1\nkind: Pipeline\n',
      'apiVersion: waybill.dev/v1\nkind: Contract\nmetadata: { name: c }\nspec:\n  materials:\n    - { type: SARIFF, name: scan }\n',
      'apiVersion: waybill.dev/v1\nkind: Pipeline\nmetadata: { name: no-slash }\nspec: { contract: c }\n',
    ];
    writeFileSync(join(world.folder, 'bad.yaml'), bad.join('---\n'));
    const ran = await world.run(['apply', '-f', 'good.yaml', 'bad.yaml']);
    expect(ran).toMatchObject({ exit: 1, out: '' });
    for (const line of [
      'bad.yaml:7: spec.confg: unknown field; did you mean config?',
      'bad.yaml:10: Expected a kind of',
      'bad.yaml:14: Expected apiVersion: waybill.dev/v1, found "example.com/v1".',
      'bad.yaml:22: spec.materials[0].type: ',
      'bad.yaml:26: metadata.name: expected project/pipeline',
    ]) {
      expect(ran.err).toContain(line);
    }
    expect(await world.db.contracts.get('good')).toBeUndefined();
  });

  it.each([
    ['not: [valid', 'x.yaml:1'],
    ['a: 1\na: 2\n', 'x.yaml:2'],
    ['apiVersion: waybill.dev/v1\nkind: Pipeline\nmetadata: &m { name: a/b }\nspec: *m\n', 'Aliases are not resolved'],
    ['just text', 'Expected apiVersion'],
    ['# nothing\n', 'There is no resource'],
    [
      resource('Pipeline', 'a/b', { contract: 'c' }).concat('---\n', resource('Pipeline', 'a/b', { contract: 'd' })),
      'stands at x.yaml:1 already',
    ],
    [resource('TrustedKey', 'k', { publicKey: 'no key' }), 'one PEM block'],
    [resource('TrustedRoot', 'r', { kind: 'x509', certificates: 'no PEM' }), 'x.yaml:4: `certificates` cannot be read'],
    [resource('TrustedRoot', 'r', { kind: 'sigstore', trustedRoot: {} }), 'it is no `trusted_root.json` of Sigstore'],
    [
      resource('TrustedRoot', 'github', { kind: 'x509', certificates: AUTHORITY.pem }),
      'a trusted root of that name is built in',
    ],
    [
      'apiVersion: waybill.dev/v1\nkind: TrustedRoot\nmetadata: { name: r }\nspec:\n  kind: sigstore\n  trustedRoot: {}\n  require: { logs: 0 }\n',
      'x.yaml:7: spec.require.logs: unknown field; did you mean log?',
    ],
  ])('refuses %j', async (text, expected) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'x.yaml'), text);
    const ran = await run(['apply', '--check', '-f', 'x.yaml'], { cwd: folder });
    expect(ran.exit).not.toBe(0);
    expect(ran.err).toContain(expected);
  });

  it('sends a contract as its own bytes: a whole file with its comments, or its document of several', async () => {
    const world = await startWorld();
    const whole = '# why\n---\nschemaVersion: v1\n# end\n';
    const inner = '# of two\napiVersion: waybill.dev/v1\nkind: Contract\nmetadata: { name: inner }\n';
    writeFileSync(join(world.folder, 'whole.yaml'), whole);
    writeFileSync(
      join(world.folder, 'two.yaml'),
      `# first\n${resource('Pipeline', 'a/b', { contract: 'inner' })}---\n${inner}`,
    );
    expect(await world.run(['apply', '-f', 'whole.yaml', 'two.yaml'])).toMatchObject({ exit: 0, err: '' });
    expect(await world.db.contracts.get('whole')).toMatchObject({ text: whole });
    expect(await world.db.contracts.get('inner')).toMatchObject({ text: inner });
  });

  it('takes a contract that says a thing once by an alias', async () => {
    const cwd = temporaryFolder();
    const material = (name: string, annotations: string) =>
      `  - { type: SARIF, name: ${name}, annotations: ${annotations} }\n`;
    const text = `schemaVersion: v1\nmaterials:\n${material('a', '&both [{ name: stage }]')}${material('b', '*both')}`;
    writeFileSync(join(cwd, 'skynet.yaml'), text);
    expect(await run(['apply', '-f', 'skynet.yaml', '--check'], { cwd })).toMatchObject({ exit: 0 });
  });

  it('takes a trusted_root.json as it is: JSON is YAML, and its text is text', async () => {
    const world = await startWorld();
    const { profile } = await makeFakeSigstore('own');
    const json = JSON.stringify(TrustedRoot.toJSON(profile.trustedRoot), null, 2);
    const indented = (text: string) => text.replaceAll('\n', '\n    ');
    const head = (name: string) =>
      `apiVersion: waybill.dev/v1\nkind: TrustedRoot\nmetadata: { name: ${name} }\nspec:\n`;
    writeFileSync(
      join(world.folder, 'roots.yaml'),
      `${head('as-yaml')}  kind: sigstore\n  issuers: [https://a.example]\n  trustedRoot:\n    ${indented(json)}\n---\n${head('as-text')}  kind: sigstore\n  issuers: [https://a.example]\n  trustedRoot: |\n    ${indented(json)}\n`,
    );
    expect(await world.run(['apply', '-f', 'roots.yaml'])).toMatchObject({ exit: 0, err: '' });
    expect((await world.run(['apply', '-f', 'roots.yaml'])).out.match(/^unchanged/gm)).toHaveLength(2);
    const shown = await world.run(['get', 'roots']);
    expect(shown.out).toMatch(/^sigstore-public-good +sigstore +yes +seed .* all +any /m);
    expect(shown.out).toMatch(/^as-text +sigstore +no +registered .* all +https:\/\/a.example /m);
    const one = await world.run(['get', 'root', 'as-yaml']);
    expect(one.out).toMatch(/^require.log +1$/m);
    expect(one.out).toMatch(/^signers +O=sigstore.mock,CN=sigstore /m);
    const asJson = JSON.parse((await world.run(['get', 'root', 'as-text', '--json'])).out);
    expect(JSON.parse(asJson.spec.trustedRoot)).toEqual(JSON.parse(json));
  });

  it("says which resource the server refused, with the server's reason", async () => {
    const world = await startWorld();
    writeFileSync(join(world.folder, 'p.yaml'), resource('Pipeline', 'a/b', { contract: 'missing' }));
    const ran = await world.run(['apply', '-f', 'p.yaml']);
    expect(ran.exit).toBe(1);
    expect(ran.err).toContain('contract.unknown: Pipeline a/b (p.yaml:1): ');
  });
});
