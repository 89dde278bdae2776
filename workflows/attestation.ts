import * as wf from '@temporalio/workflow';
import type { DeliveryDecision } from '../attestation/names.ts';
import { DECIDE_SIGNAL, VERDICT_UPDATE } from '../attestation/names.ts';
import { Deliveries } from './deliveries.ts';
import { localFirst } from './local-first.ts';
import type { Checked, Concluded, JudgementRef, Steps } from './steps.ts';

const verdict = wf.defineUpdate<{ verdict: string }>(VERDICT_UPDATE);
const decide = wf.defineSignal<[DeliveryDecision]>(DECIDE_SIGNAL);

const { inspect } = wf.proxyActivities<Steps>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '1 minute' },
});

/**
 * The life of one judgement: verify, check, conclude; then CI has its answer and the deliveries begin.
 * It never fails because of deliveries, and ends when the last of them has.
 */
export async function attestation(ref: JudgementRef): Promise<{ verdict: string; deliveries: number }> {
  let concluded: Concluded | undefined;
  const deliveries = new Deliveries();
  wf.setHandler(verdict, async () => {
    await wf.condition(() => concluded !== undefined);
    return { verdict: concluded?.verdict ?? 'undecided' };
  });
  wf.setHandler(decide, (decision) => deliveries.decide(decision));

  const result = await judge(ref);
  concluded = result;
  await deliveries.run(result.deliveries, result);
  await wf.condition(wf.allHandlersFinished);
  return { verdict: result.verdict, deliveries: result.deliveries.length };
}

async function judge(ref: JudgementRef): Promise<Concluded> {
  const verified = await localFirst('verify', ref);
  if (verified.decided) return localFirst('conclude', ref, null);
  let checked: Checked = await localFirst('check', ref, verified);
  while (!checked.ready) {
    await Promise.all(checked.heavy.map((content) => inspect(ref, content)));
    checked = await localFirst('check', ref, verified);
  }
  return localFirst('conclude', ref, checked.decision);
}
