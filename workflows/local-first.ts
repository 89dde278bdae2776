import * as wf from '@temporalio/workflow';
import type { Steps } from './steps.ts';

const local = wf.proxyLocalActivities<Steps>({
  startToCloseTimeout: '4s',
  scheduleToCloseTimeout: '6s',
  retry: { maximumAttempts: 3, initialInterval: '100ms' },
});

const durable = wf.proxyActivities<Steps>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/**
 * Runs a step as a local activity, which costs no latency; when it fails there (database or store away, too heavy), the
 * same step runs as an ordinary activity that is retried for as long as it takes and shows as pending in the UI.
 */
export async function localFirst<Name extends 'verify' | 'check' | 'conclude' | 'hosted' | 'openReplay'>(
  name: Name,
  ...input: Parameters<Steps[Name]>
): Promise<Awaited<ReturnType<Steps[Name]>>> {
  type Step = (...input: Parameters<Steps[Name]>) => Promise<Awaited<ReturnType<Steps[Name]>>>;
  try {
    return await (local[name] as unknown as Step)(...input);
  } catch (error) {
    const final =
      error instanceof wf.ActivityFailure && error.cause instanceof wf.ApplicationFailure && error.cause.nonRetryable;
    if (wf.isCancellation(error) || final) throw error;
    wf.log.warn('a local step failed and goes on as a durable activity', { step: name });
    return (durable[name] as unknown as Step)(...input);
  }
}
