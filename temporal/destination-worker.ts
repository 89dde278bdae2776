import { type NativeConnection, Worker } from '@temporalio/worker';
import { deliverQueue } from '../attestation/names.ts';
import type { Gate } from './gate.ts';

/** The worker of one destination's queue in this process. `ended` settles when it has stopped. */
export type DestinationWorker = { gate: Gate; rate: number | undefined; ended: Promise<void>; stop(): Promise<void> };

/**
 * An activity-only worker on `deliver.<destination>`, behind its gate. Costs about a millisecond and half a
 * megabyte, so destinations come and go at run time. One receiver that hangs spends only its own slots.
 */
export async function createDestinationWorker(options: {
  connection: NativeConnection;
  namespace: string;
  destination: string;
  gate: Gate;
  activities: object;
  /** Deliveries a second over all workers: Temporal's own queue rate. */
  rate: number | undefined;
}): Promise<DestinationWorker> {
  const { gate } = options;
  const worker = await Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: deliverQueue(options.destination),
    activities: options.activities,
    tuner: {
      activityTaskSlotSupplier: gate,
      workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
      localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
      nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
    },
    // A worker that is replaced finishes what it runs; when the process ends, the attempts are told so themselves.
    shutdownGraceTime: '1 hour',
    ...(options.rate === undefined ? {} : { maxTaskQueueActivitiesPerSecond: options.rate }),
  });
  const ended = worker.run();
  return {
    gate,
    rate: options.rate,
    ended,
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended.catch(() => {});
    },
  };
}
