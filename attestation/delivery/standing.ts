import { z } from 'zod';

/** How a destination stands, in one word. */
export const Standing = z.enum(['ready', 'draining', 'paused', 'broken']).meta({
  id: 'Standing',
  description:
    'ready: nothing holds it, what comes is tried. draining: it was held, and what waited goes out step by step. paused: by an operator, until he resumes it. broken: the receiver, or our settings for it; probed until it works.',
});
export type Standing = z.infer<typeof Standing>;

type Hold = { kind: 'operator' | 'broken'; since: string };
type View = {
  holds: readonly Hold[];
  /** When the last hold was lifted. */
  liftedAt: string | null;
  /** Open deliveries that waited then and have not been tried since. */
  left: number;
};

/** How a destination stands, and since when; null where nothing was ever the matter. A pause hides a broken receiver: nobody probes it. */
export function standingOf({ holds, liftedAt, left }: View): { standing: Standing; since: string | null } {
  const [first] = holds.map((hold) => hold.since).sort();
  if (first !== undefined)
    return { standing: holds.some(({ kind }) => kind === 'operator') ? 'paused' : 'broken', since: first };
  return left > 0 && liftedAt !== null ? { standing: 'draining', since: liftedAt } : { standing: 'ready', since: null };
}
