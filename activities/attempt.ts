import { Context as ActivityContext } from '@temporalio/activity';
import { formatAge } from '../attestation/duration.ts';
import type { AttemptResult } from '../db/attempts.ts';
import { createContext, timeoutOf } from './context.ts';
import type { Deps } from './deps.ts';
import { describeDelivery } from './describe.ts';
import { type Context, DeliveryError, type DeliveryForIntegration } from './integrations/define.ts';
import { CALLS_PER_ATTEMPT } from './integrations/support/limits.ts';
import type { LoadedDelivery } from './prologue.ts';
import { resultOfError, scrubResult } from './result.ts';

const BEAT_MS = 3000;
/** For a call that was cut off to say so in its own words. */
const LAST_WORDS_MS = 2000;

/** Longest an attempt may take before it is cut off, and what Temporal allows it (the test of the destination included). */
const attemptBudgetMs = (timeoutMs: number): number => CALLS_PER_ATTEMPT * timeoutMs;
export const startToCloseMs = (timeoutMs: number): number => attemptBudgetMs(timeoutMs) + 60_000;

/**
 * Calls into the integration and returns what came of it; never throws for what a receiver or an integration does.
 * Beats meanwhile, so that a dead worker is noticed and a skip or shutdown reaches the call.
 */
export async function attempt(
  deps: Deps,
  loaded: LoadedDelivery & { attempt: number },
  call: (delivery: DeliveryForIntegration, context: Context<unknown, unknown, unknown>) => Promise<AttemptResult>,
): Promise<AttemptResult> {
  const { work, integration } = loaded;
  const activity = ActivityContext.current();
  const beat = setInterval(() => activity.heartbeat(), BEAT_MS);
  const budgetMs = attemptBudgetMs(timeoutOf(work.destination, integration));
  const budget = AbortSignal.timeout(budgetMs);
  const ends = [budget, activity.cancellationSignal, ...(deps.ending ? [deps.ending] : [])];
  const signal = AbortSignal.any(ends);
  const failed = (error: unknown) =>
    resultOfError(budget.aborted ? overBudget(budgetMs) : error, work.delivery.failures, deps.random(), deps.clock());
  try {
    const opened = await createContext(deps, { work, integration, signal });
    try {
      const called = call(describeDelivery(work, loaded.attempt), opened.context);
      return scrubResult(await Promise.race([called, cutOff(signal)]), opened.scrub);
    } catch (error) {
      return scrubResult(failed(error), opened.scrub);
    } finally {
      opened.close();
    }
  } catch (error) {
    return failed(error);
  } finally {
    clearInterval(beat);
  }
}

/** Rejects once the signal has come and the call did not heed it: an integration that waits for ever keeps no slot. */
const cutOff = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const late = new DeliveryError('retry', 'network.cancelled', 'the attempt was cut off and did not end by itself');
    const cut = () => setTimeout(reject, LAST_WORDS_MS, late).unref();
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
  });

const overBudget = (ms: number): DeliveryError =>
  new DeliveryError(
    'retry',
    'network.timeout',
    `the attempt was cut off after ${formatAge(ms)}, ${CALLS_PER_ATTEMPT} times what one call may take (limits.timeout)`,
  );
