import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ATTESTATIONS_QUEUE, replayWorkflowId } from '../attestation/names.ts';
import type { Database } from '../db/database.ts';
import { SYSTEM } from '../db/verbs.ts';
import type { redelivery } from '../workflows/redelivery.ts';
import { startJudgement } from './judge.ts';
import { startReplay } from './replay.ts';
import { wakeDelivery } from './wake.ts';

const SWEEP_EVERY_MS = 5000;
const LEASE_MS = 20_000;
/** Younger ones are somebody's request on its way. */
const PATIENCE_MS = 10_000;
/** So soon a workflow that is gone is missed; where very many are open, it takes as long as a sweep's batches need. */
const HOST_CHECK_EVERY_MS = 20_000;
/** Of one kind in one sweep; the next sweep goes on with those that waited longest. */
const BATCH = 100;
const AT_ONCE = 10;
/** One kind's share of a sweep; with the call that is out when it is over, well within the lease. */
const TURN_MS = 5000;
const CALL_MS = 5000;

export type SweeperOptions = {
  db: Database;
  client: Client;
  processId: string;
  clock: () => Date;
  log: { warn(detail: object, message: string): void; info(detail: object, message: string): void };
};

/**
 * Compares rows with workflows, in one process at a time: starts what has none, sends commands again that nobody heard,
 * tells workflows of deliveries that others ended, gives open deliveries a new host when theirs is gone. Needs no
 * Temporal to be started; writes no delivery's state.
 */
export function startSweeper(options: SweeperOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = (async () => {
    while (!signal.aborted) {
      await sweep({ ...options, signal }).catch((error: unknown) => {
        if (!signal.aborted) options.log.warn({ error: String(error) }, 'a sweep failed; the next one follows');
      });
      await delay(SWEEP_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

type Sweeping = SweeperOptions & { signal: AbortSignal };

/** One sweep. What fails for one row does not keep the others waiting. */
async function sweep(options: Sweeping): Promise<void> {
  const { db, client, processId, clock } = options;
  const at = clock().toISOString();
  const ago = (ms: number) => new Date(Date.parse(at) - ms).toISOString();
  const leased = () => db.leases.take('sweeper', processId, LEASE_MS, clock().toISOString());
  if (!(await leased())) return;
  // While Temporal is away, nobody's turn is spent on it.
  await called(options, () => client.workflowService.getSystemInfo({}));

  await inTurn(options, {
    next: () => db.attestations.toSweep(ago(PATIENCE_MS), AT_ONCE, at),
    what: ({ id }) => id,
    async work(judgement) {
      if ((await called(options, () => startJudgement(client, judgement))) === 'running') return;
      const reason = 'its workflow ended without a verdict';
      await db.attestations.rejudge(judgement.id, { by: SYSTEM, at, reason, onlyIf: { n: judgement.n } });
    },
  });
  if (!(await leased())) return;
  await inTurn(options, {
    next: () => db.hosts.staleCommands(ago(PATIENCE_MS), AT_ONCE, at),
    what: ({ id }) => id,
    work: (delivery) => called(options, () => wakeDelivery(client, delivery, 'retry')),
  });
  if (!(await leased())) return;
  await inTurn(options, {
    next: () => db.hosts.untold(ago(PATIENCE_MS), AT_ONCE, at),
    what: ({ id }) => id,
    async work(delivery) {
      await called(options, () => wakeDelivery(client, delivery, 'skip'));
      await db.hosts.told(delivery.id);
    },
  });
  if (!(await leased())) return;
  await inTurn(options, {
    next: () => db.replays.toCheck(ago(PATIENCE_MS), AT_ONCE, at),
    what: ({ id }) => id,
    async work({ id, over, stranded }) {
      const needsNothing = !over && !stranded && (await called(options, () => isRunning(client, replayWorkflowId(id))));
      if (!needsNothing) await called(options, () => startReplay(client, id));
    },
  });
  if (!(await leased())) return;
  await inTurn(options, {
    next: () => db.hosts.toCheck(ago(HOST_CHECK_EVERY_MS), AT_ONCE, at),
    what: ({ workflowId }) => workflowId,
    async work(host) {
      if (!(await called(options, () => isRunning(client, host.workflowId)))) await rehost(options, host);
    },
  });
}

type Turn<T> = { next(): Promise<T[]>; what(item: T): string; work(item: T): Promise<unknown> };

/** A few at once, until there are none, the sweep has had its fill, or the time of this kind is over. */
async function inTurn<T>({ signal, log }: Sweeping, { next, what, work }: Turn<T>): Promise<void> {
  const until = performance.now() + TURN_MS;
  for (let taken = 0; taken < BATCH && performance.now() < until && !signal.aborted; taken += AT_ONCE) {
    const items = await next();
    const guarded = items.map(async (item) => {
      await work(item).catch((error: unknown) => {
        if (signal.aborted) return;
        log.warn({ what: what(item), error: String(error) }, 'could not be swept; tried again next time');
      });
    });
    await Promise.all(guarded);
    if (items.length < AT_ONCE) return;
  }
}

/** A call of Temporal that ends: with its deadline, or when the sweeper is stopped. */
const called = <T>({ client, signal }: Sweeping, call: () => Promise<T>): Promise<T> =>
  client.withDeadline(Date.now() + CALL_MS, () => client.withAbortSignal(signal, call));

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Moves the open deliveries first, then starts their host: a crash in between is found by the next check. */
async function rehost(options: Sweeping, host: { workflowId: string; attestationId: string }): Promise<void> {
  const moved = await options.db.hosts.rehost(host.workflowId, host.attestationId, options.clock().toISOString());
  if (!moved) return;
  options.log.warn(
    { from: host.workflowId, to: moved.workflowId, deliveries: moved.deliveries.length },
    'deliveries without a running workflow go on in a new one',
  );
  await called(options, () =>
    options.client.workflow.start<typeof redelivery>('redelivery', {
      workflowId: moved.workflowId,
      taskQueue: ATTESTATIONS_QUEUE,
      args: [],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `redelivery of ${host.attestationId}`,
    }),
  );
}
