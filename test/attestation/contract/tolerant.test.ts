import { describe, expect, it } from 'vitest';
import { byproduct, codes, failures, judge, provenance, SBOM } from './world.ts';

const contract = (validation: string) =>
  `schemaVersion: v1\nmaterials:\n  - { type: SBOM_CYCLONEDX_JSON, name: sbom${validation} }\n`;
const judged = (sbom: string, validation = '') =>
  judge({
    contract: contract(validation),
    statements: [provenance([byproduct('sbom', sbom)])],
    sent: { sbom },
  });
const broken = SBOM.replace('"library"', '"libary"');

describe('content that breaks the rules of its type', () => {
  it('rejects, where the contract says nothing or strict', () => {
    for (const validation of ['', ', validation: strict']) {
      const decision = judged(broken, validation);
      expect(failures(decision)).toEqual(['material.invalid']);
      expect(decision.materials[0]).toMatchObject({ type: 'ARTIFACT', validation: null, facts: {} });
    }
  });

  it('warns where the contract is tolerant, keeps its type and its facts, and is marked', () => {
    const decision = judged(broken, ', validation: tolerant');
    expect(decision.verdict).toBe('accepted');
    expect(decision.checks.find(({ code }) => code === 'material.invalid')).toMatchObject({
      outcome: 'warned',
      subject: 'sbom',
      contractLine: 3,
      found: expect.stringContaining('at /components/0/type'),
    });
    expect(codes(decision)).not.toContain('material.present');
    expect(decision.materials[0]).toMatchObject({
      type: 'SBOM_CYCLONEDX_JSON',
      validation: { outcome: 'invalid', checked: 'schema', format: 'CycloneDX 1.5' },
      facts: { components: 1, mainComponent: { name: 'skynet' } },
    });
  });

  it('that is something else altogether rejects all the same', () => {
    expect(failures(judged('no SBOM at all', ', validation: tolerant'))).toEqual(['material.invalid']);
    expect(failures(judged('{"bomFormat":"SPDX"}', ', validation: tolerant'))).toEqual(['material.invalid']);
  });
});

describe('content that nobody can look at', () => {
  const deep = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":${'['.repeat(300)}${']'.repeat(300)}}`;

  it('rejects as not validated', () => {
    expect(failures(judged(deep))).toEqual(['material.not-validated']);
  });

  it('warns where the contract is tolerant, and is marked', () => {
    const decision = judged(deep, ', validation: tolerant');
    expect(decision.verdict).toBe('accepted');
    expect(decision.materials[0]).toMatchObject({
      type: 'SBOM_CYCLONEDX_JSON',
      validation: { outcome: 'not-validated', checked: 'bytes' },
      facts: {},
    });
  });
});

describe('content that is valid', () => {
  it('is said to be so by what it was held against, and no more', () => {
    const said = (type: string, bytes: string) => {
      const decision = judge({
        contract: `schemaVersion: v1\nmaterials:\n  - { type: ${type}, name: it }\n`,
        statements: [provenance([byproduct('it', bytes)])],
        sent: { it: bytes },
      });
      return decision.checks.find(({ code }) => code === 'material.present')?.message;
    };
    expect(said('SBOM_CYCLONEDX_JSON', SBOM)).toMatch(/content valid by the schema of CycloneDX 1\.5\.$/);
    expect(said('JUNIT_XML', '<testsuite name="a"/>')).toMatch(/content valid by the structure of JUnit\.$/);
    expect(said('CHECKMARX_JSON', '{"scanID":1,"results":[]}')).toMatch(/content valid by a few fields\.$/);
    expect(said('ARTIFACT', 'anything')).toMatch(/bytes there, not looked into\.$/);
  });
});
