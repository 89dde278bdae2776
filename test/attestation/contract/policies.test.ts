import { describe, expect, it } from 'vitest';
import { isOf, parseReference } from '../../../attestation/contract/evaluations.ts';
import { chainloop, chainloopMaterial, codes, judge, provenance } from './world.ts';

const ATTESTATION = 'CHAINLOOP.ATTESTATION';
const contract = (policies: string) => `schemaVersion: v1\n${policies}\n`;
const result = (fields: Record<string, unknown> = {}) => ({
  name: 'signed-commit',
  type: 'ATTESTATION',
  violations: [],
  skipped: false,
  ...fields,
});
const claims = (fields: Record<string, unknown>) => [chainloop(fields)];
const policyCodes = (text: string, statements: Record<string, unknown>[]) =>
  codes(judge({ contract: contract(text), statements })).filter((code) => code.includes('policy.'));

const ON_ATTESTATION = 'policies: { attestation: [{ ref: signed-commit }] }';
const GATED = 'policies: { attestation: [{ ref: signed-commit, gate: true }] }';
const VIOLATED = { violations: [{ subject: 'a', message: 'b' }] };

describe('policies are held against what the predicate claims', () => {
  it.each<[string, string, Record<string, unknown>[], string]>([
    ['without a Chainloop predicate', ON_ATTESTATION, [provenance()], 'failed policy.unclaimed'],
    ['without a result', ON_ATTESTATION, claims({}), 'failed policy.unclaimed'],
    [
      'with the result of another policy',
      ON_ATTESTATION,
      claims({ policyEvaluations: { [ATTESTATION]: [result({ name: 'other' })] } }),
      'failed policy.unclaimed',
    ],
    [
      'with a clean result',
      ON_ATTESTATION,
      claims({ policyEvaluations: { [ATTESTATION]: [result()] } }),
      'claimed policy.claimed',
    ],
    [
      'with a clean result in the older spelling',
      ON_ATTESTATION,
      claims({
        policy_evaluations: { [ATTESTATION]: [result({ name: 'x', policy_reference: { name: 'signed-commit' } })] },
      }),
      'claimed policy.claimed',
    ],
    [
      'with a violation',
      ON_ATTESTATION,
      claims({ policyEvaluations: { [ATTESTATION]: [result(VIOLATED)] } }),
      'warned policy.violated',
    ],
    [
      'with a gated violation',
      GATED,
      claims({ policyEvaluations: { [ATTESTATION]: [result(VIOLATED)] } }),
      'failed policy.violated',
    ],
    [
      'with a violation that the sender gates',
      ON_ATTESTATION,
      claims({ policyEvaluations: { [ATTESTATION]: [result({ ...VIOLATED, gate: true })] } }),
      'failed policy.violated',
    ],
    [
      'with a violation where the sender’s organisation enforces',
      ON_ATTESTATION,
      claims({ policyCheckBlockingStrategy: 'ENFORCED', policyEvaluations: { [ATTESTATION]: [result(VIOLATED)] } }),
      'failed policy.violated',
    ],
    [
      'skipped',
      ON_ATTESTATION,
      claims({ policyEvaluations: { [ATTESTATION]: [result({ skipped: true })] } }),
      'warned policy.skipped',
    ],
    [
      'skipped though gated',
      GATED,
      claims({ policyEvaluations: { [ATTESTATION]: [result({ skipped: true })] } }),
      'failed policy.skipped',
    ],
    [
      'disabled',
      'policies: { attestation: [{ ref: signed-commit, disabled: true }] }',
      [provenance()],
      'skipped policy.disabled',
    ],
    [
      'counted elsewhere',
      ON_ATTESTATION,
      claims({ policyEvaluationsRef: { digest: {} }, policyEvaluationsCount: 3, policyHasViolations: false }),
      'claimed policy.claimed',
    ],
    [
      'counted elsewhere with violations',
      GATED,
      claims({ policyEvaluationsRef: { digest: {} }, policyEvaluationsCount: 3, policyHasViolations: true }),
      'failed policy.violated',
    ],
    [
      'of a group',
      'policyGroups: [{ ref: sbom-quality }]',
      claims({ policyEvaluations: { sbom: [result({ groupReference: { name: 'sbom-quality' } })] } }),
      'claimed policy.claimed',
    ],
    [
      'of a group without results',
      'policyGroups: [{ ref: sbom-quality }]',
      claims({ policyEvaluations: { sbom: [result()] } }),
      'failed policy.unclaimed',
    ],
    [
      'of a group, but for what is skipped',
      'policyGroups: [{ ref: g, skip: [bad], gate: true }]',
      claims({
        policyEvaluations: {
          sbom: [
            result({ groupReference: { name: 'g' } }),
            result({ name: 'bad', ...VIOLATED, groupReference: { name: 'g' } }),
          ],
        },
      }),
      'claimed policy.claimed',
    ],
    [
      'on a material',
      'policies: { materials: [{ ref: file://fresh.yaml, selector: { name: sbom } }] }',
      claims({ policyEvaluations: { sbom: [result({ name: 'fresh' })] } }),
      'claimed policy.claimed',
    ],
    [
      'on another material',
      'policies: { materials: [{ ref: file://fresh.yaml, selector: { name: sbom } }] }',
      claims({ policyEvaluations: { other: [result({ name: 'fresh' })] } }),
      'failed policy.unclaimed',
    ],
    [
      'embedded',
      'policies: { attestation: [{ embedded: { metadata: { name: mine } } }] }',
      claims({ policyEvaluations: { [ATTESTATION]: [result({ name: 'mine' })] } }),
      'claimed policy.claimed',
    ],
  ])('%s', (_, text, statements, expected) => {
    expect(policyCodes(text, statements)).toEqual([expected]);
  });

  it('and do not apply to an optional material that did not come', () => {
    const text =
      'materials: [{ type: SARIF, name: scan, optional: true }]\npolicies: { materials: [{ ref: x, selector: { name: scan } }] }';
    expect(policyCodes(text, claims({}))).toEqual(['skipped policy.not-applicable']);
    expect(policyCodes(text, [chainloop({}, [chainloopMaterial('scan', 'SARIF', '{}')])])).toEqual([
      'failed policy.unclaimed',
    ]);
  });
});

describe('a reference', () => {
  const digest = 'a'.repeat(64);
  it.each([
    ['signed-commit', { name: 'signed-commit' }],
    [
      `chainloop://builtin:acme/signed-commit@sha256:${digest}`,
      { name: 'signed-commit', organization: 'acme', sha256: digest },
    ],
    ['file://policies/fresh.yaml', { name: 'fresh', uri: 'file://policies/fresh.yaml' }],
    ['https://example.com/p/fresh.yml', { name: 'fresh', uri: 'https://example.com/p/fresh.yml' }],
  ])('%s is read', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it('that pins a digest is not met by another', () => {
    const wanted = parseReference(`x@sha256:${digest}`);
    expect(isOf(wanted, { name: 'x', sha256: digest })).toBe(true);
    expect(isOf(wanted, { name: 'x', sha256: 'b'.repeat(64) })).toBe(false);
    expect(isOf(wanted, undefined, 'x')).toBe(false);
  });
});
