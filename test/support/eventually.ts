import { setTimeout as delay } from 'node:timers/promises';

/** Repeats until it does not throw, and returns what it gave; after `withinMs` its last error is thrown. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  { withinMs = 30_000, everyMs = 100 }: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await delay(everyMs);
  }
}
