import { afterEach, describe, expect, it } from 'vitest';
import { createLimitedPool, type LimitedPool } from '../../../activities/threads/limited.ts';

const MODULE = new URL('tasks.ts', import.meta.url);
/** For what must end by itself, however busy the machine is. */
const LONG_MS = 60_000;

let pool: LimitedPool;
const open = (size = 1) => {
  pool = createLimitedPool(MODULE, { size, memoryMb: 64 });
  return pool;
};
afterEach(() => pool.close());

const echo = (value: unknown) => pool.run('echo', value, LONG_MS);

describe('a task in a thread', () => {
  it.each(['loopForever', 'backtrackForever'])(
    'that does not end is cut off (%s), and the next one works',
    async (name) => {
      await open().run('echo', 0, LONG_MS);
      await expect(pool.run(name, undefined, 200)).rejects.toMatchObject({
        name: 'ThreadLimitError',
        limit: 'time',
        message: `${name} took longer than 200 ms`,
      });
      expect(await echo('next')).toBe('next');
    },
  );

  it('that eats memory ends with its thread and not with the process, and the next one works', async () => {
    await expect(open().run('hoard', undefined, LONG_MS)).rejects.toMatchObject({
      name: 'ThreadLimitError',
      limit: 'memory',
      message: 'hoard needed more than 64 MiB',
    });
    expect(await echo('next')).toBe('next');
  });

  it('that fails keeps its own error, and the thread', async () => {
    await expect(open().run('fail', undefined, LONG_MS)).rejects.toThrow(TypeError);
    expect(await echo('next')).toBe('next');
  });

  it('may be one of many that are stuck at once: all are cut off, and all others work', async () => {
    open(2);
    const stuck = Array.from({ length: 5 }, () => pool.run('loopForever', undefined, 200));
    const others = Array.from({ length: 5 }, (_, n) => echo(n));
    const ended = await Promise.allSettled(stuck);
    expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 'rejected'));
    expect(await Promise.all(others)).toEqual([0, 1, 2, 3, 4]);
  });

  it('waits for its turn without its clock running', async () => {
    await open().run('echo', 0, LONG_MS);
    const stuck = Array.from({ length: 3 }, () =>
      pool.run('loopForever', undefined, 2000).catch((error) => error.limit),
    );
    // Its limit is shorter than its wait: in a queue that counts, it would never have begun.
    const waiting = pool.run('echo', 'patient', 5000);
    expect(await waiting).toBe('patient');
    expect(await Promise.all(stuck)).toEqual(['time', 'time', 'time']);
  });
});
