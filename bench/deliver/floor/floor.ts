import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { deliverQueue } from '../../../attestation/names.ts';
import { BARE_DESTINATIONS, BARE_QUEUE, bareId, HELD_DESTINATION, OWN_QUEUE } from './names.ts';

/** What deliveries are measured against. The starts resolve when the server has the workflow, as Waybill's do. */
export type DeliverFloor = {
  pid: number;
  /** The least that delivers: a workflow of four activities, each the same HTTP call. */
  bare(): Promise<void>;
  /** Our own workflow around the same four activities. */
  own(): Promise<void>;
  /** A workflow of one activity on a queue that nobody serves until `openHeld`. */
  held(): Promise<void>;
  openHeld(): void;
  /** Milliseconds from a delivery's being scheduled to its answer, since this was last asked. */
  took(): number[];
  stop(): Promise<void>;
};

/** `urls`: of the four receivers, and of the held one. */
export async function startDeliverFloor(
  client: Client,
  address: string,
  cacheDir: string,
  urls: readonly string[],
): Promise<DeliverFloor> {
  const child = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [address, cacheDir, ...urls]);
  let took: number[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the floor's worker ended (${code})`)));
    child.on('message', (message: object) => {
      if ('tookMs' in message) took.push(Number(message.tookMs));
      else resolve();
    });
  });
  let count = 0;
  const start = async (type: string, taskQueue: string, argsOf: (workflowId: string) => unknown[]) => {
    count += 1;
    const workflowId = `bench/${type}/${process.pid}-${count}`;
    await client.workflow.start(type, { workflowId, taskQueue, args: argsOf(workflowId) });
  };
  const to = (workflowId: string, destinations: readonly string[], from = 0) => [
    destinations.map((name, at) => ({ id: bareId(workflowId, from + at), taskQueue: deliverQueue(name) })),
  ];
  return {
    pid: child.pid ?? 0,
    bare: () => start('bare', BARE_QUEUE, (id) => to(id, BARE_DESTINATIONS)),
    own: () => start('redelivery', OWN_QUEUE, () => []),
    held: () => start('bare', BARE_QUEUE, (id) => to(id, [HELD_DESTINATION], BARE_DESTINATIONS.length)),
    openHeld: () => void child.send({ open: true }),
    took() {
      const found = took;
      took = [];
      return found;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
