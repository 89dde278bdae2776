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
