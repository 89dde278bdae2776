import { describe, expect, it } from 'vitest';
import { createOnce } from '../../../api/page/once.ts';

describe('work that is done once per key', () => {
  it('gives the outcome of the first to all that follow, also while it is under way', async () => {
    const once = createOnce<number>();
    let runs = 0;
    const work = async () => ++runs;
    expect(await Promise.all([once('a', work), once('a', work)])).toEqual([1, 1]);
    expect([await once('a', work), await once('b', work)]).toEqual([1, 2]);
  });

  it('can be tried again when it failed', async () => {
    const once = createOnce<string>();
    await expect(once('a', () => Promise.reject(new Error('busy')))).rejects.toThrow('busy');
    expect(await once('a', async () => 'done')).toBe('done');
  });

  it('forgets the oldest of more than a thousand', async () => {
    const once = createOnce<number>();
    for (let n = 0; n < 1001; n++) await once(`k${n}`, async () => n);
    expect(await once('k0', async () => -1)).toBe(-1);
    expect(await once('k1000', async () => -1)).toBe(1000);
  });
});
