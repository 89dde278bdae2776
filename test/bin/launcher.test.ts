import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { admits } from '../../bin/engines.js';

const ROOT = resolve(import.meta.dirname, '../..');

describe('engines', () => {
  it.each([
    ['22.22.2', true],
    ['22.22.1', false],
    ['22.30.0', true],
    ['23.11.0', false],
    ['24.14.9', false],
    ['24.15.0', true],
    ['25.9.9', false],
    ['26.0.0', true],
    ['30.1.0', true],
    ['20.20.2', false],
    ['26.0.0-nightly', true],
  ])('of this package admit %s: %s', (version, expected) => {
    expect(admits('^22.22.2 || ^24.15.0 || >=26', version)).toBe(expected);
  });

  it.each(['~22.1.0', '22.x', '*', '', '>22'])('a range it does not understand admits nothing: %j', (range) => {
    expect(admits(range, '22.1.0')).toBe(false);
  });
});

/** A package as npm lays it out, with a program that tells how it was run. */
function layOut(files: Record<string, string>, manifest: object = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'waybill-launcher-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(ROOT, 'bin/waybill.js'), join(root, 'bin/waybill.js'));
  cpSync(join(ROOT, 'bin/engines.js'), join(root, 'bin/engines.js'));
  const all = { 'package.json': JSON.stringify({ type: 'module', engines: { node: '>=26' }, ...manifest }), ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o755 });
  }
  return root;
}
const launch = (root: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'bin/waybill.js'), ...args], { encoding: 'utf8' });
const TELL = 'console.log(JSON.stringify(process.argv.slice(2)))';
const OUR_NODE = `node-${process.platform}-${process.arch}`;
const pinned = (version: string) => ({
  [`node_modules/${OUR_NODE}/package.json`]: JSON.stringify({
    name: OUR_NODE,
    version,
    os: process.platform,
    cpu: process.arch,
    bin: { node: 'bin/node' },
  }),
  [`node_modules/${OUR_NODE}/bin/node`]: '#!/bin/sh\necho "pinned: $@"\nexit 7\n',
});
/** The Node that runs the test, in the place of the pinned one; its version is another's, so that it is started. */
const WITH_PINNED = {
  ...pinned('26.10.1'),
  [`node_modules/${OUR_NODE}/bin/node`]: `#!/bin/sh\nexec "${process.execPath}" "$@"\n`,
};
const LIVES_ON = `const alive = setTimeout(() => {}, 30_000);
process.on('SIGTERM', () => { console.log('SIGTERM'); clearTimeout(alive); });
console.log('up');`;
const WANTS = { optionalDependencies: { 'node-other-os': '1.0.0', [OUR_NODE]: '26.10.0' } };

describe('launcher', () => {
  it('runs the sources of a clone, with all arguments', () => {
    const { stdout, status } = launch(layOut({ 'bin/main.ts': `${TELL} as void` }), 'get', '--json', 'a b');
    expect({ stdout, status }).toEqual({ stdout: '["get","--json","a b"]\n', status: 0 });
  });

  it('runs dist where there are no sources', () => {
    const { stdout } = launch(layOut({ 'dist/bin/main.js': TELL }), 'x');
    expect(stdout).toBe('["x"]\n');
  });

  it('prefers the pinned Node, and exits as it does', () => {
    const root = layOut({ 'dist/bin/main.js': TELL, ...pinned('26.10.1') }, WANTS);
    const { stdout, status } = launch(root, 'x');
    expect({ stdout, status }).toEqual({ stdout: `pinned: ${join(root, 'dist/bin/main.js')} x\n`, status: 7 });
  });

  it('does not start another process when it runs as the pinned version already', () => {
    expect(launch(layOut({ 'dist/bin/main.js': TELL, ...pinned(process.versions.node) }, WANTS), 'x').stdout).toBe(
      '["x"]\n',
    );
  });

  it('says what to do, and exits with 3, where no Node fits', () => {
    const { stderr, status } = launch(layOut({ 'dist/bin/main.js': TELL }, { engines: { node: '>=99' } }));
    expect(status).toBe(3);
    expect(stderr).toContain(`Waybill needs Node >=99, and this is ${process.versions.node}`);
    expect(stderr).toContain('--omit=optional');
  });

  it('exits with 3 where the installation is broken', () => {
    expect(launch(layOut({})).status).toBe(3);
    expect(launch(layOut({ 'dist/bin/main.js': 'import "./not-there.js"' })).status).toBe(3);
  });

  it.each([
    ['in its own process', {}],
    ['in that of the pinned Node', WITH_PINNED],
  ])('ends the program when SIGTERM ended npm and its shell and came no further: %s', async (_where, files) => {
    const root = layOut({ 'bin/main.ts': LIVES_ON, ...files }, WANTS);
    // As npm runs it: the shell has something left to do, so it does not make way for the program.
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${join(root, 'bin/waybill.js')}"; exit $?`], {
      env: { ...process.env, npm_command: 'exec' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await expect.poll(() => said, { timeout: 20_000 }).toBe('up\n');
    shell.kill('SIGTERM');
    await once(shell.stdout, 'end');
    expect(said).toBe('up\nSIGTERM\n');
  });

  it('starts the real program', () => {
    const { stdout, status } = launch(ROOT, '--version');
    expect({ stdout, status }).toEqual({ stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), status: 0 });
  });
});
