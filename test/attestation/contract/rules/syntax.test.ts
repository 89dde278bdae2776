import { describe, expect, it } from 'vitest';
import { parseRule } from '../../../../attestation/contract/rules/syntax.ts';
import { contractErrors } from '../world.ts';

const faultOf = (expr: string) => {
  const read = parseRule(expr);
  return read.ok ? undefined : read.fault;
};

describe('an expression of a rule', () => {
  it.each([
    "statement.subject.all(s, 'sha256' in s.digest)",
    'statements.exists(s, s.predicateType == "https://slsa.dev/provenance/v1" && s.signers.exists(x, x.name == "release"))',
    'materials.filter(m, m.type == "SARIF").all(m, has(m.facts.levels) && m.facts.levels.error == 0)',
    'signer.kind == "certificate" && signer.claims["repository"].startsWith("https://github.com/acme/")',
    'received < timestamp("2027-01-01T00:00:00Z") && received.getDayOfWeek() != 0',
    'type(predicate) == map && size(predicate) > 0',
    'pipeline.project.matches("^[a-z]+$") ? true : statement.predicateType.lowerAscii() == "x"',
  ])('can be %s', (expr) => {
    expect(faultOf(expr)).toBeUndefined();
  });

  it.each<[what: string, expr: string, message: string | RegExp, offset: number]>([
    ['an unknown variable', '  statment == 1', 'unknown variable "statment": did you mean "statement"?', 2],
    [
      'a variable outside its loop',
      'materials.all(m, true) && m == 1',
      /^unknown variable "m": known are statement/,
      26,
    ],
    ['an unknown function', 'sizee(materials) > 1', 'unknown function "sizee": did you mean "size"?', 0],
    ['a clock', 'now() > received', /^unknown function "now"/, 0],
    ['an unknown field', 'pipeline.nme == ""', 'unknown field of pipeline "nme": did you mean "name"?', 8],
    ['a type of protobuf', 'google.protobuf.Any{}', 'unknown type "google.protobuf.Any"', 0],
    ['a loop without a variable', 'materials.all(1, true)', /^expected all as in list\.all\(x, x > 0\)$/, 9],
    ['has() of no field', 'has(statement)', /^expected has as in has\(value\.field\)$/, 0],
    ['a pattern that is none', 'pipeline.name.matches("(")', /^expected an RE2 pattern/, 13],
    ['an open bracket', '(true', /^expected '\)', found the end$/, 5],
    ['an open string', 'true && "abc', /^expected an operator or the end, found "&&/, 5],
    ['nothing', ' ', 'expected an expression, found the end', 1],
    ['too many levels', `${'1 + '.repeat(70)}1 == 0`, 'expected nesting of at most 64 levels, found more', 25],
    ['too many brackets', `${'('.repeat(2000)}1${')'.repeat(2000)}`, /^expected nesting of at most 64 levels/, 0],
    [
      'too much text',
      `true || "${'x'.repeat(4096)}" == ""`,
      /^expected an expression of at most 4096 bytes, found 4\d+$/,
      0,
    ],
    ['four loops inside each other', '[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))', /at most 3 loops/, 36],
  ])('is refused for %s, at its place', (_, expr, message, offset) => {
    expect(faultOf(expr)).toMatchObject({ message: expect.stringMatching(message), offset });
  });
});

describe('the place of a fault in the file', () => {
  const rule = (...lines: string[]) => ['schemaVersion: v1', 'rules:', '  - name: a', ...lines].join('\n');
  it.each<[how: string, text: string, line: number, column: number]>([
    ['plain', rule('    expr: true && statment == 1'), 4, 19],
    ['in single quotes, with one inside', rule("    expr: 'true && ''x'' == statment'"), 4, 29],
    ['in double quotes, with escapes', rule('    expr: "true && \\"\\u0078\\" == statment"'), 4, 34],
    ['as a literal block', rule('    expr: |', '      true', '      && (statment == 1)'), 6, 11],
    ['as a folded block', rule('    expr: >-', '      true &&', '        true && statment == 1'), 6, 17],
    ['over two plain lines', rule('    expr: true &&', '      statment == 1'), 5, 7],
    ['in JSON', '{"schemaVersion": "v1", "rules": [\n  {"name": "a", "expr": "true && statment"}]}', 2, 34],
  ])('is exact where the expression is written %s', (_, text, line, column) => {
    expect(contractErrors(text)).toMatchObject([
      { code: 'contract.invalid-rule', path: 'rules[0].expr', line, column },
    ]);
  });
});
