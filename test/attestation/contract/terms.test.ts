import { describe, expect, it } from 'vitest';
import { settle, signaturesNeeded } from '../../../attestation/contract/asked.ts';
import { EXCUSABLE } from '../../../attestation/contract/exceptions.ts';
import {
  APP,
  type Case,
  CERTIFICATE,
  chainloop,
  codes,
  contractErrors,
  contractOf,
  cyclonedx,
  judge,
  KEY,
  provenance,
  SBOM,
} from './world.ts';

const AT = new Date('2026-06-15T23:59:59Z');
const v1 = (...lines: string[]) => ['schemaVersion: v1', ...lines, ''].join('\n');
const judged = (contract: string, input: Partial<Case> = {}) =>
  judge({ contract, statements: [cyclonedx()], at: AT, ...input });
/** What is not about who signed. */
const others = (decision: ReturnType<typeof judge>) => codes(decision).filter((code) => !code.includes('signer.'));

describe('enforceFrom', () => {
  const missing = (from: string) => v1(`materials: [{ type: SARIF, name: scan${from && `, enforceFrom: ${from}`} }]`);

  it('announces a material: it warns until the day begins, and says from when on it rejects', () => {
    const decision = judged(missing('2026-06-16'));
    expect(decision.verdict).toBe('accepted');
    expect(decision.checks[1]).toMatchObject({
      code: 'material.missing',
      outcome: 'warned',
      subject: 'scan',
      contractLine: 2,
      message: expect.stringMatching(/ Accepted for now: from 2026-06-16 on this rejects\.$/),
    });
  });

  it.each(['2026-06-15', '2020-01-01', ''])('bites from the first second of its day on (%s)', (from) => {
    expect(judged(missing(from)).verdict).toBe('rejected');
  });

  it.each<[what: string, contract: string, input: Partial<Case>, code: string]>([
    [
      'a group',
      v1(
        'materials:',
        '  - { type: SARIF, name: a, group: g, enforceFrom: FROM }',
        '  - { type: JUNIT_XML, name: b, group: g, enforceFrom: 2999-01-01 }',
      ),
      {},
      'group.missing',
    ],
    [
      'an annotation',
      v1('annotations: [{ name: channel, enforceFrom: FROM }]'),
      { statements: [chainloop()] },
      'annotation.missing',
    ],
    ['a variable', v1('envAllowList: [{ name: CI, enforceFrom: FROM }]'), { statements: [chainloop()] }, 'env.missing'],
    [
      'the runner',
      v1('runner: { type: GITLAB_PIPELINE, enforceFrom: FROM }'),
      { statements: [provenance()] },
      'runner.mismatch',
    ],
    ['a policy', v1('policies: { attestation: [{ ref: a, enforceFrom: FROM }] }'), {}, 'policy.unclaimed'],
    ['a policy group', v1('policyGroups: [{ ref: a, enforceFrom: FROM }]'), {}, 'policy.unclaimed'],
    ['a rule', v1('rules: [{ name: a, expr: "false", enforceFrom: FROM }]'), {}, 'rule.failed'],
    ['the threshold', v1('verification: { threshold: 2, enforceFrom: FROM }'), {}, 'signer.threshold'],
    ['the age', v1('verification: { maxAge: 1h, enforceFrom: FROM }'), {}, 'age.unproven'],
    [
      'which keys count',
      v1('signers: [{ key: other }]', 'verification: { enforceFrom: FROM }'),
      {},
      'signer.undeclared',
    ],
    [
      'an annotation of a material',
      v1('materials: [{ type: SBOM_CYCLONEDX_JSON, name: sbom, annotations: [{ name: a, enforceFrom: FROM }] }]'),
      {},
      'annotation.missing',
    ],
  ])('announces %s as well', (_, contract, input, code) => {
    const announced = judged(contract.replace('FROM', '2026-06-16'), input);
    expect(announced.verdict).toBe('accepted');
    expect(codes(announced)).toContain(`warned ${code}`);
    const enforced = judged(contract.replace('FROM', '2026-06-15'), input);
    expect(enforced.verdict).toBe('rejected');
    expect(codes(enforced)).toContain(`failed ${code}`);
  });

  it('never lets a stranger’s certificate in', () => {
    const contract = v1('signers: [{ key: skynet-release }]', 'verification: { enforceFrom: 2999-01-01 }');
    expect(judged(contract, { signers: [CERTIFICATE] }).verdict).toBe('rejected');
    expect(judged(contract, { signers: [KEY, CERTIFICATE] }).verdict).toBe('rejected');
  });

  it('of a group counts as soon as one member is enforced', () => {
    const contract = v1(
      'materials:',
      '  - { type: SARIF, name: a, group: g, enforceFrom: 2999-01-01 }',
      '  - { type: JUNIT_XML, name: b, group: g }',
    );
    expect(judged(contract).verdict).toBe('rejected');
  });
});

