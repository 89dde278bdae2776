import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { deliverQueue } from '../../attestation/names.ts';
import { workflowBundle } from '../../temporal/workflow-bundle.ts';
import { emptySteps } from './empty-steps.ts';
import { EMPTY_QUEUE, FLOOR_DESTINATIONS, FLOOR_QUEUE } from './names.ts';

/**
 * The worker of what Waybill is measured against, a process of its own as Waybill's is: the floor's workflow, and our
 * own workflow with steps that do nothing. Tells its parent of every delivery, as a receiver would see it.
 */
const [address = '', cacheDir = ''] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
process.once('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));

const deliver = async () => {
  process.send?.({ delivered: true });
  return { state: 'delivered' };
};

const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url));
const [connection, floorBundle, ownBundle] = await Promise.all([
  NativeConnection.connect({ address }),
  bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  workflowBundle({ cacheDir }),
]);
const judging = {
  connection,
  maxCachedWorkflows: 1000,
  maxConcurrentWorkflowTaskExecutions: 100,
  maxConcurrentLocalActivityExecutions: 100,
};
const workers = await Promise.all([
  Worker.create({
    ...judging,
    taskQueue: FLOOR_QUEUE,
    workflowBundle: floorBundle,
    activities: { nothing: async () => {} },
  }),
  Worker.create({ ...judging, taskQueue: EMPTY_QUEUE, workflowBundle: ownBundle, activities: emptySteps }),
  ...FLOOR_DESTINATIONS.map((destination) =>
    Worker.create({
      connection,
      taskQueue: deliverQueue(destination),
      activities: { deliver },
      maxConcurrentActivityTaskExecutions: 8,
    }),
  ),
]);
const running = Promise.all(workers.map((worker) => worker.run()));
process.send?.({ ready: true });
await running;
