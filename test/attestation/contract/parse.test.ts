import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseContract } from '../../../attestation/contract/parse.ts';
import { contractErrors, contractOf } from './world.ts';

const folder = '../shared/fixtures/contracts';
const haveFixtures = existsSync(folder);
if (!haveFixtures) console.warn(`SKIPPED: published contracts are not at ${folder}.`);
const read = (file: string) => readFileSync(`${folder}/${file}`, 'utf8');

const FOUNDING = `schemaVersion: v1
materials:
  - type: SBOM_CYCLONEDX_JSON
    name: skynet-sbom
runner:
  type: GITHUB_ACTION
`;

describe('a contract', () => {
  it('of the founding example is read, with lines', () => {
    expect(contractOf(FOUNDING)).toMatchObject({
      name: 'test',
      form: 'v1',
      materials: [
        {
          type: 'SBOM_CYCLONEDX_JSON',
          name: 'skynet-sbom',
          optional: false,
          output: false,
          skipUpload: false,
          line: 3,
        },
      ],
      runner: { type: 'GITHUB_ACTION', proof: 'self-declared', line: 5 },
      signers: [],
      verification: { require: 'verified', threshold: 1 },
    });
  });

  it('means the same in each of its three forms', () => {
    const terms = 'materials: [{ type: SARIF, name: scan, optional: true }]';
    const head = (version: string) =>
      `apiVersion: ${version}\nkind: Contract\nmetadata: { name: test }\nspec:\n  ${terms}\n`;
    const { form: _, ...v1 } = contractOf(`schemaVersion: v1\n${terms}\n`);
    for (const version of ['chainloop.dev/v1', 'waybill.dev/v1']) {
      const { form: __, ...other } = contractOf(head(version));
      expect(other.materials[0]).toMatchObject({ type: 'SARIF', name: 'scan', optional: true });
      expect({ ...other, materials: [] }).toEqual({ ...v1, materials: [] });
    }
  });

  it('takes our terms beside Chainloop’s', () => {
    const contract = contractOf(`schemaVersion: v1
owner: { team: skynet, contact: a@example.com }
runner: { type: GITHUB_ACTION, proof: certificate }
signers:
  - { key: skynet-release }
  - { issuer: https://token.actions.githubusercontent.com, repositoryId: "123", refs: [refs/heads/main] }
verification: { require: verified, threshold: 2, maxAge: 24h }
expect: { every: 7d }
`);
    expect(contract).toMatchObject({
      owner: { team: 'skynet' },
      runner: { proof: 'certificate' },
      signers: [
        { kind: 'key', key: 'skynet-release', line: 5 },
        { kind: 'certificate', repositoryId: '123', refs: ['refs/heads/main'], line: 6 },
      ],
      verification: { threshold: 2, maxAgeMs: 86_400_000 },
      expect: { everyMs: 7 * 86_400_000 },
    });
  });

  it('is read from JSON, with tabs, and with protobuf’s other spelling of names', () => {
    const contract = contractOf(
      '{\n\t"schemaVersion": "v1",\n\t"materials": [\n\t\t{"type": "STRING", "name": "a", "skip_upload": true}\n\t]\n}',
    );
    expect(contract.materials).toMatchObject([{ skipUpload: true, line: 4 }]);
  });

  it('of the example folder is the founding one with an owner', () => {
    const { name, owner, materials, runner } = contractOf(readFileSync('examples/contracts/skynet.yaml', 'utf8'));
    expect({ name, owner: owner?.team, material: materials[0]?.name, runner: runner?.type }).toEqual({
      name: 'test',
      owner: 'skynet',
      material: 'skynet-sbom',
      runner: 'GITHUB_ACTION',
    });
  });

  it('may say once what it asks for twice', () => {
    const { materials } = contractOf(`schemaVersion: v1
materials:
  - { type: SARIF, name: a, annotations: &both [{ name: stage }, { name: suite, value: x }] }
  - { type: SARIF, name: b, annotations: *both }
`);
    expect(materials[1]?.annotations.map(({ name }) => name)).toEqual(['stage', 'suite']);
  });

  it('keeps the free text of metadata annotations as it is', () => {
    const text =
      'apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: { name: a, annotations: { owner-team: payments } }\n';
    expect(contractOf(text).metadataAnnotations).toEqual({ 'owner-team': 'payments' });
  });

  it.skipIf(!haveFixtures)('of Chainloop’s documentation is accepted', () => {
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) expect(parseContract(read(file), 'test'), file).toMatchObject({ ok: true });
  });

  it.skipIf(!haveFixtures)('with groups, annotations, policies and variables keeps all of them', () => {
    expect(contractOf(read('material-groups-contract.yaml')).materials.map(({ name, group }) => [name, group])).toEqual(
      [
        ['container', undefined],
        ['sbom-cyclonedx', 'sbom'],
        ['sbom-spdx', 'sbom'],
      ],
    );
    const skynet = contractOf(read('skynet-contract.yaml'));
    expect(skynet.materials[0]).toMatchObject({
      name: 'skynet-control-plane',
      output: true,
      annotations: [{ name: 'component', value: 'control-plane' }, { name: 'asset' }],
    });
    expect(skynet.annotations).toMatchObject([{ name: 'version', value: 'oss' }]);
    expect(skynet.envAllowList).toMatchObject([{ name: 'CUSTOM_VAR' }]);
    expect(skynet.policies.materials).toMatchObject([{ ref: 'file://cyclonedx-licenses.yaml' }]);
    expect(contractOf(read('sbom-sbom-quality.yaml')).policyGroups).toMatchObject([{ ref: 'sbom-quality' }]);
  });
});

