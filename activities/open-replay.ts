import { SYSTEM } from '../db/verbs.ts';
import type { ReplayPlan } from '../workflows/steps.ts';
import type { Deps } from './deps.ts';
import { impossible } from './failure.ts';
import { lanesFor } from './replay-lanes.ts';

/** What a replay's workflow has to run, or that the replay is over. One whose destination is gone ends here. */
export const createOpenReplay =
  (deps: Deps) =>
  async (id: string): Promise<ReplayPlan> => {
    const { replays, destinations } = deps.db;
    const replay = await replays.get(id);
    if (!replay) throw impossible('REPLAY_MISSING', `no replay ${id} on record`);
    const { spec, finishedAt, total, queued } = replay;
    const { destination: name, mode } = spec;
    const plan = { destination: name, mode, queued };
    const destination = await destinations.get(name);
    if (finishedAt === null && destination) return { ...plan, over: false, lanes: lanesFor(deps, destination), total };

    const because = { by: SYSTEM, at: deps.clock().toISOString(), reason: `destination ${name} was deleted` };
    const ended = await replays.steer(id, 'cancelled', because);
    await replays.closed(id);
    return { ...plan, over: true, state: ended?.record.state ?? replay.state };
  };
