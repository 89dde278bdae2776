import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contractErrors } from './world.ts';

const folder = '../shared/fixtures/contracts';
const haveFixtures = existsSync(folder);
if (!haveFixtures) console.warn(`SKIPPED: published contracts are not at ${folder}.`);

/** A published contract with one edit, and where and how it must be refused. */
type Variant = [file: string, from: string | RegExp, to: string, line: number, error: Record<string, unknown>];

const skynet = 'skynet-contract.yaml';
const groups = 'material-groups-contract.yaml';
const json = 'skynet-contract.json';
const variants: Variant[] = [
  [skynet, 'dev/v1', 'dev/v2', 1, { code: 'contract.version', column: 1, path: 'apiVersion' }],
  [skynet, 'kind: Contract', 'kind: Contrat', 2, { path: 'kind', nearest: 'Contract' }],
  [skynet, 'name: contract', 'name: My_Contract', 4, { path: 'metadata.name', column: 3 }],
  [skynet, 'metadata:', 'metadat:', 3, { code: 'contract.unknown-field', nearest: 'metadata' }],
  [skynet, 'name: version', 'name: the version', 9, { path: 'spec.annotations[0].name', column: 7 }],
  [skynet, 'output: true', 'outputs: true', 19, { path: 'spec.materials[0].outputs', nearest: 'output' }],
  [skynet, 'output: true', 'output: yes', 19, { message: 'Expected boolean, found "yes".' }],
  [skynet, 'value: control-plane', 'values: x', 23, { path: 'spec.materials[0].annotations[0].values', column: 11 }],
  [skynet, 'type: OPENVEX', 'type: OPEN_VEX', 36, { path: 'spec.materials[3].type', nearest: 'OPENVEX' }],
  [
    skynet,
    'name: static-out',
    'name: disclosure',
    40,
    { code: 'contract.repeated-name', path: 'spec.materials[4].name' },
  ],
  [skynet, '- ref: file', '- reff: file', 48, { path: 'spec.policies.materials[0].reff', nearest: 'ref' }],
  [skynet, '  envAllowList:', '  envAllowlist:', 54, { path: 'spec.envAllowlist', nearest: 'envAllowList' }],
  [skynet, '- CUSTOM_VAR', '- [CUSTOM_VAR]', 55, { path: 'spec.envAllowList[0]' }],
  [skynet, '"GITHUB_ACTION"', '"GITHUB"', 60, { path: 'spec.runner.type', nearest: 'GITHUB_ACTION' }],
  [skynet, '  runner:', '  runner:\n    prof: token', 60, { path: 'spec.runner.prof', nearest: 'proof' }],
  [skynet, 'spec:', 'spec:\n  kind: Contract', 7, { path: 'spec.kind', code: 'contract.unknown-field' }],
  [skynet, /$/, '\n  runner: {}', 61, { code: 'contract.syntax', message: /found "runner" again/ }],
  [skynet, 'type: "GITHUB_ACTION"', 'type: "GITHUB_ACTION', 60, { code: 'contract.syntax' }],
  [groups, '      group: sbom', '      groups: sbom', 24, { path: 'spec.materials[1].groups', nearest: 'group' }],
  [groups, 'type: SBOM_SPDX_JSON', 'type: *spdx', 26, { code: 'contract.syntax' }],
  [
    groups,
    '    - name: container\n',
    '    -\n',
    20,
    { code: 'contract.missing-field', path: 'spec.materials[0].name' },
  ],
  ['sbom-sbom-quality.yaml', '- ref: sbom-quality', '- skip: [a]', 15, { path: 'spec.policyGroups[0].ref' }],
  ['sbom-sbom-quality.yaml', 'policyGroups', 'policyGroup', 14, { nearest: 'policyGroups' }],
  ['empty-github.yaml', '"GITHUB_ACTION"', '"JENKINS_JOB"\n    proof: token', 11, { code: 'contract.unsatisfiable' }],
  ['sbom-spdx.yaml', /$/, '\n  signers: [{ issuer: https://a.example }]', 12, { path: 'spec.signers[0]' }],
  [
    'sbom-spdx.yaml',
    /$/,
    '\n  rules: [{ name: a, expr: "materials.al(m, true)" }]',
    12,
    { nearest: 'all', column: 38 },
  ],
  [
    'sbom-spdx.yaml',
    /$/,
    '\n  exceptions: [{ material: skynet, until: 2027-01-31, reason: a, approvedBy: b }]',
    12,
    { nearest: 'skynet-sbom' },
  ],
  ['sbom-spdx.yaml', /$/, '\n      enforceFrom: soon', 12, { path: 'spec.materials[0].enforceFrom', column: 7 }],
  [json, '"name": "rootfs"', '"nme": "rootfs"', 27, { path: 'spec.materials[1].nme', nearest: 'name' }],
  [json, '"optional": true', '"optional": "true"', 28, { path: 'spec.materials[2].optional', column: 51 }],
  [json, '"SARIF"', '"SARIFF"', 32, { path: 'spec.materials[6].type', nearest: 'SARIF' }],
  [json, '["CUSTOM_VAR"]', '"CUSTOM_VAR"', 34, { path: 'spec.envAllowList', message: /^Expected array/ }],
];

describe.skipIf(!haveFixtures)('a published contract with one mistake in it', () => {
  it.each(variants)('%s, %s → %s, is refused on line %i', (file, from, to, line, { message, ...error }) => {
    const text = readFileSync(`${folder}/${file}`, 'utf8').trimEnd();
    expect(contractErrors(text)).toEqual([]);
    const broken = text.replace(from, to);
    expect(broken).not.toBe(text);
    const [first] = contractErrors(broken);
    expect(first).toMatchObject({ ...error, line });
    if (message !== undefined) expect(first?.message).toMatch(message as string | RegExp);
  });
});
