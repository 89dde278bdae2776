import type { ApiDeps } from '../deps.ts';
import { loadStanding, progressOf, type Standing } from './progress.ts';

/** Over so much time a rate is told. */
const WINDOW_MS = 15_000;

type Seen = { standing: Standing | undefined; rate: number | undefined };
type Watched = {
  users: number;
  at: number;
  seen?: Promise<Seen>;
  samples: { at: number; ended: number }[];
};

/**
 * Looks at replays for those who follow them: once per `everyMs` for each replay, however many follow it. Nothing is kept
 * of a replay that nobody follows any more.
 */
export function createWatch(deps: Pick<ApiDeps, 'db' | 'clock' | 'integrations'>, everyMs: number) {
  const watched = new Map<string, Watched>();

  const look = async (id: string, samples: Watched['samples'], at: number): Promise<Seen> => {
    const standing = await loadStanding(deps, id);
    if (!standing) return { standing, rate: undefined };
    samples.push({ at, ended: progressOf(standing.record, deps.clock()).ended });
    while (samples.length > 2 && at - (samples[0]?.at ?? at) > WINDOW_MS) samples.shift();
    return { standing, rate: rateOf(samples) };
  };

  return {
    follow(id: string) {
      const one: Watched = watched.get(id) ?? { users: 0, at: 0, samples: [] };
      one.users++;
      watched.set(id, one);
      return {
        look: (): Promise<Seen> => {
          const at = performance.now();
          // A little less: whoever comes each `everyMs` sees something new each time.
          if (one.seen && at - one.at < everyMs * 0.8) return one.seen;
          one.at = at;
          one.seen = look(id, one.samples, at);
          return one.seen;
        },
        leave: (): void => {
          one.users--;
          if (one.users === 0) watched.delete(id);
        },
      };
    },
    /** Replays that somebody follows. */
    size: () => watched.size,
  };
}

function rateOf(samples: Watched['samples']): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at - first.at < 1000) return undefined;
  return Math.max(0, ((last.ended - first.ended) * 1000) / (last.at - first.at));
}
