import * as wf from '@temporalio/workflow';
import type { DeliveryDecision } from '../attestation/names.ts';
import { confirmActivityId, deliverActivityId, deliverQueue } from '../attestation/names.ts';
import { createInFlight } from './in-flight.ts';
import type { Progress } from './progress.ts';
import type { DeliveryFailure, DeliveryStep, HostedDelivery, Steps } from './steps.ts';
import { type Judged, publish } from './visibility.ts';

/** A blocked delivery looks at its row again this often, so that a lost signal cannot keep it for ever. */
const LOOK_AGAIN = '6 hours';
const IN_FLIGHT_PER_DESTINATION = 100;
/** A server takes 2,000 pending activities of one workflow. */
const IN_FLIGHT = 1000;

type Outcome = { ended: true } | { ended: false; why: string };
const ENDED: Outcome = { ended: true };

/**
 * The deliveries of one attestation, in parallel; hosted by `attestation` and `redelivery`.
 * Retries are the server's: an attempt costs no history. `run` resolves when every one has ended, and never fails.
 */
export class Deliveries {
  private readonly all = new Map<string, Progress>();
  private readonly scopes = new Map<string, wf.CancellationScope>();
  private readonly decisions = new Map<string, DeliveryDecision['what']>();
  private readonly inFlight = createInFlight(IN_FLIGHT_PER_DESTINATION, IN_FLIGHT);

  /** An operator's decision; unknown ids are ignored, so that it may be sent to many. */
  decide({ deliveryIds, what }: DeliveryDecision): void {
    for (const id of deliveryIds) {
      if (!this.all.has(id)) continue;
      this.decisions.set(id, what);
      if (what === 'skip') this.scopes.get(id)?.cancel();
    }
  }

  view(): Progress[] {
    return [...this.all.values()];
  }

  async run(deliveries: readonly HostedDelivery[], judged?: Judged): Promise<void> {
    for (const delivery of deliveries) this.all.set(delivery.id, { delivery, state: 'open' });
    publish(this.view(), judged);
    if (deliveries.length === 0) return;
    await Promise.all([...this.view().map((progress) => this.see(progress)), this.watchAge()]);
    publish(this.view());
  }

  /** Sees one delivery to its end, through as many operator's decisions as it takes. */
  private async see(progress: Progress): Promise<void> {
    const { delivery } = progress;
    while (progress.state !== 'final') {
      this.decisions.delete(delivery.id);
      const outcome = await this.inFlight(delivery.destination, () =>
        this.wasEnded(delivery.id) ? Promise.resolve(ENDED) : this.attempt(delivery),
      );
      if (outcome.ended) {
        const late = progress.state !== 'open';
        progress.state = 'final';
        if (late && this.openOnes().length > 0) publish(this.view());
        return;
      }
      progress.state = 'blocked';
      progress.note = outcome.why;
      publish(this.view());
      await wf.condition(() => this.decisions.has(delivery.id), LOOK_AGAIN, { summary: 'looks at its row again' });
      progress.state = this.wasEnded(delivery.id) ? 'final' : 'open';
      delete progress.note;
      if (progress.state === 'final' && this.openOnes().length > 0) publish(this.view());
    }
  }

  /** Its row has ended, or nobody would have said so: no look at it, which waits for a destination that is held or gone. */
  private wasEnded(id: string): boolean {
    return this.decisions.get(id) === 'skip' && wf.patched('ended-needs-no-look');
  }

  private async attempt(delivery: HostedDelivery): Promise<Outcome> {
    const scope = new wf.CancellationScope();
    this.scopes.set(delivery.id, scope);
    try {
      await scope.run(async () => {
        const step = await this.send('deliver', deliverActivityId(delivery.id), delivery);
        if (step.state === 'confirming') await this.send('confirm', confirmActivityId(delivery.id), delivery);
      });
      return ENDED;
    } catch (error) {
      if (wf.isCancellation(error)) return ENDED;
      const failure = error instanceof wf.ActivityFailure ? error.cause : error;
      if (failure instanceof wf.ApplicationFailure && failure.type === ('Expired' satisfies DeliveryFailure))
        return ENDED;
      return { ended: false, why: failure instanceof Error ? failure.message : 'unknown failure' };
    } finally {
      this.scopes.delete(delivery.id);
    }
  }

  private send(step: 'deliver' | 'confirm', activityId: string, delivery: HostedDelivery): Promise<DeliveryStep> {
    const activities = wf.proxyActivities<Pick<Steps, 'deliver' | 'confirm'>>({
      activityId,
      taskQueue: deliverQueue(delivery.destination),
      startToCloseTimeout: delivery.attemptMs,
      heartbeatTimeout: '10s',
      cancellationType: 'TRY_CANCEL',
      // Delays are set by us on every failure; these serve only an attempt whose worker died, and the server's count of
      // attempts, which grows with every wait at a hold, says nothing about those.
      retry: { initialInterval: '5s', backoffCoefficient: 1 },
      summary: `${step} to ${delivery.destination}`,
    });
    return activities[step](delivery.id);
  }

  private openOnes(): Progress[] {
    return this.view().filter((progress) => progress.state !== 'final');
  }

  /** Marks what is open for longer than its destination allows. One timer at a time, none once nothing is left. */
  private async watchAge(): Promise<void> {
    const waiting = () => this.view().filter((progress) => progress.state === 'open');
    const deadline = (progress: Progress) => Date.parse(progress.delivery.createdAt) + progress.delivery.stuckAfterMs;
    while (this.openOnes().length > 0) {
      if (waiting().length === 0) {
        await wf.condition(() => waiting().length > 0 || this.openOnes().length === 0);
        continue;
      }
      const next = Math.min(...waiting().map(deadline));
      const ended = await wf.condition(() => waiting().length === 0, Math.max(next - Date.now(), 1) + 50, {
        summary: 'stuck deadline',
      });
      if (ended) continue;
      const overdue = waiting().filter((progress) => deadline(progress) < Date.now());
      for (const progress of overdue) progress.state = 'stuck';
      if (overdue.length > 0) publish(this.view());
    }
  }
}
