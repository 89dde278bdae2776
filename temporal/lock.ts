import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

export type Lock = {
  /** Also names a child process that uses what is locked: the lock stands until both are gone. */
  coverChild(pid: number): void;
  release(): void;
};
/** Who holds it: the process that took it, or a child that outlived it. */
export type Held = { pid: number; holder: 'owner' | 'child' };

type LockRecord = { token: string; owner: ProcessIdentity; child?: ProcessIdentity };

/** Takes the lock file, or says who holds it. A lock whose holders are all dead is taken over. */
export function tryLock(path: string): { ok: true; lock: Lock } | { ok: false; held: Held } {
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new Error(`expected to find this process (pid ${process.pid}) among the running ones`);
  const mine: LockRecord = { token: randomUUID(), owner };
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    if (place(path, mine)) return { ok: true, lock: lockOf(path, mine) };
    const found = read(path);
    const held = found && holderOf(found);
    if (held) return { ok: false, held };
    moveAside(path, found?.token);
  }
}

/**
 * Takes the lock file, waiting up to `patienceMs(held)` for who holds it. Throws `onGivingUp(held)` after that.
 * `onWait` is called once, with the first holder met.
 */
export async function lockWithin(
  path: string,
  options: { patienceMs: (held: Held) => number; onWait?: (held: Held) => void; onGivingUp: (held: Held) => Error },
): Promise<Lock> {
  const since = performance.now();
  for (let met = false; ; met = true) {
    const result = tryLock(path);
    if (result.ok) return result.lock;
    if (performance.now() - since >= options.patienceMs(result.held)) throw options.onGivingUp(result.held);
    if (!met) options.onWait?.(result.held);
    await delay(50);
  }
}

function lockOf(path: string, mine: LockRecord): Lock {
  const isMine = () => read(path)?.token === mine.token;
  return {
    coverChild(pid) {
      const child = identifyProcess(pid);
      if (child === undefined || !isMine()) return;
      const draft = `${path}.${mine.token}`;
      writeFileSync(draft, JSON.stringify({ ...mine, child }));
      renameSync(draft, path);
    },
    release() {
      if (isMine()) rmSync(path, { force: true });
    },
  };
}

function holderOf({ owner, child }: LockRecord): Held | undefined {
  if (isRunning(owner)) return { pid: owner.pid, holder: 'owner' };
  if (child && isRunning(child)) return { pid: child.pid, holder: 'child' };
  return undefined;
}

/** A hard link appears with its content or not at all, so nobody ever reads half a record. */
function place(path: string, record: LockRecord): boolean {
  const draft = `${path}.${record.token}`;
  writeFileSync(draft, JSON.stringify(record));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Only one process gets to rename the stale file; if what it caught is a fresh lock after all, it puts that back. */
function moveAside(path: string, staleToken: string | undefined): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (read(aside)?.token !== staleToken) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Undefined where there is no file, or one that a power cut left empty. */
function read(path: string): LockRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockRecord;
  } catch {
    return undefined;
  }
}
