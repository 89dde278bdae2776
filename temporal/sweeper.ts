import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ATTESTATIONS_QUEUE } from '../attestation/names.ts';
import type { Database } from '../db/database.ts';
import { SYSTEM } from '../db/records.ts';
import type { redelivery } from '../workflows/redelivery.ts';
import { startJudgement } from './judge.ts';
import { wakeDelivery } from './wake.ts';

const SWEEP_EVERY_MS = 5000;
const LEASE_MS = 20_000;
/** Younger ones are somebody's request on its way. */
const PATIENCE_MS = 10_000;
const HOST_CHECK_EVERY_MS = 60_000;
const BATCH = 100;

export type SweeperOptions = {
  db: Database;
  client: Client;
  processId: string;
  clock: () => Date;
  log: { warn(detail: object, message: string): void; info(detail: object, message: string): void };
};

/**
 * Compares rows with workflows, in one process at a time: starts what has none, sends commands again that nobody heard,
 * gives open deliveries a new host when theirs is gone. Needs no Temporal to be started; writes no delivery's state.
 */
export function startSweeper(options: SweeperOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await sweep(options).catch((error: unknown) =>
        options.log.warn({ error: String(error) }, 'a sweep failed; the next one follows'),
      );
      await delay(SWEEP_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

/** One sweep. What fails for one row does not keep the others waiting. */
async function sweep(options: SweeperOptions): Promise<void> {
  const { db, processId, clock } = options;
  const now = clock();
  const ago = (ms: number) => new Date(now.getTime() - ms).toISOString();
  if (!(await db.leases.take('sweeper', processId, LEASE_MS, now.toISOString()))) return;

  for (const judgement of await db.attestations.undecided(ago(PATIENCE_MS), BATCH)) {
    await guarded(options, judgement.id, async () => {
      if ((await startJudgement(options.client, judgement)) === 'running') return;
      const reason = 'its workflow ended without a verdict';
      await db.attestations.rejudge(judgement.id, {
        by: SYSTEM,
        at: now.toISOString(),
        reason,
        onlyIf: { n: judgement.n },
      });
    });
  }
  for (const delivery of await db.hosts.staleCommands(ago(PATIENCE_MS), BATCH)) {
    await guarded(options, delivery.id, () => wakeDelivery(options.client, delivery, 'retry'));
  }
  for (const host of await db.hosts.toCheck(ago(HOST_CHECK_EVERY_MS), BATCH, now.toISOString())) {
    await guarded(options, host.workflowId, async () => {
      if (!(await isRunning(options.client, host.workflowId))) await rehost(options, host);
    });
  }
}

async function guarded(options: SweeperOptions, what: string, work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) =>
    options.log.warn({ what, error: String(error) }, 'could not be swept; tried again next time'),
  );
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Moves the open deliveries first, then starts their host: a crash in between is found by the next check. */
async function rehost(options: SweeperOptions, host: { workflowId: string; attestationId: string }): Promise<void> {
  const moved = await options.db.hosts.rehost(host.workflowId, host.attestationId, options.clock().toISOString());
  if (!moved) return;
  options.log.warn(
    { from: host.workflowId, to: moved.workflowId, deliveries: moved.deliveries.length },
    'deliveries without a running workflow go on in a new one',
  );
  await options.client.workflow.start<typeof redelivery>('redelivery', {
    workflowId: moved.workflowId,
    taskQueue: ATTESTATIONS_QUEUE,
    args: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `redelivery of ${host.attestationId}`,
  });
}
