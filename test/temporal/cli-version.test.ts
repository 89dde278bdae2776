import { describe, expect, it } from 'vitest';
import { isRecentEnough, parseCliVersion } from '../../temporal/cli-version.ts';

describe('version of the CLI', () => {
  it('is read from its one line', () => {
    expect(parseCliVersion('temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)\n')).toEqual({
      cli: '1.5.1',
      server: '1.29.1',
    });
  });

  it('is found below warnings', () => {
    const output = 'config file is old\ntemporal version 1.9.1 (Server 1.32.0, UI 2.54.1)\n';
    expect(parseCliVersion(output)?.server).toBe('1.32.0');
  });

  it.each(['', 'tctl version 1.18.0', 'temporal version 1.5.1'])('is not made up from %j', (output) => {
    expect(parseCliVersion(output)).toBeUndefined();
  });

  it.each([
    ['1.5.0', '1.29.0', true],
    ['1.5.1', '1.29.1', true],
    ['1.10.0', '1.40.0', true],
    ['2.0.0', '2.0.0', true],
    ['1.5.0-rc.1', '1.29.0', true],
    ['1.4.9', '1.28.0', false],
    ['0.13.2', '1.24.0', false],
    ['unknown', '1.29.0', false],
  ])('%s with server %s is recent enough: %s', (cli, server, expected) => {
    expect(isRecentEnough({ cli, server })).toBe(expected);
  });

  it('counts by its server when it was made by go install, which stamps none', () => {
    expect(isRecentEnough({ cli: '0.0.0-DEV', server: '1.29.1' })).toBe(true);
    expect(isRecentEnough({ cli: '0.0.0-DEV', server: '1.28.2' })).toBe(false);
  });
});
