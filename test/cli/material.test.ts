import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, temporaryFolder } from './world.ts';

const sbom = (type: string) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { type: 'application', name: 'skynet', version: '1.0' } },
  components: [
    { type, name: 'a' },
    { type, name: 'b' },
  ],
});

describe('waybill material check', () => {
  const check = async (content: string, ...options: string[]) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'it'), content);
    return run(['material', 'check', '--type', 'SBOM_CYCLONEDX_JSON', 'it', ...options], { cwd });
  };

  it('says how far a valid file was looked at, and what it says', async () => {
    const { exit, out, err } = await check(JSON.stringify(sbom('library')));
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain('valid  it  SBOM_CYCLONEDX_JSON\n');
    expect(out).toMatch(/checked +valid by the schema of CycloneDX 1\.5\n/);
    expect(out).toMatch(/components +2\n/);
    expect(out).toMatch(/mainComponent +name skynet, version 1\.0, type application\n/);
  });

  it('shows every problem of an invalid one with its place, and its facts', async () => {
    const { exit, out } = await check(JSON.stringify(sbom('libary')));
    expect(exit).toBe(1);
    expect(out).toMatch(/^\/components\/0\/type +must be one of /m);
    expect(out).toMatch(/^\/components\/1\/type +must be one of /m);
    expect(out).toMatch(/components +2\n/);
  });

  it('prints the same for programs', async () => {
    const { exit, out } = await check(JSON.stringify(sbom('libary')), '--json');
    expect(exit).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'invalid',
      checked: 'schema',
      format: 'CycloneDX 1.5',
      problems: [{ path: '/components/0/type' }, { path: '/components/1/type' }],
      facts: { components: 2 },
    });
  });

  it('refuses what nobody can look at, and says that', async () => {
    const { exit, out, err } = await check(
      `{"bomFormat":"CycloneDX","components":${'['.repeat(500)}${']'.repeat(500)}}`,
    );
    expect(exit).toBe(1);
    expect(out).toContain('not-validated');
    expect(err).toContain('could not be validated as SBOM_CYCLONEDX_JSON');
  });

  it('is a mistake of usage for a type or a file that does not exist', async () => {
    expect((await run(['material', 'check', '--type', 'SBOM', 'it'])).exit).toBe(2);
    const { exit } = await run(['material', 'check', '--type', 'SARIF', 'none'], { cwd: temporaryFolder() });
    expect(exit).toBe(2);
  });
});
