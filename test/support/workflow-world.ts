import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { DefaultLogger, type NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { defineUpdate } from '@temporalio/workflow';
import { deliverQueue, VERDICT_UPDATE } from '../../attestation/names.ts';
import { connectWorker, createTemporalClient, plainTarget } from '../../temporal/connect.ts';
import { workflowBundle } from '../../temporal/workflow-bundle.ts';
import type { attestation } from '../../workflows/attestation.ts';
import type { HostedDelivery, JudgementRef, Steps } from '../../workflows/steps.ts';

const verdict = defineUpdate<{ verdict: string }>(VERDICT_UPDATE);

/** The real server and the real workflows, with steps that a test makes up: what the workflows ask for, and when. */
export type WorkflowWorld = {
  client: Client;
  /** Task queue of this world alone. */
  queue: string;
  destination: string;
  /** A delivery of this world, open since `ageMs` ago. */
  hosted(id: string, more?: Partial<HostedDelivery>): HostedDelivery;
  start(ref: JudgementRef, workflowId?: string): Promise<{ verdict: string; workflowId: string }>;
  dispose(): Promise<void>;
};

let quiet = false;

export async function createWorkflowWorld(address: string, steps: Partial<Steps>): Promise<WorkflowWorld> {
  if (!quiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
  quiet = true;
  const target = plainTarget(address);
  const connection = await connectWorker(target);
  const client = await createTemporalClient(target, { identity: 'test' });
  const id = randomUUID().slice(0, 8);
  const queue = `world-${id}`;
  const destination = `dest-${id}`;
  const bundle = await workflowBundle({ cacheDir: join(tmpdir(), 'waybill-test-bundles') });
  const workers = await Promise.all([
    Worker.create({
      connection,
      taskQueue: queue,
      workflowBundle: bundle,
      activities: steps,
      stickyQueueScheduleToStartTimeout: '1s',
    }),
    Worker.create({ connection, taskQueue: deliverQueue(destination), activities: steps }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    client,
    queue,
    destination,
    hosted: (deliveryId, more) => ({
      id: deliveryId,
      destination,
      createdAt: new Date().toISOString(),
      stuckAfterMs: 3_600_000,
      attemptMs: 30_000,
      ...more,
    }),
    async start(ref, workflowId = `attestation/test/${id}/${randomUUID()}/1`) {
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof attestation>('attestation', {
        workflowId,
        taskQueue: queue,
        args: [ref],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      const answer = await client.workflow.executeUpdateWithStart(verdict, {
        updateId: VERDICT_UPDATE,
        startWorkflowOperation,
      });
      return { ...answer, workflowId };
    },
    async dispose() {
      for (const worker of workers) worker.shutdown();
      await running;
      await closeAll(connection, client);
    },
  };
}

async function closeAll(connection: NativeConnection, client: Client): Promise<void> {
  await client.connection.close();
  await connection.close();
}
