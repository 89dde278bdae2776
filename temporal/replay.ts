import type { Client } from '@temporalio/client';
import { ATTESTATIONS_QUEUE, LOOK_SIGNAL, replayWorkflowId } from '../attestation/names.ts';
import type { backfill } from '../workflows/backfill.ts';

/** Has the workflow of a replay look at its row; starts it where it does not run. Safe to repeat. */
export const startReplay = (client: Client, id: string): Promise<unknown> =>
  client.workflow.signalWithStart<typeof backfill, []>('backfill', {
    workflowId: replayWorkflowId(id),
    taskQueue: ATTESTATIONS_QUEUE,
    args: [id],
    signal: LOOK_SIGNAL,
    signalArgs: [],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `replay ${id}`,
  });
