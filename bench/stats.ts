/** What is said of a number of measurements, in ms. On a busy machine p10 is nearest to what it takes by itself. */
export type Spread = { n: number; p10: number; p50: number; p95: number };

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { n: sorted.length, p10: at(0.1), p50: at(0.5), p95: at(0.95) };
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Wall clock with fractions of a millisecond, comparable with the times in a workflow's history. */
export const wallMs = (): number => performance.timeOrigin + performance.now();
