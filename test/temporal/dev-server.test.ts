import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDevServer } from '../../temporal/dev-server.ts';
import { spawnServer } from '../../temporal/dev-server-process.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'waybill-dev-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const binary = (body: string): string => {
  const path = join(dataDir, 'temporal');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
};
const start = (path: string) =>
  startDevServer({
    cli: { path, version: { cli: '1.5.1', server: '1.29.1' }, way: 'PATH' },
    dataDir,
    port: 0,
    uiPort: 'off',
    log: () => undefined,
  });
const spawned = (body: string) => spawnServer(binary(body), [], join(dataDir, 'temporal.log'));

describe('a dev server that does not start', () => {
  it('is reported with its exit code and the end of its log, and leaves no lock', async () => {
    const message = await start(binary('echo "disk is on fire" >&2; exit 3')).catch((error: Error) => error.message);
    expect(message).toContain('ended while starting (exit code 3):\ndisk is on fire');
    expect(message).toContain(join(dataDir, 'temporal.log'));
    expect(readdirSync(dataDir).sort()).toEqual(['temporal', 'temporal.log']);
  });

  it('shows only what this run has logged', async () => {
    await start(binary('echo first; exit 1')).catch(() => undefined);
    const message = await start(binary('echo second; exit 1')).catch((error: Error) => error.message);
    expect(message).toContain('second');
    expect(message).not.toContain('first');
  });

  it.each([
    ['another process has just won its port', 'echo "bind: address already in use"; exit 1', 'address already in use'],
    [
      'it found no port for itself',
      'echo "panic: failed assigning ephemeral port"; for n in $(seq 40); do echo "main.go:$n"; done; exit 2',
      'panic: failed assigning ephemeral port',
    ],
  ])('is tried again when %s, and not for ever', async (_, ends, why) => {
    const tries = join(dataDir, 'tries');
    await expect(start(binary(`echo x >> ${tries}; ${ends}`))).rejects.toThrow(why);
    expect(readFileSync(tries, 'utf8')).toBe('x\nx\nx\n');
  });

  it('is reported when the binary cannot be run at all', async () => {
    await expect(start(join(dataDir, 'missing'))).rejects.toThrow('exit code 127');
  });
});

describe('the shell around the server', () => {
  it('tells the pid of the server itself', async () => {
    const server = await spawned('echo $$; exec sleep 30');
    await expect.poll(() => server.output().trim()).toBe(`${server.pid}`);
    process.kill(server.pid, 'SIGKILL');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('is gone no sooner than a server that takes its time to stop', async () => {
    const server = await spawned("trap 'sleep 0.3; echo stopped; exit 7' TERM; echo up; while :; do sleep 0.05; done");
    await expect.poll(() => server.output()).toContain('up');
    server.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 7, signal: null });
    expect(server.output()).toContain('stopped');
    server.kill('SIGKILL');
  });

  it('keeps the exit code of a server that dies at once', async () => {
    const path = binary('exit 3');
    for (let i = 0; i < 30; i++) {
      const server = await spawnServer(path, [], join(dataDir, 'temporal.log'));
      expect(await server.exited).toEqual({ code: 3, signal: null });
    }
  });

  it('hands a signal of its own on, and still waits for the exit code', async () => {
    const server = await spawned("trap 'sleep 0.3; exit 7' TERM; echo $PPID; while :; do sleep 0.05; done");
    await expect.poll(() => server.output()).toMatch(/\d+\n/);
    process.kill(Number(server.output()), 'SIGTERM');
    expect(await server.exited).toEqual({ code: 7, signal: null });
  });
});
