/** Runs `count` pieces of work, `inFlight` at a time, and gives back what each took in ms. */
export async function closedLoop(count: number, inFlight: number, work: () => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  let left = count;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const since = performance.now();
      await work();
      took.push(performance.now() - since);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return took;
}

/**
 * Lets every arm take its turn, round after round, until the time is up: whatever else the machine does hits them alike.
 * Who begins rotates. Gives back each arm's results, a list per arm in the order of the arms.
 */
export async function takeTurns<T>(arms: readonly (() => Promise<T>)[], budgetMs: number): Promise<T[][]> {
  const results: T[][] = arms.map(() => []);
  const until = performance.now() + budgetMs;
  for (let round = 0; round === 0 || performance.now() < until; round += 1) {
    for (const step of arms.keys()) {
      const at = (round + step) % arms.length;
      const arm = arms[at];
      if (arm) results[at]?.push(await arm());
    }
  }
  return results;
}
