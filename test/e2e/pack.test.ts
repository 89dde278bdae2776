import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = 'waybill';
const FIVE_MINUTES = 300_000;

/** The machine's own Node and npm, as a user has them: nothing of this checkout is on the PATH. */
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);
const env = { ...process.env, PATH, npm_config_audit: 'false', npm_config_fund: 'false' };
// About a minute, and it needs the registry: not for every run on a laptop.
const isWanted = Boolean(process.env.CI || process.env.WAYBILL_TEST_PACK);
const hasNpm = isWanted && spawnSync('npm', ['--version'], { env }).status === 0;
if (!isWanted) console.warn('skipped: packing is tried in CI and by `npm run test:pack`');
else if (!hasNpm) console.warn('skipped: there is no npm outside of this checkout');

describe.skipIf(!hasNpm)('the package, packed and installed elsewhere', () => {
  let home: string;
  const waybill = (...args: string[]) =>
    spawnSync('npx', ['--no-install', PROGRAM, ...args], { cwd: home, env, encoding: 'utf8' });

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'waybill-pack-'));
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', home], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')));
    writeFileSync(join(home, 'package.json'), '{"private": true}');
    execFileSync('npm', ['install', join(home, filename)], { cwd: home, env, stdio: 'ignore' });
  }, FIVE_MINUTES);
  afterAll(() => home && rmSync(home, { recursive: true, force: true }));

  it('runs under npx, whatever Node the caller has', () => {
    const { version } = JSON.parse(
      execFileSync('npm', ['pkg', 'get', 'version', '--json'], {
        cwd: join(home, 'node_modules/waybill'),
        env,
        encoding: 'utf8',
      }).replace(/^"(.*)"$/m, '{"version":"$1"}'),
    );
    expect(waybill('--version')).toMatchObject({ status: 0, stdout: `${version}\n` });
    expect(waybill('--help').stdout).toContain('Usage: waybill');
    const direct = spawnSync('node', [join(home, 'node_modules/waybill/bin/waybill.js'), '--version'], {
      env,
      encoding: 'utf8',
    });
    expect(direct).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  it('has its schemas, and passes exit codes on', () => {
    writeFileSync(
      join(home, 'sbom.json'),
      JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components: [] }),
    );
    expect(waybill('material', 'check', '--type', 'SBOM_CYCLONEDX_JSON', 'sbom.json').status).toBe(0);
    expect(waybill('material', 'check', '--type', 'SARIF', 'sbom.json').status).toBe(1);
    expect(waybill('nonsense').status).toBe(2);
    expect(waybill('get', 'pipelines', '--url', 'http://127.0.0.1:1').status).toBe(3);
  });

  it('has its workflows bundled, and no TypeScript', () => {
    expect(existsSync(join(home, 'node_modules/waybill/dist/temporal/workflow-bundle.prebuilt.js'))).toBe(true);
    expect(
      execFileSync(
        'find',
        [join(home, 'node_modules/waybill'), '-name', '*.ts', '-not', '-path', '*/node_modules/waybill/node_modules/*'],
        { encoding: 'utf8' },
      ),
    ).toBe('');
  });

  it('serves the API from its own database', async () => {
    const child = spawn(
      'node',
      [join(home, 'node_modules/waybill/bin/waybill.js'), 'api', '--port', '0', '--data', join(home, 'data')],
      { cwd: home, env },
    );
    const exited = new Promise<number | null>((done) => child.once('exit', done));
    let log = '';
    const url = await new Promise<string>((found, failed) => {
      child.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        const ready = /"url":"(http:[^"]+)"/.exec(log)?.[1];
        if (ready) found(ready);
      });
      void exited.then((code) => failed(new Error(`ended with ${code}: ${log}`)));
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const listed = waybill('get', 'pipelines', '--json', '--url', url, '--token-file', join(home, 'data/admin-token'));
    expect(listed.stdout).toBe(`${JSON.stringify({ items: [], next: null }, null, 2)}\n`);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });
});
