import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../bin/config.ts';

const data = '/srv/waybill';
const tufOf = (env: Record<string, string>) => loadConfig({ WAYBILL_DATA_DIR: data, ...env }).tuf;

describe('built-in roots', () => {
  it("are kept fresh from the publishers' mirrors unless something else is said", () => {
    const urls = { sigstore: undefined, github: undefined };
    expect(tufOf({})).toEqual({ isOn: true, dir: join(data, 'tuf'), urls });
    expect(tufOf({ WAYBILL_TUF: 'off', WAYBILL_TUF_DIR: '/var/cache/tuf' })).toEqual({
      isOn: false,
      dir: '/var/cache/tuf',
      urls,
    });
    const github = 'http://mirror.internal/github';
    expect(tufOf({ WAYBILL_TUF_GITHUB_URL: github }).urls).toEqual({ ...urls, github });
  });

  it.each([
    ['WAYBILL_TUF', 'no'],
    ['WAYBILL_TUF_GITHUB_URL', 'file:///srv/mirror'],
    ['WAYBILL_TUF_SIGSTORE_URL', 'mirror.internal'],
    ['WAYBILL_TUF_SIGSTORE_URL', 'https://reader:hunter2@mirror.internal'],
  ])('a start refuses %s=%s, names the variable, and repeats no password', (name, value) => {
    expect(() => tufOf({ [name]: value })).toThrow(name);
    expect(() => tufOf({ [name]: value })).not.toThrow('hunter2');
  });
});

describe('attempts', () => {
  const keptOf = (text?: string) =>
    loadConfig({ WAYBILL_DATA_DIR: data, ...(text === undefined ? {} : { WAYBILL_KEEP_ATTEMPTS: text }) })
      .keepAttemptsMs;

  it('are kept for 90 days, or as long as it is said', () => {
    expect(keptOf()).toBe(90 * 86_400_000);
    expect(keptOf('36h')).toBe(36 * 3_600_000);
  });

  it.each(['0d', '59m', 'forever', '90'])('a start refuses to keep them for %s, and names the variable', (text) => {
    expect(() => keptOf(text)).toThrow('WAYBILL_KEEP_ATTEMPTS: expected a duration of at least 1h, such as 90d');
  });
});
