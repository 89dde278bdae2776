import * as wf from '@temporalio/workflow';

/** Activities on queues, in parallel, and nothing else. */
export async function bare(deliveries: { id: string; taskQueue: string }[]): Promise<void> {
  await Promise.all(
    deliveries.map(({ id, taskQueue }) =>
      wf
        .proxyActivities<{ deliver(id: string): Promise<unknown> }>({ taskQueue, startToCloseTimeout: '1 minute' })
        .deliver(id),
    ),
  );
}
