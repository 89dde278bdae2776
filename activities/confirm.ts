import { DEFAULT_CONFIRM_WITHIN_MS, EXPIRES_AFTER_MS } from '../attestation/delivery/timing.ts';
import type { DeliveryStep } from '../workflows/steps.ts';
import { attempt, startToCloseMs } from './attempt.ts';
import { timeoutOf } from './context.ts';
import type { Deps } from './deps.ts';
import { deliveryFailure, impossible } from './failure.ts';
import { orderKeyOf } from './order.ts';
import { isElsewhere, loadForAttempt, withoutAttempt } from './prologue.ts';
import { resultOfConfirmation, unconfirmed } from './result.ts';
import { settle } from './settle.ts';

/**
 * Asks an asynchronous receiver whether what it accepted has arrived: "HTTP 200" is not "delivered".
 * Comes back as `Pending` until it has. When the integration's `confirmWithinMs` are over, time held not counted, it is
 * asked once more and ends `blocked` (`unconfirmed`), whether it says that it still works or cannot be asked at all.
 */
export const createConfirm =
  (deps: Deps) =>
  async (id: string): Promise<DeliveryStep> => {
    const { work, integration } = await loadForAttempt(deps, id);
    if (isElsewhere(work)) return { state: 'elsewhere' };
    const { confirm } = integration;
    const { token, nextAttemptAt, command } = work.delivery;
    if (!confirm)
      throw impossible('CONFIRM_MISSING', `integration ${integration.id} accepts deliveries but cannot confirm them`);
    const wait = nextAttemptAt && !command ? Date.parse(nextAttemptAt) - deps.clock().getTime() : 0;
    if (work.delivery.state === 'confirming' && wait > 0)
      throw deliveryFailure('Pending', 'accepted; asking again soon', wait);

    const begun = await deps.db.deliveries.begin({
      id,
      phase: 'confirm',
      processId: deps.processId,
      orderKey: orderKeyOf(integration, work),
      expiresAfterMs: EXPIRES_AFTER_MS,
      attemptMs: startToCloseMs(timeoutOf(work.destination, integration)),
      at: deps.clock().toISOString(),
    });
    if (begun.kind !== 'go') return withoutAttempt(begun, deps);
    const within = integration.confirmWithinMs ?? DEFAULT_CONFIRM_WITHIN_MS;
    const result = await attempt(deps, { work, integration, attempt: begun.attempt }, async (delivery, context) =>
      resultOfConfirmation(await confirm(token ?? '', delivery, context), begun.attempt, deps.clock()),
    );
    const overdue = begun.openMs > within ? unconfirmed(result, within) : undefined;
    return settle(deps, { work, integration, attempt: begun.attempt }, result, overdue);
  };
