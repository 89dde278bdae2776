import { condition } from '@temporalio/workflow';

/**
 * At most `width` pieces of work at once per lane and `total` over all of them; the rest wait their turn in the workflow,
 * where waiting is free.
 */
export function createLanes(width: number, total: number): <T>(lane: string, work: () => Promise<T>) => Promise<T> {
  const busy = new Map<string, number>();
  return async (lane, work) => {
    const count = () => busy.get(lane) ?? 0;
    const isFull = () => count() >= width || [...busy.values()].reduce((sum, one) => sum + one, 0) >= total;
    // Everybody who waits is woken at once, and only the first finds room.
    while (isFull()) await condition(() => !isFull());
    busy.set(lane, count() + 1);
    try {
      return await work();
    } finally {
      busy.set(lane, count() - 1);
    }
  };
}
