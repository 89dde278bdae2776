import type { DeliveryState } from '../attestation/delivery/state.ts';
import type { AttemptResult, Cause } from '../db/attempts.ts';
import type { DeliveryStep } from '../workflows/steps.ts';
import type { Deps } from './deps.ts';
import { diagnose } from './diagnose.ts';
import { deliveryFailure } from './failure.ts';
import type { LoadedDelivery } from './prologue.ts';

/**
 * Writes the attempt's result, finds out whose fault a broken destination is, and goes back to the server accordingly.
 * `overdue`: the cause to block it with when this attempt did not end it, because its time is over.
 */
export async function settle(
  deps: Deps,
  loaded: LoadedDelivery & { attempt: number },
  result: AttemptResult,
  overdue?: Cause,
): Promise<DeliveryStep> {
  const { work, integration, attempt } = loaded;
  const finished = await deps.db.deliveries.finish({
    id: work.delivery.id,
    attempt,
    result,
    testHasEffects: integration.testHasEffects && !needsNoWitness(result),
    overdue,
    at: deps.clock().toISOString(),
  });
  const state =
    finished.brokenSuspected && result.outcome === 'failed'
      ? await diagnose(deps, loaded, result, finished.state)
      : finished.state;
  if (state === 'blocked' && overdue) throw deliveryFailure('Blocked', `${overdue.code}: ${overdue.message}`);
  return wayBack(state, result, deps.clock());
}

/** A secret that cannot be opened is the destination's fault for certain: its test ends before it calls anybody. */
const needsNoWitness = (result: AttemptResult): boolean =>
  result.outcome === 'failed' && result.code === 'secret.unavailable';

function wayBack(state: DeliveryState, result: AttemptResult, now: Date): DeliveryStep {
  const message = 'message' in result && result.message ? result.message : result.outcome;
  const said = result.outcome === 'failed' ? `${result.code}: ${message}` : message;
  const next =
    'nextAttemptAt' in result && result.nextAttemptAt ? Date.parse(result.nextAttemptAt) - now.getTime() : undefined;
  switch (state) {
    case 'delivered':
    case 'skipped':
    case 'superseded':
      return { state };
    case 'expired':
      throw deliveryFailure('Expired', said);
    case 'blocked':
      throw deliveryFailure('Blocked', said);
    case 'confirming':
      if (result.outcome === 'accepted') return { state };
      throw deliveryFailure('Pending', said, next ?? 2000);
    case 'queued':
    case 'trying':
    case 'waiting':
      throw deliveryFailure('Retry', said, next ?? 2000);
  }
}
