const MOST_KEPT = 1000;

/**
 * Runs work once per key: the same form sent again, also while the first is under way, gets the outcome of the first. A
 * failure is forgotten, so that it can be tried again. Kept in memory as the sessions are: after a restart no form that
 * was shown before counts.
 */
export function createOnce<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const outcomes = new Map<string, Promise<T>>();
  return (key, work) => {
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    const outcome = work().catch((error: unknown) => {
      outcomes.delete(key);
      throw error;
    });
    outcomes.set(key, outcome);
    const [oldest] = outcomes.keys();
    if (outcomes.size > MOST_KEPT && oldest !== undefined) outcomes.delete(oldest);
    return outcome;
  };
}
