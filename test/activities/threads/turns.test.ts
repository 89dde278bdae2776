import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../activities/threads/turns.ts';

function deferred(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

describe('turns', () => {
  it('let so many work at once, the others in the order in which they came', async () => {
    const turns = createTurns(2);
    const began: number[] = [];
    const gates = Array.from({ length: 5 }, deferred);
    const all = gates.map(({ promise }, index) =>
      turns(() => {
        began.push(index);
        return promise;
      }),
    );
    expect(began).toEqual([0, 1]);
    gates[1]?.resolve();
    await all[1];
    expect(began).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve();
    await Promise.all(all);
    expect(began).toEqual([0, 1, 2, 3, 4]);
  });

  it('pass on after a failure, and are free again once nobody waits', async () => {
    const turns = createTurns(1);
    const failing = turns(() => Promise.reject(new Error('no')));
    const next = turns(async () => 'next');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
    expect(await turns(async () => 'later')).toBe('later');
  });
});
