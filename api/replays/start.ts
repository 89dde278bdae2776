import { isDeepStrictEqual } from 'node:util';
import type { ReplaySpec } from '../../attestation/delivery/replay.ts';
import { randomId } from '../../attestation/ids.ts';
import type { ReplayRecord } from '../../db/replays.ts';
import type { Actor } from '../../db/verbs.ts';
import type { ApiDeps } from '../deps.ts';
import { problem } from '../problem.ts';
import type { Aim } from './aim.ts';
import { foresee } from './foresee.ts';
import { type Told, tell } from './tell.ts';

type Deps = Pick<ApiDeps, 'db' | 'clock' | 'integrations'> & Told;
type Order = {
  aim: Aim;
  by: Actor;
  reason: string | null;
  /** More than these are not queued: then nothing is. */
  expectAtMost: number;
  throughSeq?: number | undefined;
  patienceMs: number;
};

/** Longer than it takes to look and to write; another process that died in between stops nobody for longer. */
const LEASE_MS = 10_000;

/**
 * Counts, writes the replay down and has it started. `foreseen` alone: there is nothing to queue, and nothing was done.
 * Fails with 409: `replay.more-than-expected`; `replay.uncounted` when `patienceMs` was over first; `replay.running` when
 * one that runs or is paused does the same, or sends to the same destination again as well; `replay.in-flight`.
 */
export async function startReplay(deps: Deps, order: Order) {
  const { db, clock } = deps;
  const { aim, expectAtMost, throughSeq, patienceMs } = order;
  await assertAlone(deps, aim.spec);
  const foreseen = await foresee(deps, aim, { throughSeq, patienceMs, stopAbove: expectAtMost });
  if (foreseen.count > expectAtMost) throw moreThanExpected(expectAtMost, foreseen.count);
  if (foreseen.atLeast) throw uncounted(foreseen.count, patienceMs);
  if (foreseen.count === 0) return { foreseen };

  const id = randomId('rpl');
  const lease = `replay/${aim.spec.destination}`;
  const now = () => clock().toISOString();
  if (!(await db.leases.take(lease, id, LEASE_MS, now()))) throw inFlight(aim.spec.destination);
  try {
    await assertAlone(deps, aim.spec);
    const record = await db.replays.create({
      id,
      spec: aim.spec,
      throughSeq: foreseen.throughSeq,
      total: foreseen.count,
      reason: order.reason,
      by: order.by,
      at: now(),
    });
    await tell(deps, id);
    return { foreseen, record };
  } finally {
    await db.leases.take(lease, id, 0, now());
  }
}

async function assertAlone({ db }: Deps, spec: ReplaySpec): Promise<void> {
  const { destination } = spec;
  const unfinished = { destination, state: ['running' as const, 'paused' as const] };
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await db.replays.list(unfinished, { limit: 100, cursor });
    const same = items.find((other) => isDeepStrictEqual(other.spec, spec));
    if (same) throw running(same, 'and does the same');
    // Each would send what the other one has sent: what arrived is what both of them repeat.
    const again = spec.mode === 'again' ? items.find((other) => other.spec.mode === 'again') : undefined;
    if (again) throw running(again, 'and sends to it again, too: two would send the same twice');
    if (next === null) return;
    cursor = next;
  }
}

const running = ({ id, state, spec }: ReplayRecord, why: string) =>
  problem(
    409,
    'replay.running',
    `expected no replay to ${spec.destination} that does the same, found ${id}, which is ${state} ${why}; follow it, or cancel it first`,
    { more: { expected: 'no such replay', found: id, replay: `/v1/replays/${id}` } },
  );

const inFlight = (destination: string) =>
  problem(
    409,
    'replay.in-flight',
    `another replay to ${destination} is being created at this moment; look at the list, and ask again`,
    { headers: { 'retry-after': '1' } },
  );

const moreThanExpected = (expected: number, found: number) =>
  problem(
    409,
    'replay.more-than-expected',
    `expected at most ${expected} deliveries to queue, found ${found} or more; nothing was done: look at what they are (dryRun) and ask again`,
    { more: { expected: String(expected), found: String(found) } },
  );

const uncounted = (found: number, patienceMs: number) =>
  problem(
    409,
    'replay.uncounted',
    `expected to count all within ${patienceMs / 1000} s, found ${found} by then and more to look at; nothing was done: give it more time (the header Prefer: wait=60), or replay in parts (since, until, pipelines)`,
    { more: { found: String(found) } },
  );
