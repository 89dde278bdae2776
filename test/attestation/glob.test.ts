import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../attestation/glob.ts';

describe('a glob', () => {
  it.each([
    ['acme/api', 'acme/api', true],
    ['acme/api', 'acme/api2', false],
    ['*/*', 'acme/api', true],
    ['*', '', true],
    ['acme/*', 'acme/', true],
    ['acme/*', 'acme2/api', false],
    ['*/api', 'acme/api', true],
    ['*/api', 'acme/web-api', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'ac', false],
    ['*ab*ab*', 'xabx', false],
    ['*ab*ab*', 'abab', true],
    ['a**b', 'ab', true],
  ])('%s on %s: %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  it.each(['a.c', 'a?c', 'a[b]c', 'a\\c', 'a+c', '(abc)'])('takes %s literally', (pattern) => {
    expect(matchesGlob(pattern, 'abc')).toBe(false);
    expect(matchesGlob(pattern, pattern)).toBe(true);
  });

  it('takes time in proportion to the text, whatever the pattern', () => {
    expect(matchesGlob(`${'*a'.repeat(50)}*b`, 'a'.repeat(50_000))).toBe(false);
  });
});
