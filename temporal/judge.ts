import { type Client, WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineUpdate } from '@temporalio/workflow';
import { ATTESTATIONS_QUEUE, VERDICT_UPDATE } from '../attestation/names.ts';
import type { attestation } from '../workflows/attestation.ts';
import type { JudgementRef } from '../workflows/steps.ts';

/** A judgement on record, and the workflow that makes it. */
export type Judgement = { id: string; n: number; project: string; pipeline: string; workflowId: string };

const AttState = defineSearchAttributeKey('AttState', 'KEYWORD');
const AttPipeline = defineSearchAttributeKey('AttPipeline', 'KEYWORD');
const verdict = defineUpdate<{ verdict: string }>(VERDICT_UPDATE);

/** Short enough that a recovering worker's lost workflow task is found out soon, long enough for every local step. */
const WORKFLOW_TASK_TIMEOUT = '8s' as const;

function startOptions({ id, n, project, pipeline, workflowId }: Judgement) {
  const args: [JudgementRef] = [{ id, n }];
  return {
    workflowId,
    taskQueue: ATTESTATIONS_QUEUE,
    args,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' as const,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    typedSearchAttributes: [
      { key: AttState, value: 'judging' },
      { key: AttPipeline, value: `${project}/${pipeline}` },
    ],
    staticSummary: `${project}/${pipeline}`,
  };
}

/**
 * Starts the judgement's workflow, or joins it, and waits for "decided" for at most `waitMs` by our own timer: the
 * client returns late and cannot tell a missing worker from a missing server. Never throws for an unreachable Temporal;
 * the answer is always read from the row.
 */
export async function judge(
  client: Client,
  judgement: Judgement,
  waitMs: number,
  signal?: AbortSignal,
): Promise<'decided' | 'undecided'> {
  const ended = new AbortController();
  const patience = new Promise<'undecided'>((resolve) => {
    const timer = setTimeout(resolve, waitMs, 'undecided');
    ended.signal.addEventListener('abort', () => clearTimeout(timer));
    signal?.addEventListener('abort', () => resolve('undecided'), { once: true });
  });
  const operation = new WithStartWorkflowOperation<typeof attestation>('attestation', startOptions(judgement));
  const answer = client
    .withDeadline(Date.now() + waitMs, () =>
      client.workflow.executeUpdateWithStart(verdict, { updateId: VERDICT_UPDATE, startWorkflowOperation: operation }),
    )
    .then(
      () => 'decided' as const,
      // Timeout, unreachable, closed before the update came: the row knows whether it was decided.
      () => 'undecided' as const,
    );
  operation.workflowHandle().catch(() => {});
  try {
    return await Promise.race([answer, patience]);
  } finally {
    ended.abort();
  }
}

/** Starts the judgement's workflow without waiting. `closed`: it ran to its end already and cannot be started again. */
export async function startJudgement(client: Client, judgement: Judgement): Promise<'running' | 'closed'> {
  try {
    await client.workflow.start<typeof attestation>('attestation', startOptions(judgement));
    return 'running';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
    throw error;
  }
}
