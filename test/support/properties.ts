/**
 * How a property is tried: with the same cases in every run of the suite, or a red run says nothing about the change.
 * `npm run test:properties` tries many more, new ones each time. What fails is shown as it is found: looking for a
 * smaller case would take longer than a test may.
 */
export function properties(numRuns: number): { numRuns: number; seed: number; endOnFailure: true } {
  const { WAYBILL_PROPERTY_TIMES: times = '1', WAYBILL_PROPERTY_SEED: seed = '1' } = process.env;
  return {
    numRuns: numRuns * Number(times),
    seed: seed === 'random' ? Date.now() : Number(seed),
    endOnFailure: true,
  };
}
