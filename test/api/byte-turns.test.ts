import { describe, expect, it } from 'vitest';
import { createByteTurns } from '../../api/ingest/byte-turns.ts';

const PATIENT = 60_000;

/** Work that runs until it is told to end. */
function start(turns: ReturnType<typeof createByteTurns>, bytes: number) {
  const work = {
    began: false,
    end: (_result: string): void => {},
    fail: (_error: Error): void => {},
    done: undefined as Promise<string> | undefined,
  };
  const promise = new Promise<string>((resolve, reject) => Object.assign(work, { end: resolve, fail: reject }));
  work.done = turns(bytes, () => {
    work.began = true;
    return promise;
  });
  work.done.catch(() => {});
  return work;
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('turns by bytes', () => {
  it('let work begin while its bytes fit, and the next in order as soon as there is room', async () => {
    const turns = createByteTurns(10, PATIENT);
    const works = [6, 4, 5, 1].map((bytes) => start(turns, bytes));
    const [six, four, five, one] = works;
    await settle();
    // Nobody overtakes: large work would wait for ever behind a stream of small work.
    expect(works.map(({ began }) => began)).toEqual([true, true, false, false]);
    four?.end('four');
    await four?.done;
    await settle();
    expect([five?.began, one?.began]).toEqual([false, false]);
    six?.end('six');
    await settle();
    expect([five?.began, one?.began]).toEqual([true, true]);
  });

  it('let work of any size run, alone', async () => {
    const turns = createByteTurns(10, PATIENT);
    const huge = start(turns, 1000);
    const small = start(turns, 1);
    await settle();
    expect([huge.began, small.began]).toEqual([true, false]);
    huge.end('huge');
    await expect(huge.done).resolves.toBe('huge');
    await settle();
    expect(small.began).toBe(true);
  });

  it('are given back by work that fails', async () => {
    const turns = createByteTurns(10, PATIENT);
    const broken = start(turns, 10);
    await settle();
    broken.fail(new Error('no'));
    await expect(broken.done).rejects.toThrow('no');
    await expect(turns(10, async () => 'next')).resolves.toBe('next');
  });

  it('refuse who waits too long, and whoever is behind him takes his place', async () => {
    const turns = createByteTurns(10, 20);
    const first = start(turns, 6);
    const refused = start(turns, 6);
    await expect(refused.done).rejects.toMatchObject({
      problem: { status: 503, code: 'submissions.busy', headers: { 'retry-after': '5' } },
    });
    expect(refused.began).toBe(false);
    await expect(turns(4, async () => 'fits')).resolves.toBe('fits');
    first.end('first');
  });
});
