import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ATTESTATIONS_QUEUE } from '../attestation/names.ts';
import type { redelivery } from '../workflows/redelivery.ts';

const MOST_TRIES = 5;

/**
 * Runs workflows that find nothing to do until one of them ran in the worker of that identity: its first one takes a
 * quarter of a second, which would be somebody's build. Another worker may be quicker to take it, hence the tries.
 * Only for speed: a Temporal that is slow or away is not waited for.
 */
export async function warmUp(
  client: Client,
  {
    identity,
    taskQueue = ATTESTATIONS_QUEUE,
    withinMs = 8000,
  }: { identity: string; taskQueue?: string; withinMs?: number },
): Promise<void> {
  await client
    .withDeadline(Date.now() + withinMs, async () => {
      for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
        if ((await runEmpty(client, taskQueue, withinMs)).includes(identity)) return;
      }
    })
    .catch(() => {});
}

/** A host without deliveries asks the rows once and ends. Returns who ran it. */
async function runEmpty(client: Client, taskQueue: string, withinMs: number): Promise<(string | null | undefined)[]> {
  const handle = await client.workflow.start<typeof redelivery>('redelivery', {
    workflowId: `warm-up/${randomUUID()}`,
    taskQueue,
    args: [],
    workflowExecutionTimeout: withinMs,
    staticSummary: 'a worker warms up',
  });
  await handle.result();
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => event.workflowTaskCompletedEventAttributes?.identity);
}