describe('a broken contract is refused', () => {
  const inV1 = (text: string) => `schemaVersion: v1\n${text}\n`;
  const cases: [what: string, text: string, error: Record<string, unknown>][] = [
    [
      'for an unknown field',
      FOUNDING.replace('name: skynet', 'optionl: true\n    name: skynet'),
      { code: 'contract.unknown-field', line: 4, path: 'materials[0].optionl', nearest: 'optional' },
    ],
    ['for an unknown field at the top', inV1('material: []'), { line: 2, path: 'material', nearest: 'materials' }],
    [
      'for a term outside spec',
      'apiVersion: waybill.dev/v1\nkind: Contract\nmetadata: { name: a }\nowner: { team: x }',
      { line: 4, nearest: 'spec.owner' },
    ],
    [
      'for an unknown material type',
      inV1('materials:\n  - { type: SBOM_CYCLONDX_JSON, name: a }'),
      { code: 'contract.invalid-value', line: 3, nearest: 'SBOM_CYCLONEDX_JSON' },
    ],
    ['for an unknown runner', inV1('runner: { type: GITHUB_ACTIONS }'), { line: 2, nearest: 'GITHUB_ACTION' }],
    [
      'for a missing name',
      inV1('materials:\n  - type: STRING'),
      { code: 'contract.missing-field', line: 3, path: 'materials[0].name' },
    ],
    [
      'for a repeated material',
      inV1('materials:\n  - { type: STRING, name: a }\n  - { type: SARIF, name: a }'),
      { code: 'contract.repeated-name', line: 4 },
    ],
    [
      'for a name that no URL can carry',
      inV1('materials: [{ type: STRING, name: My_Sbom }]'),
      { line: 2, path: 'materials[0].name' },
    ],
    [
      'for a rule with an unknown variable',
      inV1('rules:\n  - { name: x, expr: "statment.subject.size() > 0" }'),
      { code: 'contract.invalid-rule', line: 3, column: 23, path: 'rules[0].expr', nearest: 'statement' },
    ],
    [
      'for a runner that nothing can prove',
      inV1('runner: { type: JENKINS_JOB, proof: certificate }'),
      { code: 'contract.unsatisfiable', line: 2 },
    ],
    [
      'for a signer that anybody could be',
      inV1('signers:\n  - { issuer: https://accounts.google.com }'),
      { line: 3, path: 'signers[0]' },
    ],
    ['for a key beside a certificate', inV1('signers: [{ key: a, issuer: b }]'), { line: 2, path: 'signers[0]' }],
    [
      'for an id that YAML reads as a number',
      inV1('signers: [{ issuer: a, repositoryId: 123 }]'),
      { message: 'Expected string, found 123. Write it in quotes.' },
    ],
    [
      'for a repository that is no URL',
      inV1('signers: [{ issuer: a, repository: acme/app }]'),
      { path: 'signers[0].repository' },
    ],
    [
      'for a workflow with its ref',
      inV1('signers: [{ issuer: a, signerWorkflow: "acme/ci/.github/workflows/x.yml@main" }]'),
      { path: 'signers[0].signerWorkflow' },
    ],
    ['for a duration that is none', inV1('verification: { maxAge: 1 day }'), { path: 'verification.maxAge' }],
    [
      'for a policy with neither ref nor body',
      inV1('policies: { attestation: [{ gate: true }] }'),
      { path: 'policies.attestation[0]' },
    ],
    ['for a repeated key', inV1('schemaVersion: v1'), { code: 'contract.syntax', line: 2 }],
    ['for a field in two spellings', inV1('envAllowList: [A]\nenv_allow_list: [B]'), { code: 'contract.syntax' }],
    [
      'for a repeated key in free text',
      inV1('policyGroups: [{ ref: a, with: { b: c, b: d } }]'),
      { code: 'contract.syntax', line: 2 },
    ],
    [
      'for very many unknown fields',
      inV1(Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n')),
      { code: 'contract.unknown-field', line: 2 },
    ],
    ['for an alias of nothing', 'schemaVersion: v1\nowner: { team: *v }', { code: 'contract.syntax', line: 2 }],
    [
      'for an alias inside another',
      'schemaVersion: v1\npolicyGroups:\n  - { ref: a, with: &x { b: &y c, d: *y } }\n  - { ref: b, with: *x }',
      { code: 'contract.syntax', line: 4, column: 21 },
    ],
    ['for an alias of itself', 'schemaVersion: v1\nmaterials: &m [*m]', { code: 'contract.syntax', line: 2 }],
    [
      'for very many aliases',
      `schemaVersion: v1\nenvAllowList: [&a A, ${Array(51).fill('*a').join(', ')}]`,
      { code: 'contract.syntax', line: 2, message: 'Expected at most 50 aliases, found 51.' },
    ],
    [
      'for aliases that repeat very much',
      `schemaVersion: v1\npolicyGroups:\n  - { ref: a, with: &x { b: ${'c'.repeat(10_000)} } }\n  - { ref: a, with: *x }\n  - { ref: a, with: *x }`,
      { code: 'contract.syntax', line: 5 },
    ],
    [
      'for what an alias repeats, where it was written',
      'schemaVersion: v1\nmaterials:\n  - { type: SARIF, name: a, annotations: &x [{ nme: b }] }\n  - { type: SARIF, name: b, annotations: *x }',
      { code: 'contract.unknown-field', line: 3, nearest: 'name' },
    ],
    [
      'for a merged mapping',
      inV1('owner: { team: b, <<: { contact: a } }'),
      { code: 'contract.unknown-field', line: 2 },
    ],
    ['for __proto__', inV1('__proto__: { a: b }'), { code: 'contract.syntax', line: 2 }],
    ['for a tag', inV1('owner: !!js/function x'), { code: 'contract.syntax', line: 2 }],
    ['for several documents', 'schemaVersion: v1\n---\nschemaVersion: v1', { code: 'contract.syntax', line: 2 }],
    ['for an unknown version', 'schemaVersion: v2', { code: 'contract.version', line: 1 }],
    ['for no version', 'materials: []', { code: 'contract.version' }],
    ['for being a list', '- 1', { code: 'contract.syntax' }],
    ['for being empty', '', { code: 'contract.syntax' }],
    ['for bottomless nesting', '['.repeat(100_000), { code: 'contract.syntax' }],
    ['for its size', `schemaVersion: v1 # ${'x'.repeat(256 * 1024)}`, { code: 'contract.too-large' }],
  ];
  it.each(cases)('%s', (_, text, error) => {
    expect(contractErrors(text)[0]).toMatchObject(error);
  });

  it('with all its errors at once, in the order of their lines', () => {
    const errors = contractErrors(
      'schemaVersion: v1\nowner: { tem: x }\nmaterials:\n  - { type: SARF, name: a }\nrunnr: {}\n',
    );
    expect(errors.map(({ line, nearest }) => [line, nearest])).toEqual([
      [2, 'team'],
      [4, 'SARIF'],
      [5, 'runner'],
    ]);
  });
});
