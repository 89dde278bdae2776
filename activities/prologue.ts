import { Context as ActivityContext } from '@temporalio/activity';
import type { Begun, DeliveryWork } from '../db/deliveries.ts';
import type { DeliveryStep } from '../workflows/steps.ts';
import type { Deps } from './deps.ts';
import { deliveryFailure, impossible } from './failure.ts';
import type { Integration } from './integrations/define.ts';

export const HELD_LOOK_AGAIN_MS = 2000;

export type LoadedDelivery = { work: DeliveryWork; integration: Integration };

/** Loads what an attempt needs. Fails for good when the row or the integration does not exist. */
export async function loadForAttempt(deps: Pick<Deps, 'db' | 'integrations'>, id: string): Promise<LoadedDelivery> {
  const work = await deps.db.deliveries.load(id);
  if (!work) throw impossible('DELIVERY_MISSING', `no delivery ${id} on record`);
  const integration = deps.integrations[work.destination.spec.integration];
  if (!integration) {
    const known = Object.keys(deps.integrations).join(', ');
    throw deliveryFailure(
      'Retry',
      `this worker has no integration ${work.destination.spec.integration}; it has ${known}`,
      60_000,
    );
  }
  return { work, integration };
}

/**
 * Whether another workflow carries this delivery by now, such as a replay that began it anew before its first one heard
 * of its end: the row says which, and all others let go of it, so that two never try at once.
 */
export const isElsewhere = ({ delivery }: DeliveryWork): boolean =>
  delivery.workflowId !== ActivityContext.current().info.workflowExecution?.workflowId;

/** The way back when no attempt may begin: what is recorded, or when to look again. */
export function withoutAttempt(
  begun: Exclude<Begun, { kind: 'go' }>,
  { random, clock }: Pick<Deps, 'random' | 'clock'>,
): DeliveryStep {
  switch (begun.kind) {
    case 'final':
      if (begun.state === 'expired')
        throw deliveryFailure('Expired', 'open for longer than 14 days; replay it to try again');
      return { state: begun.state as DeliveryStep['state'] };
    case 'confirming':
      return { state: 'confirming' };
    case 'blocked':
      throw deliveryFailure('Blocked', 'blocked: an operator retries or skips it');
    case 'held': {
      const why = begun.holds.map((hold) => `${hold.kind}: ${hold.reason}`).join('; ');
      throw deliveryFailure('Held', `destination is held (${why})`, HELD_LOOK_AGAIN_MS);
    }
    case 'lost': {
      const times = begun.inARow === 1 ? 'once' : `${begun.inARow} times in a row`;
      const waitMs = Date.parse(begun.nextAttemptAt) - clock().getTime();
      throw deliveryFailure('Retry', `attempt.lost: its worker died in the middle, ${times}`, waitMs);
    }
    case 'busy':
      throw deliveryFailure('Busy', `waits its turn behind ${begun.behind}`, 1000 + 4000 * random());
  }
}
