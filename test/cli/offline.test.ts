import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sha256Of, sha512Of } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';
import { run, temporaryFolder } from './world.ts';

const FIXTURES = resolve(import.meta.dirname, '../../../shared/fixtures');
const describeFixtures = existsSync(FIXTURES) ? describe : describe.skip;
if (!existsSync(FIXTURES)) console.warn(`skipped: no fixtures in ${FIXTURES}`);

const SBOM = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components: [] });

async function keyed(algorithm = 'ed25519') {
  const cwd = temporaryFolder();
  const made = await run(['keys', 'generate', '-o', 'release', '--algorithm', algorithm, '--project', 'skynet'], {
    cwd,
  });
  writeFileSync(join(cwd, 'app.bin'), 'app');
  writeFileSync(join(cwd, 'sbom.json'), SBOM);
  return { cwd, made };
}
const ATTEST = [
  'attest',
  '--key',
  'release.pem',
  '--subject',
  'app.bin',
  '--material',
  'skynet-sbom=sbom.json:SBOM_CYCLONEDX_JSON',
  '--build-type',
  'https://example.com/build',
  '--builder-id',
  'https://example.com/builder',
];

describe('keys generate', () => {
  it.each(['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'rsa-pss'])(
    'makes an %s pair, the private half for its owner only, and the resource',
    async (algorithm) => {
      const { cwd, made } = await keyed(algorithm);
      expect(made.exit).toBe(0);
      expect(statSync(join(cwd, 'release.pem')).mode & 0o777).toBe(0o600);
      const resource = parse(made.out);
      expect(resource).toMatchObject({
        kind: 'TrustedKey',
        metadata: { name: 'release' },
        spec: { projects: ['skynet'], publicKey: readFileSync(join(cwd, 'release.pub.pem'), 'utf8') },
      });
      const secret = readFileSync(join(cwd, 'release.pem'), 'utf8').split('\n')[1] ?? '';
      expect(made.out + made.err).not.toContain(secret);
      writeFileSync(join(cwd, 'key.yaml'), made.out);
      expect(await run(['apply', '--check', '-f', 'key.yaml'], { cwd })).toMatchObject({ exit: 0 });
    },
  );

  it('never writes over a key', async () => {
    const { cwd } = await keyed();
    const before = readFileSync(join(cwd, 'release.pem'), 'utf8');
    expect(await run(['keys', 'generate', '-o', 'release'], { cwd })).toMatchObject({ exit: 2 });
    expect(readFileSync(join(cwd, 'release.pem'), 'utf8')).toBe(before);
  });
});

describe('attest and verify', () => {
  it('makes provenance whose byproduct has name, media type and both digests', async () => {
    const { cwd } = await keyed();
    expect(await run([...ATTEST, '--parameter', 'ref=main', '-o', 'att.json'], { cwd })).toMatchObject({
      exit: 0,
      out: '',
      err: '',
    });
    const only = await run(['verify', 'att.json', '--key', 'release.pub.pem', '--statement-only'], { cwd });
    expect(JSON.parse(only.out)).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'app.bin', digest: { sha256: sha256Of('app'), sha512: sha512Of('app') } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: { buildType: 'https://example.com/build', externalParameters: { ref: 'main' } },
        runDetails: {
          builder: { id: 'https://example.com/builder' },
          byproducts: [
            {
              name: 'skynet-sbom',
              mediaType: 'application/vnd.cyclonedx+json',
              digest: { sha256: sha256Of(SBOM), sha512: sha512Of(SBOM) },
            },
          ],
        },
      },
    });
  });

  it.each(['ecdsa-p256', 'ecdsa-p384'])('signs with %s so that it verifies', async (algorithm) => {
    const { cwd } = await keyed(algorithm);
    writeFileSync(join(cwd, 'att.json'), (await run(ATTEST, { cwd })).out);
    const ran = await run(['verify', 'att.json', '--key', 'release.pub.pem'], { cwd });
    expect(ran).toMatchObject({ exit: 0, err: '' });
    expect(ran.out).toContain('verified  att.json');
  });

  it('RSA must say how it signs', async () => {
    const { cwd } = await keyed('rsa-pss');
    expect((await run(ATTEST, { cwd })).exit).toBe(2);
    const att = await run([...ATTEST, '--algorithm', 'rsa-pss-sha256'], { cwd });
    writeFileSync(join(cwd, 'att.json'), att.out);
    expect(
      (
        await run(['verify', 'att.json', '--key', 'release.pub.pem', '--algorithm', 'rsa-pss-sha256', '--json'], {
          cwd,
        })
      ).exit,
    ).toBe(0);
  });

  it('a changed payload, another key and no envelope at all end with 1 and print no statement', async () => {
    const { cwd } = await keyed();
    const envelope = JSON.parse((await run(ATTEST, { cwd })).out);
    const changed = Buffer.from(envelope.payload, 'base64').toString().replace('app.bin', 'ape.bin');
    writeFileSync(
      join(cwd, 'changed.json'),
      JSON.stringify({ ...envelope, payload: Buffer.from(changed).toString('base64') }),
    );
    writeFileSync(join(cwd, 'att.json'), JSON.stringify(envelope));
    writeFileSync(join(cwd, 'other.pub.pem'), makeKey().publicPem);
    writeFileSync(join(cwd, 'text.json'), '{}');
    for (const [file, key] of [
      ['changed.json', 'release.pub.pem'],
      ['att.json', 'other.pub.pem'],
      ['text.json', 'release.pub.pem'],
    ] as const) {
      const ran = await run(['verify', file, '--key', key, '--statement-only'], { cwd });
      expect(ran).toMatchObject({ exit: 1, out: '' });
    }
  });

  it('a key file that is none is misuse, and is not repeated', async () => {
    const { cwd } = await keyed();
    writeFileSync(join(cwd, 'release.pem'), 'canary, not a key');
    const ran = await run(ATTEST, { cwd });
    expect(ran.exit).toBe(2);
    expect(ran.err).not.toContain('canary');
  });
});

