import { condition } from '@temporalio/workflow';

/**
 * At most so many pieces of work at once per destination, and `total` over all of them; the rest wait their turn in the
 * workflow, where waiting is free.
 */
export function createInFlight(
  perDestination: number,
  total: number,
): <T>(destination: string, work: () => Promise<T>) => Promise<T> {
  const busy = new Map<string, number>();
  return async (destination, work) => {
    const count = () => busy.get(destination) ?? 0;
    const isFull = () => count() >= perDestination || [...busy.values()].reduce((sum, one) => sum + one, 0) >= total;
    // Everybody who waits is woken at once, and only the first finds room.
    while (isFull()) await condition(() => !isFull());
    busy.set(destination, count() + 1);
    try {
      return await work();
    } finally {
      busy.set(destination, count() - 1);
    }
  };
}
