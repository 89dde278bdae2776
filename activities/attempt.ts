import { Context as ActivityContext } from '@temporalio/activity';
import type { AttemptResult } from '../db/database.ts';
import { createContext, timeoutOf } from './context.ts';
import type { Deps } from './deps.ts';
import { describeDelivery } from './describe.ts';
import type { Context, DeliveryForIntegration } from './integrations/define.ts';
import type { LoadedDelivery } from './prologue.ts';
import { resultOfError, scrubResult } from './result.ts';

const BEAT_MS = 3000;
/** An attempt may take several calls: looking up, uploading, looking again. */
const CALLS = 3;

/** Longest an attempt may take before it is cut off, and what Temporal allows it (the test of the destination included). */
const attemptBudgetMs = (timeoutMs: number): number => CALLS * timeoutMs;
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
  const budget = AbortSignal.timeout(attemptBudgetMs(timeoutOf(work.destination, integration)));
  const signal = AbortSignal.any([budget, activity.cancellationSignal]);
  const failed = (error: unknown) => resultOfError(error, work.delivery.failures, deps.random(), deps.clock());
  try {
    const opened = await createContext(deps, { work, integration, signal });
    try {
      return scrubResult(await call(describeDelivery(work, loaded.attempt), opened.context), opened.scrub);
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