describe('checks of files', () => {
  it('material check: what its type promises', async () => {
    const { cwd } = await keyed();
    expect(await run(['material', 'check', '--type', 'SBOM_CYCLONEDX_JSON', 'sbom.json'], { cwd })).toMatchObject({
      exit: 0,
      err: '',
    });
    const wrong = await run(['material', 'check', '--type', 'SARIF', 'sbom.json', '--json'], { cwd });
    expect(wrong.exit).toBe(1);
    expect(JSON.parse(wrong.out)).toMatchObject({ outcome: 'unreadable', type: 'SARIF' });
  });

  it('contract check: a typo with its place and the name that was meant', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'c.yaml'), 'schemaVersion: v1\nrunnr: { type: GITHUB_ACTION }\n');
    const ran = await run(['contract', 'check', 'c.yaml'], { cwd });
    expect(ran).toMatchObject({ exit: 1, out: 'c.yaml:2:1: runnr: Unknown field "runnr": did you mean "runner"?\n' });
    const json = await run(['contract', 'check', 'c.yaml', '--json'], { cwd });
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      ok: false,
      errors: [{ code: 'contract.unknown-field', line: 2, column: 1, path: 'runnr', nearest: 'runner' }],
    });
  });

  it('contract check: a rule is wrong at its very character, and a file that is not there is no refusal', async () => {
    const cwd = temporaryFolder();
    const rule =
      'schemaVersion: v1\nrules:\n  - name: pinned\n    expr: >-\n      true &&\n      statment.subject != []\n';
    writeFileSync(join(cwd, 'c.yaml'), rule);
    expect(await run(['contract', 'check', 'c.yaml'], { cwd })).toMatchObject({
      exit: 1,
      out: 'c.yaml:6:7: rules[0].expr: Rule "pinned": unknown variable "statment": did you mean "statement"?\n',
    });
    expect(await run(['contract', 'check', 'absent.yaml'], { cwd })).toMatchObject({ exit: 2 });
  });

  it('contract check: shows rules, and exceptions that are over', async () => {
    const cwd = temporaryFolder();
    writeFileSync(
      join(cwd, 'c.yaml'),
      `schemaVersion: v1
rules: [{ name: pinned, expr: "statement.subject.size() > 0", mode: warn, enforceFrom: 2999-01-01 }]
exceptions: [{ rule: pinned, until: 2020-01-01, reason: moving house, approvedBy: alice }]
`,
    );
    const { exit, out } = await run(['contract', 'check', 'c.yaml'], { cwd });
    expect(exit).toBe(0);
    expect(out).toMatch(/pinned +warn +2999-01-01 +2 +statement\.subject\.size\(\) > 0/);
    expect(out).toMatch(/pinned +2020-01-01 \(over\) +alice +3 +moving house/);
  });
});

describeFixtures('with what others made', () => {
  const fixture = (path: string) => join(FIXTURES, path);
  it.each(['cosign-3.1.3-key-slsa1', 'cosign-3.1.3-key-cyclonedx'])('verifies %s with its key', async (name) => {
    const ran = await run([
      'verify',
      fixture(`attestations/${name}.sigstore.json`),
      '--key',
      fixture('attestations/cosign-3.1.3.pub'),
    ]);
    expect(ran).toMatchObject({ exit: 0, err: '' });
  });

  it('a certificate counts only for exactly who was expected', async () => {
    const file = fixture('attestations/slsa-gha_go-v2.1.0-push-v14.2.sigstore.json');
    const issuer = ['--issuer', 'https://token.actions.githubusercontent.com'];
    const san =
      'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml@refs/tags/v2.1.0';
    expect((await run(['verify', file, ...issuer, '--san', san])).exit).toBe(0);
    expect((await run(['verify', file, ...issuer, '--san', san.slice(0, -1)])).exit).toBe(1);
    expect((await run(['verify', file, '--key', fixture('attestations/cosign-3.1.3.pub')])).exit).toBe(1);
  });

  it('a certificate without a proven time is refused, in words', async () => {
    const bundle = JSON.parse(
      readFileSync(fixture('attestations/slsa-gha_go-v2.1.0-push-v14.2.sigstore.json'), 'utf8'),
    );
    const cwd = temporaryFolder();
    const verificationMaterial = { ...bundle.verificationMaterial, tlogEntries: [] };
    writeFileSync(join(cwd, 'unlogged.json'), JSON.stringify({ ...bundle, verificationMaterial }));
    const issuer = ['--issuer', 'https://token.actions.githubusercontent.com'];
    const san =
      'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml@refs/tags/v2.1.0';
    const ran = await run(['verify', 'unlogged.json', ...issuer, '--san', san], { cwd });
    expect(ran).toMatchObject({ exit: 1, err: expect.stringContaining('time.unproven') });
  });

  it.each(['skynet-contract.yaml', 'skynet-contract.json', 'material-groups-contract.yaml'])(
    'reads the contract %s',
    async (name) => {
      expect(await run(['contract', 'check', fixture(`contracts/${name}`)])).toMatchObject({ exit: 0, err: '' });
    },
  );
});
