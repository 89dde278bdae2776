import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockWithin, tryLock } from '../../temporal/lock.ts';
import { identifyProcess, isRunning } from '../../temporal/process-identity.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-lock-'));
  path = join(folder, 'db.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const running = () => {
  const self = identifyProcess(process.pid);
  if (!self) throw new Error('this process does not run');
  return self;
};
const dead = async () => {
  const child = spawn('true');
  const pid = child.pid ?? 0;
  await once(child, 'exit');
  return { pid, startedAt: running().startedAt };
};
const write = (record: object) => writeFileSync(path, JSON.stringify({ token: 't', ...record }));
const take = () => {
  const result = tryLock(path);
  if (!result.ok) throw new Error(`held by ${result.held.pid}`);
  return result.lock;
};

describe('process identity', () => {
  it('is the same for one process at any time, and runs', () => {
    expect(running()).toEqual(running());
    expect(isRunning(running())).toBe(true);
  });

  it('is not that of a dead process or of another one with the same pid', async () => {
    expect(identifyProcess((await dead()).pid)).toBeUndefined();
    expect(isRunning({ pid: process.pid, startedAt: 'another boot/1' })).toBe(false);
  });

  it('does not count a zombie as running', async () => {
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    await expect.poll(() => identifyProcess(Number(line.toString()))).toBeUndefined();
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });
});

describe('lock', () => {
  it('names the pid that holds it, and is free again after its release', () => {
    const lock = take();
    expect(tryLock(path)).toEqual({ ok: false, held: { pid: process.pid, holder: 'owner' } });
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
    take().release();
  });

  it('is taken over from a dead process', async () => {
    write({ owner: await dead() });
    take();
    expect(JSON.parse(readFileSync(path, 'utf8')).owner).toEqual(running());
    expect(readdirSync(folder)).toEqual(['db.lock']);
  });

  it('is taken over when the pid now belongs to another process', () => {
    write({ owner: { pid: process.pid, startedAt: 'another boot/1' } });
    take();
  });

  it('is taken over when a power cut left the file empty', () => {
    writeFileSync(path, '');
    take();
  });

  it('stands while a child of a dead owner still runs', async () => {
    const owner = await dead();
    write({ owner, child: running() });
    expect(tryLock(path)).toEqual({ ok: false, held: { pid: process.pid, holder: 'child' } });
    write({ owner, child: owner });
    take();
  });

  it('covers a child from the moment it is told of it', () => {
    const lock = take();
    lock.coverChild(process.pid);
    expect(JSON.parse(readFileSync(path, 'utf8')).child).toEqual(running());
  });

  it('does not release what somebody else holds by now', () => {
    const lock = take();
    rmSync(path);
    take();
    lock.release();
    expect(existsSync(path)).toBe(true);
  });

  it('is waited for as long as patience lasts, and the wait is announced once', async () => {
    const first = take();
    const met: number[] = [];
    const waiting = lockWithin(path, {
      patienceMs: () => 60_000,
      onWait: ({ pid }) => {
        met.push(pid);
        first.release();
      },
      onGivingUp: () => new Error('gave up'),
    });
    const second = await waiting;
    expect(met).toEqual([process.pid]);
    await expect(
      lockWithin(path, { patienceMs: () => 0, onGivingUp: ({ pid }) => new Error(`held by ${pid}`) }),
    ).rejects.toThrow(`held by ${process.pid}`);
    second.release();
  });

  it('is won by exactly one of many processes that find the same stale file', async () => {
    write({ owner: await dead() });
    const script = join(folder, 'contender.ts');
    writeFileSync(
      script,
      `import { tryLock } from ${JSON.stringify(join(import.meta.dirname, '../../temporal/lock.ts'))};
       process.stdout.write(tryLock(${JSON.stringify(path)}).ok ? 'won ' : 'lost');
       process.stdin.on('end', () => process.exit()).resume();`,
    );
    const contenders = Array.from({ length: 6 }, () => spawn(process.execPath, [script]));
    const answers = await Promise.all(contenders.map(async ({ stdout }) => `${(await once(stdout, 'data'))[0]}`));
    for (const { stdin } of contenders) stdin.end();
    await Promise.all(contenders.map((contender) => once(contender, 'exit')));
    expect(answers.sort()).toEqual(['lost', 'lost', 'lost', 'lost', 'lost', 'won ']);
  });
});
