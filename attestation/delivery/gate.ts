import { sha256Hex } from '../ids.ts';

/** What a destination's gate knows of the world, in one worker process. */
export type GateView = {
  held: { operator: boolean; broken: boolean };
  /** Configured for the destination, over all worker processes. */
  concurrency: number;
  liveWorkers: number;
  /** Whose turn it is to take what cannot be shared evenly: `turnOf` this process. */
  turn: number;
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
  const share = shareOf(view);
  return view.limit === undefined ? share : Math.min(share, Math.max(1, view.limit * 2));
}

/** The shares of all processes add up to the concurrency; where there are more processes than that, some have none. */
function shareOf({ concurrency, liveWorkers, turn }: GateView): number {
  const among = Math.max(1, liveWorkers);
  return Math.floor(concurrency / among) + (turn < concurrency % among ? 1 : 0);
}

/**
 * Position of a process among those that live, the same whoever computes it and another for every destination, so that
 * the remainders of many destinations spread over all processes.
 */
export function turnOf(destination: string, processId: string, live: readonly string[]): number {
  const weightOf = (id: string) => sha256Hex(`${destination}\n${id}`);
  const own = weightOf(processId);
  return live.filter((id) => id !== processId && weightOf(id) < own).length;
}
