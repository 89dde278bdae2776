import { setTimeout as delay } from 'node:timers/promises';
import type { Mirrors } from './mirrors.ts';
import type { BuiltInRoots } from './roots.ts';

const LOOK_MS = 60_000;
const USUAL = { firstMs: 10_000, everyMs: 6 * 3_600_000, retryMs: 30 * 60_000 };

/**
 * Looks for newer roots in the background from now on: first within ten seconds, then every six hours, after a failure
 * every half hour, never all processes at once. Verdicts wait for none of it. `stop` ends a look that runs.
 */
export function keepFresh(
  roots: BuiltInRoots,
  mirrors: Mirrors,
  { random = Math.random, firstMs, everyMs, retryMs }: { random?: () => number } & typeof USUAL = USUAL,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async () => {
    await delay(random() * firstMs, undefined, { signal });
    for (;;) {
      const isFresh = await roots.refresh(mirrors, AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]));
      await delay((0.75 + random() / 2) * (isFresh ? everyMs : retryMs), undefined, { signal });
    }
  };
  const ended = run().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
