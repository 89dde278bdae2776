import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder, cliCacheFolder } from '../../temporal/cli-places.ts';

describe('cache folder', () => {
  it.each([
    ['linux', '/home/ada/.cache/waybill'],
    ['darwin', '/home/ada/Library/Caches/waybill'],
    ['win32', '/home/ada/AppData/Local/waybill/Cache'],
  ] as const)('follows the custom of %s', (platform, expected) => {
    expect(cacheFolder({ HOME: '/home/ada' }, platform)).toBe(expected);
  });

  it('is below XDG_CACHE_HOME where that is set, unless it is relative, which its specification calls invalid', () => {
    expect(cacheFolder({ HOME: '/home/ada', XDG_CACHE_HOME: '/scratch' })).toBe('/scratch/waybill');
    expect(cacheFolder({ HOME: '/home/ada', XDG_CACHE_HOME: 'scratch' }, 'linux')).toBe('/home/ada/.cache/waybill');
  });

  it('keeps each version of the CLI apart', () => {
    expect(cliCacheFolder({ XDG_CACHE_HOME: '/scratch' })).toBe(join('/scratch/waybill/temporal-cli', '1.5.1'));
  });
});
