import * as wf from '@temporalio/workflow';
import { deliverQueue, LOOK_SIGNAL } from '../attestation/names.ts';
import { localFirst } from './local-first.ts';
import type { ReplayPlan, Steps } from './steps.ts';
import { publishReplay, showReplay } from './visibility.ts';

const look = wf.defineSignal(LOOK_SIGNAL);

/** Lower than the default, 3, of what comes now: that goes first when both wait for the same destination. */
const PRIORITY = 5;
const UNTIL_LANES_SEE_IT = '5s';

type Open = ReplayPlan & { over: false };

/**
 * Delivers what a replay queues. Its lanes run side by side on the destination's queue, a turn at a time, until the row
 * says that it is over; cursor, deliveries and states are rows, so a run may end anywhere and another one goes on.
 */
export async function backfill(replayId: string): Promise<{ state: string }> {
  let looks = 0;
  wf.setHandler(look, () => {
    looks += 1;
  });
  let seen = looks;
  const plan = await localFirst('openReplay', replayId);
  publishReplay(plan);
  if (plan.over) return { state: plan.state };

  const lanes = new Lanes(replayId, plan);
  const watch = async () => {
    for (;;) {
      await wf.condition(() => lanes.ended || looks > seen);
      if (lanes.ended) return;
      seen = looks;
      if ((await localFirst('openReplay', replayId)).over) return lanes.end();
    }
  };
  await Promise.all([lanes.run(), watch()]);
  const now = await localFirst('openReplay', replayId);
  if (!now.over) return wf.continueAsNew<typeof backfill>(replayId);
  publishReplay(now);
  return { state: now.state };
}

class Lanes {
  ended = false;
  private over = false;
  private outdated = false;
  private readonly scope = new wf.CancellationScope();
  private readonly replayId: string;
  private readonly plan: Open;
  private left: number;

  constructor(replayId: string, plan: Open) {
    this.replayId = replayId;
    this.plan = plan;
    this.left = plan.lanes;
  }

  /** Those at work see it themselves; those that wait, at a hold perhaps for days, are not waited for. */
  async end(): Promise<void> {
    this.over = true;
    await wf.condition(() => this.left === 0, UNTIL_LANES_SEE_IT, { summary: 'its lanes end their turns' });
    this.scope.cancel();
  }

  /** Resolves when the replay is over, or when another run has to go on: the history is long, or there are to be more lanes. */
  async run(): Promise<void> {
    const { lanes } = this.plan;
    try {
      await this.scope.run(() => Promise.all(Array.from({ length: lanes }, (_, lane) => this.see(lane))));
    } catch (error) {
      if (!(this.over && wf.isCancellation(error))) throw error;
    } finally {
      this.ended = true;
    }
  }

  private async see(lane: number): Promise<void> {
    const { destination, lanes } = this.plan;
    const { deliverPage } = wf.proxyActivities<Steps>({
      activityId: `lane:${lane}`,
      taskQueue: deliverQueue(destination),
      // The worker ends every attempt by the limits of its destination; this is for what nobody thought of.
      startToCloseTimeout: '1 hour',
      heartbeatTimeout: '10s',
      cancellationType: 'TRY_CANCEL',
      retry: { initialInterval: '5s', backoffCoefficient: 1 },
      priority: { priorityKey: PRIORITY },
      summary: `lane ${lane + 1} of ${lanes}`,
    });
    while (!this.over && !this.outdated) {
      const turn = await deliverPage(this.replayId, lane, lanes);
      this.over ||= turn.over;
      if (turn.over) break;
      showReplay({ ...this.plan, queued: turn.queued });
      this.outdated ||= turn.lanes !== lanes || wf.workflowInfo().continueAsNewSuggested;
    }
    this.left -= 1;
    if (this.over && this.left > 0) await this.end();
  }
}
