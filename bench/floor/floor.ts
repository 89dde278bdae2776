import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { defineUpdate } from '@temporalio/workflow';
import { deliverQueue, VERDICT_UPDATE } from '../../attestation/names.ts';
import { EMPTY_QUEUE, FLOOR_DESTINATIONS, FLOOR_QUEUE } from './names.ts';

/** One workflow by the client call that the product makes (Update-with-Start); resolves with its id when it is decided. */
type Start = (options: { delivered: boolean }) => Promise<string>;
export type Floor = {
  pid: number;
  /** The least that Temporal can do. */
  least: Start;
  /** Our own workflow, with steps that do nothing. */
  empty: Start;
  /** How many deliveries the floor's worker has seen so far. */
  delivered(): number;
  stop(): Promise<void>;
};

const verdict = defineUpdate<{ verdict: string }>(VERDICT_UPDATE);

/** Starts the floor's worker process; resolves when it polls. */
export async function startFloor(client: Client, address: string, cacheDir: string): Promise<Floor> {
  const child = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [address, cacheDir]);
  let delivered = 0;
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the floor's worker ended (${code})`)));
    child.on('message', (message: object) => {
      if ('delivered' in message) delivered += 1;
      else resolve();
    });
  });
  await ready;
  let count = 0;
  const start = async (type: string, taskQueue: string, id: string, args: unknown[]) => {
    const workflowId = `bench/${type}/${id}`;
    const startWorkflowOperation = new WithStartWorkflowOperation(type, {
      workflowId,
      taskQueue,
      args,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
    await client.workflow.executeUpdateWithStart(verdict, { updateId: VERDICT_UPDATE, startWorkflowOperation });
    return workflowId;
  };
  const named = (isDelivered: boolean) => {
    count += 1;
    return `${isDelivered ? 'delivered' : 'plain'}-${process.pid}-${count}`;
  };
  return {
    pid: child.pid ?? 0,
    least: (options) =>
      start('floor', FLOOR_QUEUE, named(options.delivered), [
        options.delivered ? FLOOR_DESTINATIONS.map(deliverQueue) : [],
      ]),
    empty: (options) => {
      const id = named(options.delivered);
      return start('attestation', EMPTY_QUEUE, id, [{ id, n: 1 }]);
    },
    delivered: () => delivered,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
