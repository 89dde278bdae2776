import { describe, expect, it } from 'vitest';
import { foldKey, MAX_DEPTH, parseStrictJson } from '../../../attestation/verify/strict-json.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));
const codeOf = (text: string, fold?: (key: string) => string) => {
  const parsed = parseStrictJson(Buffer.from(text), { ...(fold && { fold }) });
  return parsed.ok ? 'ok' : parsed.code;
};

describe('strict JSON', () => {
  it.each([
    '{}',
    '[]',
    '1',
    '"a"',
    'null',
    ' {"a":[{"a":1},{"a":{"a":2}}],"b":"{\\"a\\":1,\\"a\\":2}"} ',
    '{"a\\\\":1,"a":2}',
    '{"":1," ":2}',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parse(text)).toMatchObject({ ok: true, value: JSON.parse(text) });
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '[{"x":{"b":1,"c":[{}],"b":1}}]',
    '{"a":"}","a":1}',
    '{"a":[1,2],"b":{"c":",\\""},"a":1}',
    '{"":1,"":2}',
  ])('refuses a key that stands twice in one object: %s', (text) => expect(codeOf(text)).toBe('json.duplicate-key'));

  it('takes keys for the same that other parsers take for the same, where told to', () => {
    for (const other of ['Payload', 'PAYLOAD', 'pay_load', 'PayLoad']) {
      expect(codeOf(`{"payload":1,"${other}":2}`, foldKey)).toBe('json.duplicate-key');
      expect(codeOf(`{"payload":1,"${other}":2}`)).toBe('ok');
    }
    expect(codeOf('{"signatures":1,"\u017fignatures":2}', foldKey)).toBe('json.duplicate-key');
    expect(codeOf('{"keyid":1,"\u212aeyid":2}', foldKey)).toBe('json.duplicate-key');
  });

  it.each(['{"__proto__":1}', '[{"a":{"__proto__":null}}]', '{"\\u005f_proto__":1}'])('refuses %s', (text) => {
    expect(codeOf(text)).toBe('json.forbidden-key');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('allows that word as a value', () => expect(codeOf('{"a":"__proto__"}')).toBe('ok'));

  it('allows 64 levels and no more', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(nested(MAX_DEPTH))).toBe('ok');
    expect(codeOf(nested(MAX_DEPTH + 1))).toBe('json.too-deep');
    expect(codeOf(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)).toBe('json.too-deep');
    expect(codeOf('['.repeat(5_000_000))).toBe('json.too-deep');
    expect(codeOf(`[${'[],'.repeat(1000)}[]]`)).toBe('ok');
  });

  it.each(['', '{', '{"a":1', '{"a"', '"abc', '{]', '{"a":1,}', '{"\\q":1}', ']]]', '{"a" 1}', '\\', '"\\'])(
    'calls %j no JSON',
    (text) => {
      expect(codeOf(text)).toBe('json.invalid');
    },
  );

  it('agrees with JSON.parse on every value it lets through (seeded)', () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    const alphabet = ['{', '}', '[', ']', ',', ':', '"', '"', '\\', 'a', '1', ' ', 'u0061'];
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: 1 + random(14) }, () => alphabet[random(alphabet.length)]).join('');
      let expected: unknown;
      let valid = true;
      try {
        expected = JSON.parse(text);
      } catch {
        valid = false;
      }
      const parsed = parse(text);
      if (parsed.ok) expect(parsed.value).toEqual(expected);
      else if (valid) expect(parsed.code).toBe('json.duplicate-key');
    }
  });

  it.each(['[0,0,0,0,0]', '[[],[],[],[],[]]', '{"a":0,"b":0,"c":0,"d":0,"e":0}', '[[[[[[]]]]]]'])(
    'stops at more values than it may have: %s',
    (text) => {
      expect(parseStrictJson(Buffer.from(text), { maxValues: 4 })).toMatchObject({ code: 'json.too-many-values' });
      expect(parse(text).ok).toBe(true);
    },
  );

  it('does not count what stands inside a text', () => {
    expect(parseStrictJson(Buffer.from('{"payload":",,,,[[[[{{{{"}'), { maxValues: 1 }).ok).toBe(true);
  });
});
