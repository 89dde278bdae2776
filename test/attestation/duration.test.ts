import { describe, expect, it } from 'vitest';
import { DurationText, formatAge, parseDuration } from '../../attestation/duration.ts';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['14d', 1_209_600_000],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '15', 'm', '1.5h', '-1s', '1 h', '1h30m', '15M', ' 1s', '1s\n', '9999999999s'])('is not %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(DurationText.safeParse(text).error?.issues[0]?.message).toContain('expected a duration such as 30s');
  });

  it.each([
    [0, '0s'],
    [-5, '0s'],
    [999, '0s'],
    [9_000, '9s'],
    [250_000, '4m 10s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [183_600_000, '2d 3h'],
  ])('of %d ms reads %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });
});
