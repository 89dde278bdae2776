import { fileURLToPath } from 'node:url';
import { activityInfo } from '@temporalio/activity';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { request } from 'undici';
import { deliverQueue } from '../../../attestation/names.ts';
import { workflowBundle } from '../../../temporal/workflow-bundle.ts';
import type { HostedDelivery } from '../../../workflows/steps.ts';
import {
  BARE_DESTINATIONS,
  BARE_QUEUE,
  bareId,
  CONCURRENCY,
  HELD_DESTINATION,
  OWN_QUEUE,
  positionOf,
} from './names.ts';

/**
 * The worker of what deliveries are measured against, a process of its own as Waybill's is: a bare workflow, and our own
 * around the same bare activity, which posts as much as a webhook is sent. Tells its parent how long each took from
 * where the server had it.
 */
const [address = '', cacheDir = '', ...urls] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
process.once('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));

const BODY = JSON.stringify({ specversion: '1.0', type: 'dev.waybill.attestation.accepted', data: 'x'.repeat(1000) });

const deliver = async (id: string) => {
  const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8', 'webhook-id': id };
  const answer = await request(urls[positionOf(id)] ?? '', { method: 'POST', headers, body: BODY });
  await answer.body.dump();
  if (answer.statusCode !== 204) throw new Error(`expected 204, got ${answer.statusCode}`);
  process.send?.({ tookMs: Date.now() - activityInfo().scheduledTimestampMs });
  return { state: 'delivered' };
};

const hosted = async (workflowId: string): Promise<HostedDelivery[]> =>
  BARE_DESTINATIONS.map((destination, at) => ({
    id: bareId(workflowId, at),
    destination,
    createdAt: new Date().toISOString(),
    stuckAfterMs: 900_000,
    attemptMs: 60_000,
  }));

const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url));
const [connection, bareBundle, ownBundle] = await Promise.all([
  NativeConnection.connect({ address }),
  bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  workflowBundle({ cacheDir }),
]);
const hosting = {
  connection,
  maxCachedWorkflows: 1000,
  maxConcurrentWorkflowTaskExecutions: 100,
  maxConcurrentLocalActivityExecutions: 100,
};
const serve = (destination: string) =>
  Worker.create({
    connection,
    taskQueue: deliverQueue(destination),
    activities: { deliver },
    maxConcurrentActivityTaskExecutions: CONCURRENCY,
  });
process.on('message', (message: { open?: boolean }) => {
  if (message.open) void serve(HELD_DESTINATION).then((worker) => worker.run());
});
const workers = await Promise.all([
  Worker.create({ ...hosting, taskQueue: BARE_QUEUE, workflowBundle: bareBundle }),
  Worker.create({ ...hosting, taskQueue: OWN_QUEUE, workflowBundle: ownBundle, activities: { hosted } }),
  ...BARE_DESTINATIONS.map(serve),
]);
const running = Promise.all(workers.map((worker) => worker.run()));
process.send?.({ ready: true });
await running;
