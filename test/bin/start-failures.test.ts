import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const MAIN = join(import.meta.dirname, '../../bin/main.ts');

describe('a process that cannot start', () => {
  it('says why and ends with 3, although its supervisor listens to it', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'waybill-start-'));
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => {
      taken.close();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const address = taken.address();
    const port = String(typeof address === 'object' && address ? address.port : 0);
    // It has an IPC channel, as below `waybill up`, and listens for its end.
    const child = fork(MAIN, ['api', '--port', port], {
      env: { PATH: process.env.PATH, WAYBILL_DATA_DIR: dataDir },
      execArgv: [],
      silent: true,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(said).toContain(port);
  });
});
