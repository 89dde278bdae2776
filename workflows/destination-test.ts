import { proxyActivities } from '@temporalio/workflow';
import { TESTS_QUEUE } from '../attestation/names.ts';
import type { DestinationTestResult, Steps } from './steps.ts';

const { testDestination } = proxyActivities<Steps>({
  taskQueue: TESTS_QUEUE,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '2 minutes',
  retry: { maximumAttempts: 2 },
});

/** Asks a destination how it is, in a worker, where its secrets can be opened. */
export async function destinationTest(destination: string): Promise<DestinationTestResult> {
  return testDestination(destination);
}
