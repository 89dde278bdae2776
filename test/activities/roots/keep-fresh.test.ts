import { describe, expect, it } from 'vitest';
import { keepFresh } from '../../../activities/roots/keep-fresh.ts';
import { createMirrors } from '../../../activities/roots/mirrors.ts';
import { shipped } from '../../../attestation/verify/published.ts';

const mirrors = createMirrors();

/** Counts its refreshes; `asked` resolves at the n-th, each of which ends as `ends` says. */
const createRoots = (ends: (n: number, signal: AbortSignal) => Promise<boolean>) => {
  let count = 0;
  const waiting = new Map<number, () => void>();
  return {
    count: () => count,
    asked: (n: number) => new Promise<void>((resolve) => (count >= n ? resolve() : waiting.set(n, resolve))),
    current: shipped,
    refresh: (_: unknown, signal: AbortSignal) => {
      count += 1;
      waiting.get(count)?.();
      return ends(count, signal);
    },
  };
};
const never = 3_600_000;

describe('keeping built-in roots fresh', () => {
  it('looks again and again', async () => {
    const roots = createRoots(async () => true);
    const fresh = keepFresh(roots, mirrors, { random: () => 0, firstMs: 0, everyMs: 1, retryMs: never });
    await roots.asked(3);
    await fresh.stop();
  });

  it('looks again sooner after a failure', async () => {
    const roots = createRoots(async (n) => n === 3);
    const fresh = keepFresh(roots, mirrors, { random: () => 0, firstMs: 0, everyMs: never, retryMs: 1 });
    await roots.asked(3);
    await fresh.stop();
    expect(roots.count()).toBe(3);
  });

  it('looks for the first time only after a while, which differs between processes', async () => {
    const roots = createRoots(async () => true);
    const fresh = keepFresh(roots, mirrors, { random: () => 1, firstMs: never, everyMs: 1, retryMs: 1 });
    await fresh.stop();
    expect(roots.count()).toBe(0);
  });

  it('ends a look that runs when it is stopped', async () => {
    const roots = createRoots(
      (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(false))),
    );
    const fresh = keepFresh(roots, mirrors, { random: () => 0, firstMs: 0, everyMs: never, retryMs: never });
    await roots.asked(1);
    await fresh.stop();
    expect(roots.count()).toBe(1);
  });
});

describe('mirrors', () => {
  it("are the publishers' own unless others are named; what vouches for them stays the same", () => {
    const other = createMirrors({ github: 'http://mirror.internal/github' });
    expect(other.github).toEqual({ ...mirrors.github, url: 'http://mirror.internal/github' });
    expect(other.sigstore).toEqual(mirrors.sigstore);
  });
});
