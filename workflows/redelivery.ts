import * as wf from '@temporalio/workflow';
import type { DeliveryDecision } from '../attestation/names.ts';
import { DECIDE_SIGNAL } from '../attestation/names.ts';
import { Deliveries } from './deliveries.ts';
import { localFirst } from './local-first.ts';

const decide = wf.defineSignal<[DeliveryDecision]>(DECIDE_SIGNAL);

/** Hosts deliveries whose first workflow is gone: the rows say which, by this workflow's own id. */
export async function redelivery(): Promise<{ deliveries: number }> {
  const deliveries = new Deliveries();
  wf.setHandler(decide, (decision) => deliveries.decide(decision));
  const hosted = await localFirst('hosted', wf.workflowInfo().workflowId);
  await deliveries.run(hosted);
  return { deliveries: hosted.length };
}
