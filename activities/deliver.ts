import { EXPIRES_AFTER_MS } from '../attestation/delivery/timing.ts';
import type { DeliveryStep } from '../workflows/steps.ts';
import { attempt, startToCloseMs } from './attempt.ts';
import { timeoutOf } from './context.ts';
import type { Deps } from './deps.ts';
import { orderKeyOf } from './order.ts';
import { isElsewhere, loadForAttempt, withoutAttempt } from './prologue.ts';
import { resultOfOutcome } from './result.ts';
import { settle } from './settle.ts';

/**
 * One attempt of a delivery: look at the row, call out if it may, write down what came of it.
 * The attempt is on record before the call, its outcome before this returns or throws (PROTOCOLS D).
 */
export const createDeliver =
  (deps: Deps) =>
  async (id: string): Promise<DeliveryStep> => {
    const { work, integration } = await loadForAttempt(deps, id);
    if (isElsewhere(work)) return { state: 'elsewhere' };
    const orderKey = orderKeyOf(integration, work);
    const begun = await deps.db.deliveries.begin({
      id,
      phase: 'deliver',
      processId: deps.processId,
      orderKey,
      expiresAfterMs: EXPIRES_AFTER_MS,
      attemptMs: startToCloseMs(timeoutOf(work.destination, integration)),
      at: deps.clock().toISOString(),
    });
    if (begun.kind !== 'go') return withoutAttempt(begun, deps);
    const result = await attempt(deps, { work, integration, attempt: begun.attempt }, async (delivery, context) =>
      resultOfOutcome(await integration.deliver(delivery, context), deps.clock()),
    );
    return settle(deps, { work, integration, attempt: begun.attempt }, result);
  };
