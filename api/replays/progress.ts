import { FINAL_STATES, OPEN_STATES } from '../../attestation/delivery/state.ts';
import type { Hold } from '../../db/holds.ts';
import type { ReplayRecord } from '../../db/replays.ts';
import { type ExplainedCause, explainCauses } from '../deliveries/causes.ts';
import type { ApiDeps } from '../deps.ts';

/** A replay, and why it does not get on. */
export type Standing = { record: ReplayRecord; holds: Hold[]; problems: ExplainedCause[] };

const MOST_PROBLEMS = 5;

export async function loadStanding(
  deps: Pick<ApiDeps, 'db' | 'clock' | 'integrations'>,
  id: string,
): Promise<Standing | undefined> {
  const record = await deps.db.replays.get(id);
  if (!record) return undefined;
  const [holds, problems] = await Promise.all([deps.db.holds.of(record.spec.destination), problemsOf(deps, record)]);
  return { record, holds, problems };
}

/** Only what may have a cause is asked for, where it is: a queue of a million others is not walked for it. */
async function problemsOf(
  deps: Pick<ApiDeps, 'db' | 'clock' | 'integrations'>,
  { id, spec: { destination }, deliveries }: ReplayRecord,
): Promise<ExplainedCause[]> {
  const state = OPEN_STATES.filter((one) => one !== 'queued' && (deliveries[one] ?? 0) > 0);
  if (state.length === 0) return [];
  const filter = { replay: id, destination, state: [...state], open: true };
  const causes = await explainCauses(deps, filter, deps.clock().toISOString());
  return causes.filter(({ scope }) => scope !== 'none').slice(0, MOST_PROBLEMS);
}

/**
 * How far a replay is. `ended`: its deliveries in a final state; `rate`: how many of them per second lately, where somebody
 * watched, else since it was created.
 */
export function progressOf(record: ReplayRecord, at: Date, rate?: number) {
  const { deliveries, total, queued, finishedAt, createdAt, state, held } = record;
  const ended = FINAL_STATES.reduce((sum, one) => sum + (deliveries[one] ?? 0), 0);
  // What is over queues no more: some had arrived since they were counted, or it was cancelled.
  const left = Math.max((finishedAt === null ? Math.max(total, queued) : queued) - ended, 0);
  const ranMs = Date.parse(finishedAt ?? at.toISOString()) - Date.parse(createdAt);
  const ratePerSecond = rate ?? (ranMs > 0 && ended > 0 ? (ended * 1000) / ranMs : null);
  const moves = state === 'running' && !held && ratePerSecond !== null && ratePerSecond > 0;
  return {
    ended,
    left,
    ratePerSecond: ratePerSecond === null ? null : Math.round(ratePerSecond * 100) / 100,
    secondsLeft: moves ? Math.ceil(left / ratePerSecond) : null,
  };
}
