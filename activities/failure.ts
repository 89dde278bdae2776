import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { DeliveryFailure } from '../workflows/steps.ts';

const MAX_MESSAGE = 512;

/**
 * A delivery's way back to the server: `Blocked` and `Expired` end the activity, the rest is tried again after
 * `nextInMs`. Benign: expected failures are no alarms of the worker. No stack: history and UI show the message only.
 */
export function deliveryFailure(type: DeliveryFailure, message: string, nextInMs?: number): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type,
    message: message.slice(0, MAX_MESSAGE),
    nonRetryable: type === 'Blocked' || type === 'Expired',
    category: ApplicationFailureCategory.BENIGN,
    ...(nextInMs === undefined ? {} : { nextRetryDelay: Math.max(1, Math.round(nextInMs)) }),
  });
  failure.stack = '';
  return failure;
}

/** Something that no retry can heal, such as a row that never existed. */
export const impossible = (type: string, message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, type);