describe('an exception', () => {
  const excepted = (exception: string, terms = 'materials: [{ type: SARIF, name: scan }]') =>
    v1(terms, 'exceptions:', `  - { ${exception}, reason: the scanner is down, approvedBy: alice }`);

  it('turns a failure into a warning that says why, whose, and until when', () => {
    const decision = judged(excepted('material: scan, until: 2026-06-15'));
    expect(decision.verdict).toBe('accepted');
    expect(decision.checks[1]).toMatchObject({
      code: 'material.missing',
      outcome: 'warned',
      contractLine: 2,
      message: expect.stringMatching(
        / Accepted until 2026-06-15 by the exception on line 4 \(alice\): the scanner is down$/,
      ),
    });
  });

  it('does nothing when its day is over, and says so', () => {
    const decision = judged(excepted('material: scan, until: 2026-06-14'));
    expect(decision.verdict).toBe('rejected');
    expect(others(decision)).toEqual(['failed material.missing', 'skipped exception.expired']);
    expect(decision.checks.at(-1)).toMatchObject({
      subject: 'material "scan"',
      contractLine: 4,
      message: 'The exception for material "scan" ended on 2026-06-14, and does nothing.',
    });
  });

  it.each<[what: string, exception: string, terms: string, input: Partial<Case>, verdict: string]>([
    ['its code', 'check: material.missing', 'materials: [{ type: SARIF, name: scan }]', {}, 'accepted'],
    [
      'its code at another material',
      'check: material.missing, material: other',
      'materials: [{ type: SARIF, name: scan }, { type: SARIF, name: other, optional: true }]',
      {},
      'rejected',
    ],
    ['another code', 'check: material.invalid', 'materials: [{ type: SARIF, name: scan }]', {}, 'rejected'],
    ['its rule', 'rule: a', 'rules: [{ name: a, expr: "false" }]', {}, 'accepted'],
    ['another rule', 'rule: b', 'rules: [{ name: a, expr: "false" }, { name: b, expr: "true" }]', {}, 'rejected'],
    [
      'its rule, failing otherwise',
      'rule: a, check: rule.error',
      'rules: [{ name: a, expr: "false" }]',
      {},
      'rejected',
    ],
    ['its variable', 'check: env.missing, about: CI', 'envAllowList: [CI]', { statements: [chainloop()] }, 'accepted'],
    [
      'another variable',
      'check: env.missing, about: CI',
      'envAllowList: [CI, TAG]',
      { statements: [chainloop()] },
      'rejected',
    ],
    ['the threshold', 'check: signer.threshold', 'verification: { threshold: 2 }', {}, 'accepted'],
    [
      'a time that nothing proves',
      'check: time.unproven',
      'owner: { team: a }',
      { verification: { result: 'time-unproven' } },
      'accepted',
    ],
    [
      'an annotation of its material',
      'material: sbom',
      'materials: [{ type: SBOM_CYCLONEDX_JSON, name: sbom, annotations: [{ name: a }] }]',
      {},
      'accepted',
    ],
  ])('covers %s', (_, exception, terms, input, verdict) => {
    expect(judged(excepted(`${exception}, until: 2026-12-31`, terms), input).verdict).toBe(verdict);
  });

  it('excuses nothing of a signature, whatever it names', () => {
    expect(EXCUSABLE.filter((code) => /^(statement|signature|verification)\.|undeclared/.test(code))).toEqual([]);
    const contract = contractOf(v1('rules: [{ name: a, expr: "true" }]'));
    const anything = { until: '2999-01-01', reason: '', approvedBy: '', line: 1 };
    const check = { code: 'statement.unverified', outcome: 'failed', message: '' } as const;
    expect(settle({ ...contract, exceptions: [anything] }, [{ check }], AT)).toEqual([check]);
  });

  it.each<[what: string, exception: string, error: Record<string, unknown>]>([
    ['names nothing', 'until: 2027-01-31', { line: 4, path: 'exceptions[0]' }],
    ['names who signed', 'check: signer.undeclared, until: 2027-01-31', { path: 'exceptions[0].check' }],
    [
      'names a rule that is not there',
      'rule: scn, until: 2027-01-31',
      { code: 'contract.unknown-name', path: 'exceptions[0].rule' },
    ],
    ['names a material that is not there', 'material: scann, until: 2027-01-31', { nearest: 'scan' }],
    ['has no end', 'check: env.missing', { code: 'contract.missing-field', path: 'exceptions[0].until' }],
    [
      'has an end that is no day',
      'check: env.missing, until: 2027-02-30',
      { message: 'Expected a day such as 2027-01-31, found "2027-02-30".' },
    ],
  ])('that %s is refused', (_, exception, error) => {
    expect(contractErrors(excepted(exception))[0]).toMatchObject(error);
  });
});

