/** What a destination's gate knows of the world, in one worker process. */
export type GateView = {
  held: { operator: boolean; broken: boolean };
  /** Configured for the destination, over all worker processes. */
  concurrency: number;
  liveWorkers: number;
  /** This process holds the open claim of a probe. */
  probing: boolean;
  /** The limit before this look; undefined at the first, which opens at once. */
  limit: number | undefined;
};

/**
 * How many deliveries to one destination may run in this process: its share of the concurrency, 0 while held, 1 for a
 * probe. After a hold it is opened step by step: 1, 2, 4 …, so that a receiver that came back is not run over.
 */
export function gateLimit(view: GateView): number {
  if (view.held.operator) return 0;
  if (view.held.broken) return view.probing ? 1 : 0;
  const share = Math.max(1, Math.floor(view.concurrency / Math.max(1, view.liveWorkers)));
  return view.limit === undefined ? share : Math.min(share, Math.max(1, view.limit * 2));
}
