import type { ReplaySpec } from '../../attestation/delivery/replay.ts';
import { matchesGlob } from '../../attestation/glob.ts';
import type { ReplayRecord } from '../../db/replays.ts';
import { type Principal, seesEverything } from '../auth/principal.ts';
import { notFound, problem } from '../problem.ts';

/**
 * Whether all that a replay may ever touch is the caller's to see. A `*` of its pipelines is covered only by a `*` of the
 * scope: what is not certain is not seen.
 */
export const seesReplay = (principal: Principal, { pipelines }: Pick<ReplaySpec, 'pipelines'>): boolean =>
  seesEverything(principal) ||
  (pipelines?.every((glob) => principal.scope.some((allowed) => matchesGlob(allowed, glob))) ?? false);

export function assertReplayInScope(principal: Principal, spec: ReplaySpec): void {
  if (seesReplay(principal, spec)) return;
  const expected = principal.scope.join(' ');
  const found = spec.pipelines?.join(' ') ?? 'all pipelines';
  throw problem(
    403,
    'scope.insufficient',
    `expected pipelines within the scope of the token, ${expected}, found ${found}; say which in pipelines`,
    { more: { expected, found } },
  );
}

/** The replay, or 404 as if it did not exist when it reaches beyond the caller's scope. */
export function visibleReplay(principal: Principal, record: ReplayRecord | undefined, id: string): ReplayRecord {
  if (!record || !seesReplay(principal, record.spec)) throw notFound('replay', id);
  return record;
}
