import * as wf from '@temporalio/workflow';

/** The least that a judgement can cost on this server: an update, three local steps, deliveries; none of them does anything. */
export type FloorSteps = { nothing(): Promise<void> };

const verdict = wf.defineUpdate<{ verdict: string }>('verdict');
const local = wf.proxyLocalActivities<FloorSteps>({ startToCloseTimeout: '4s' });

export async function floor(queues: string[]): Promise<void> {
  let decided = false;
  wf.setHandler(verdict, async () => {
    await wf.condition(() => decided);
    return { verdict: 'accepted' };
  });
  for (let step = 0; step < 3; step += 1) await local.nothing();
  decided = true;
  await Promise.all(
    queues.map((taskQueue) =>
      wf.proxyActivities<{ deliver(): Promise<void> }>({ taskQueue, startToCloseTimeout: '1 minute' }).deliver(),
    ),
  );
  await wf.condition(wf.allHandlersFinished);
}
