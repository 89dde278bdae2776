import { condition } from '@temporalio/workflow';

/** At most `width` pieces of work at once per lane; the rest wait their turn in the workflow, where waiting is free. */
export function createLanes(width: number): <T>(lane: string, work: () => Promise<T>) => Promise<T> {
  const busy = new Map<string, number>();
  return async (lane, work) => {
    const count = () => busy.get(lane) ?? 0;
    // Everybody who waits is woken at once, and only the first finds room.
    while (count() >= width) await condition(() => count() < width);
    busy.set(lane, count() + 1);
    try {
      return await work();
    } finally {
      busy.set(lane, count() - 1);
    }
  };
}
