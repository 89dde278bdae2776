import { createHash } from 'node:crypto';

/** Draws numbers in [0, 1), one after the other: always the same ones for the same seed and the same words. */
export function createChance(seed: number, ...about: (string | number)[]): () => number {
  let drawn = 0;
  return () => {
    const digest = createHash('sha256')
      .update(JSON.stringify([seed, about, drawn++]))
      .digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
}

export const between = (chance: () => number, from: number, to: number): number =>
  Math.round(from + (to - from) * chance());

/** One of them, each as often as its weight says against the sum of all; undefined when the sum is below 1 and none is drawn. */
export function oneOf<T>(chance: () => number, weighted: readonly (readonly [number, T])[]): T | undefined {
  const sum = Math.max(
    1,
    weighted.reduce((total, [weight]) => total + weight, 0),
  );
  let rest = chance() * sum;
  for (const [weight, what] of weighted) {
    rest -= weight;
    if (rest < 0) return what;
  }
  return undefined;
}