describe('how many signatures verification asks for', () => {
  const needed = (...lines: string[]) => signaturesNeeded(contractOf(v1(...lines)), AT);
  it('is the threshold, and one while that is announced or excused', () => {
    expect(needed('verification: { threshold: 3 }')).toBe(3);
    expect(needed('verification: { threshold: 3, enforceFrom: 2026-06-16 }')).toBe(1);
    expect(needed('verification: { threshold: 3, enforceFrom: 2026-06-15 }')).toBe(3);
    const exception = (until: string) =>
      `exceptions: [{ check: signer.threshold, until: ${until}, reason: a, approvedBy: b }]`;
    expect(needed('verification: { threshold: 3 }', exception('2026-06-15'))).toBe(1);
    expect(needed('verification: { threshold: 3 }', exception('2026-06-14'))).toBe(3);
  });
});

describe('content that is let in though it is not of its type', () => {
  it('is recorded as plain bytes, so that no receiver gets it as more', () => {
    const broken = SBOM.replace('"specVersion":"1.5"', '"specVersion":"0.0"');
    const contract = v1('materials: [{ type: SBOM_CYCLONEDX_JSON, name: sbom, enforceFrom: 2999-01-01 }]');
    const decision = judged(contract, { statements: [cyclonedx(broken)] });
    expect(others(decision)).toEqual(['warned material.invalid']);
    expect(decision).toMatchObject({
      verdict: 'accepted',
      materials: [{ name: 'sbom', slot: 'sbom', type: 'ARTIFACT', facts: {} }],
    });
  });
});

describe('a rule in the decision', () => {
  const rule = (entry: string) => v1('rules:', `  - { name: pinned, ${entry} }`);
  it('is a check with its expression, its line and what to do', () => {
    expect(
      judged(rule('expr: "statement.subject.size() > 1", remedy: Sign two subjects.')).checks.at(-1),
    ).toMatchObject({
      code: 'rule.failed',
      outcome: 'failed',
      subject: 'pinned',
      expected: 'statement.subject.size() > 1',
      found: 'false',
      remedy: 'Sign two subjects.',
      contractLine: 3,
    });
    expect(judged(rule(`expr: "statement.subject[0].name == '${APP.name}'"`)).checks.at(-1)).toMatchObject({
      code: 'rule.passed',
      outcome: 'passed',
    });
  });

  it.each([
    ['expr: "1"', 'rule.not-boolean'],
    ['expr: "predicate.nope"', 'rule.error'],
    ['expr: "false"', 'rule.failed'],
  ])('%s rejects, and only warns in mode warn', (entry, code) => {
    expect(judged(rule(entry)).checks.at(-1)).toMatchObject({ code, outcome: 'failed' });
    const warned = judged(rule(`${entry}, mode: warn`));
    expect(warned.checks.at(-1)).toMatchObject({ code, outcome: 'warned' });
    expect(warned.verdict).toBe('accepted');
  });

  it('sees the facts of materials', () => {
    const contract = v1(
      'materials: [{ type: SBOM_CYCLONEDX_JSON, name: sbom }]',
      `rules: [{ name: a, expr: "materials.all(m, m.slot == 'sbom' && m.facts.components == 1)" }]`,
    );
    expect(judged(contract).verdict).toBe('accepted');
  });
});
