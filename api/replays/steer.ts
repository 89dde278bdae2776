import type { ReplayRecord } from '../../db/replays.ts';
import type { Actor } from '../../db/verbs.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound, problem } from '../problem.ts';
import { type Told, tell } from './tell.ts';

/**
 * Pauses a replay, lets it go on, or gives it up; again changes nothing. Fails with 409 `replay.ended` where it has ended
 * otherwise. Its workflow looks at its row by itself; it is told so that nobody waits for that.
 */
export async function steerReplay(
  deps: Pick<ApiDeps, 'db' | 'clock'> & Told,
  id: string,
  to: 'paused' | 'running' | 'cancelled',
  who: { by: Actor; reason: string | null },
): Promise<{ record: ReplayRecord; changed: boolean }> {
  const steered = await deps.db.replays.steer(id, to, { ...who, at: deps.clock().toISOString() });
  if (!steered) throw notFound('replay', id);
  if (steered.record.state !== to) throw ended(steered.record);
  if (steered.changed && to !== 'paused') await tell(deps, id);
  return steered;
}

const ended = ({ id, state }: ReplayRecord) =>
  problem(409, 'replay.ended', `expected a replay that runs or is paused, found ${id} ${state}`, {
    more: { found: state },
  });
