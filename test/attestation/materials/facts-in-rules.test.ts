import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { byproduct, failures, judge, provenance, SBOM } from '../contract/world.ts';
import { junit, sarif } from './samples.ts';

const document = readFileSync(new URL('../../../docs/materials.md', import.meta.url), 'utf8');
const examples = /```\n(materials[\s\S]*?)```/.exec(document)?.[1]?.trim().split('\n') ?? [];

const judged = (files: Record<string, [type: string, content: string]>) =>
  judge({
    contract: [
      'schemaVersion: v1',
      'materials:',
      ...Object.entries(files).map(([name, [type]]) => `  - { type: ${type}, name: ${name} }`),
      'rules:',
      ...examples.map((expr, i) => `  - { name: example-${i}, expr: ${JSON.stringify(expr)} }`),
      '',
    ].join('\n'),
    statements: [provenance(Object.entries(files).map(([name, [, content]]) => byproduct(name, content)))],
    sent: Object.fromEntries(Object.entries(files).map(([name, [, content]]) => [name, content])),
  });

describe('the rules about facts that docs/materials.md shows', () => {
  const licensed = SBOM.replace('"type":"library"', '"type":"library","licenses":[{"license":{"id":"MIT"}}]');
  const clean = JSON.stringify({ ...sarif, runs: sarif.runs.map((run) => ({ ...run, results: [] })) });

  it('hold for materials that are as they should be', () => {
    expect(examples).toHaveLength(3);
    const decision = judged({
      'skynet-sbom': ['SBOM_CYCLONEDX_JSON', licensed],
      scan: ['SARIF', clean],
      tests: ['JUNIT_XML', '<testsuite><testcase name="a"/></testsuite>'],
    });
    expect(decision.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  it('fail for those that are not', () => {
    const decision = judged({
      'skynet-sbom': ['SBOM_CYCLONEDX_JSON', SBOM],
      scan: ['SARIF', JSON.stringify(sarif)],
      tests: ['JUNIT_XML', junit],
    });
    expect(failures(decision)).toHaveLength(3);
  });
});
