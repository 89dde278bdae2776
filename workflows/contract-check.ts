import { proxyActivities } from '@temporalio/workflow';
import type { ContractCheck, ContractChecked } from '../attestation/contract/again.ts';
import { TESTS_QUEUE } from '../attestation/names.ts';
import type { Kept, Steps } from './steps.ts';

const { checkContract } = proxyActivities<Steps>({
  taskQueue: TESTS_QUEUE,
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '6 minutes',
  heartbeatTimeout: '1 minute',
  retry: { maximumAttempts: 2 },
});

/** Holds a contract that is not applied yet against past attestations, in a worker: the API must answer meanwhile. */
export async function contractCheck(asked: ContractCheck): Promise<ContractChecked | Kept> {
  return checkContract(asked);
}
