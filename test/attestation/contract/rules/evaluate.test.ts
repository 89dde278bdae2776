import { describe, expect, it } from 'vitest';
import { evaluateRules } from '../../../../attestation/contract/rules/evaluate.ts';
import type { RuleTask } from '../../../../attestation/contract/rules/instances.ts';
import { CERTIFICATE, KEY } from '../world.ts';

const statement = (predicate: unknown, predicateType = 'https://slsa.dev/provenance/v1') => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app', digest: { sha256: 'ab' } }],
  predicateType,
  predicate,
});
const SBOM = { components: [{ name: 'left-pad' }, { name: 'right-pad' }], constructor: 'a key like any other' };

const task = (expr: string, more: Partial<RuleTask> = {}): RuleTask => ({
  rules: [{ name: 'rule', expr }],
  statements: [
    { sha256: 'first', payload: Buffer.from(JSON.stringify(statement({ level: 3, ratio: 0.5 }))), signers: [KEY] },
    {
      sha256: 'second',
      payload: Buffer.from(JSON.stringify(statement(SBOM, 'https://cyclonedx.org/bom'))),
      signers: [KEY, CERTIFICATE],
    },
  ],
  materials: [
    {
      name: 'sbom',
      type: 'SBOM_CYCLONEDX_JSON',
      slot: 'sbom',
      digest: { sha256: 'cd' },
      size: 10,
      mediaType: 'application/json',
      annotations: { tier: 'critical' },
      facts: { components: 2 },
    },
  ],
  pipeline: { project: 'skynet', name: 'release' },
  receivedAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const evaluate = (expr: string, more?: Partial<RuleTask>) => evaluateRules(task(expr, more))[0];

describe('a rule', () => {
  it.each([
    'statement.subject.all(s, "sha256" in s.digest)',
    'statements.size() == 2 && statements[0].predicate.level == 3 && statements[0].predicate.level + 1 == 4',
    'statements[0].predicate.ratio == 0.5 && statements[0].predicate.level > 2.5',
    'statements[1].predicate.components.map(c, c.name) == ["left-pad", "right-pad"]',
    'statements[1].predicate.constructor == "a key like any other"',
    'statements[1].signers.exists(s, s.issuer == "https://token.actions.githubusercontent.com")',
    'statement.predicateType != "https://cyclonedx.org/bom" || predicate.components.size() == 2',
    'signer.kind in ["key", "certificate"] && signer.claims.size() >= 0',
    'materials.exists(m, m.name == "sbom" && m.digest.sha256 == "cd" && m.facts.components == 2 && m.annotations.tier == "critical")',
    'pipeline.project + "/" + pipeline.name == "skynet/release"',
    'received == timestamp("2026-01-01T00:00:00Z") && received - duration("1h") < received',
  ])('holds: %s', (expr) => {
    expect(evaluate(expr)).toEqual({ rule: 'rule', outcome: 'true' });
  });

  it('about a statement must hold for each of them, and says for which it does not', () => {
    expect(evaluate('statement.predicateType.contains("slsa")')).toMatchObject({ outcome: 'false', of: 'second' });
  });

  it('about the signer must hold for every signer of every statement', () => {
    expect(evaluate('signer.kind == "key"')).toMatchObject({ outcome: 'false', of: 'second' });
  });

  it('about nothing in the statements is evaluated once, even where there is none', () => {
    expect(evaluate('materials.size() == 1', { statements: [] })).toMatchObject({ outcome: 'true' });
    expect(evaluate('statement.subject.size() == 1', { statements: [] })).toMatchObject({ outcome: 'error' });
  });

  it.each([
    ['a number', '1', 'int'],
    ['a text', '"true"', 'string'],
    ['a list', 'materials', 'list'],
    ['null', 'null', 'null'],
    ['a timestamp', 'received', 'google.protobuf.Timestamp'],
  ])('that gives %s does not pass', (_, expr, found) => {
    expect(evaluate(expr)).toMatchObject({ outcome: 'not-boolean', found });
  });

  it.each([
    ['a field that is not there', 'statement.predicate.nope == 1', 'field not found: nope'],
    ['a division by zero', '1 / 0 == 1', 'divide by zero'],
    ['types that do not go together', 'materials + 1 == 2', /no matching overload/],
    ['a number beyond 64 bits', '9223372036854775807 + 1 > 0', /overflow/],
  ])('that fails with %s is an error, never a pass', (_, expr, message) => {
    expect(evaluate(expr)).toMatchObject({ outcome: 'error', message: expect.stringMatching(message) });
  });

  it('that takes too many turns is broken off, whatever it would have given', () => {
    const hundred = `[${Array(100).fill(1).join(', ')}]`;
    const loops = `${hundred}.all(a, ${hundred}.all(b, ${hundred}.all(c, true)))`;
    expect(evaluate(loops)).toMatchObject({ outcome: 'too-long' });
    expect(evaluate(`${loops} || true`)).toMatchObject({ outcome: 'too-long' });
    expect(evaluate(`true || ${loops}`)).toMatchObject({ outcome: 'true' });
  });

  it('is refused more input than it is good for', () => {
    const payload = Buffer.from(JSON.stringify(statement({ text: 'x'.repeat(9 * 1024 * 1024) })));
    const statements = [{ sha256: 'large', payload, signers: [KEY] }];
    expect(evaluate('statement.subject.size() == 1', { statements })).toMatchObject({ outcome: 'error' });
    expect(evaluate('materials.size() == 1', { statements })).toMatchObject({ outcome: 'true' });
  });

  it('gives the same every time', () => {
    const exprs = ['predicate.nope', 'signer.kind', 'materials.map(m, m.name)', 'statement.subject[7].name == ""'];
    const once = exprs.map((expr) => evaluate(expr));
    expect(exprs.map((expr) => evaluate(expr))).toEqual(once);
  });
});
