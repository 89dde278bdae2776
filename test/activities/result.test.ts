import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../activities/integrations/define.ts';
import { createScrub } from '../../activities/integrations/support/scrub.ts';
import {
  resultOfConfirmation,
  resultOfError,
  resultOfOutcome,
  scrubResult,
  unconfirmed,
} from '../../activities/result.ts';

const now = new Date('2026-01-01T00:00:00.000Z');
const seconds = (result: { nextAttemptAt?: string | null | undefined }) =>
  (Date.parse(result.nextAttemptAt ?? '') - now.getTime()) / 1000;
const failed = (error: unknown, failures = 0) => {
  const result = resultOfError(error, failures, 0.5, now);
  if (result.outcome !== 'failed') throw new Error('expected a failure');
  return result;
};

describe('the result of an attempt', () => {
  it('waits longer with every failure in a row, and as long as the receiver asks', () => {
    const error = new DeliveryError('retry', 'http.503', 'busy');
    expect([0, 1, 2, 30].map((failures) => seconds(failed(error, failures)))).toEqual([2, 4, 8, 900]);
    expect(seconds(failed(new DeliveryError('retry', 'http.429', 'slow down', { retryAfterMs: 90_000 })))).toBe(90);
  });

  it('has no next attempt when this document will never be accepted', () => {
    expect(failed(new DeliveryError('delivery', 'http.422', 'no')).nextAttemptAt).toBeNull();
  });

  it('looks again soon while it is being found out whose fault a broken destination is', () => {
    const error = new DeliveryError('destination', 'http.401', 'who are you');
    expect(seconds(failed(error, 0))).toBe(5);
    expect(seconds(failed(error, 6))).toBe(128);
  });

  it('shows what no integration knows as our own fault, and tries again', () => {
    const result = failed(new TypeError('x is not a function'));
    expect(result).toMatchObject({ scope: 'retry', code: 'integration.bug' });
    expect(result.message).toContain('our fault');
  });

  it('keeps what an asynchronous receiver gave to ask with, and when to ask', () => {
    const result = resultOfOutcome({ result: 'accepted', token: 't1', checkAfterMs: 2000 }, now);
    expect(result).toMatchObject({ outcome: 'accepted', token: 't1', nextAttemptAt: '2026-01-01T00:00:02.000Z' });
  });

  it('asks for a confirmation less and less often', () => {
    const asked = [1, 5, 9, 100].map((poll) => {
      const result = resultOfConfirmation({ state: 'pending', checkAfterMs: 2000 }, poll, now);
      return result.outcome === 'pending' ? seconds(result) : undefined;
    });
    expect(asked).toEqual([2, 4, 8, 900]);
  });

  it('blocks with the receiver’s own words when it failed after accepting', () => {
    const result = resultOfConfirmation(
      { state: 'failed', code: 'import.failed', reason: 'BOM_PROCESSING_FAILED' },
      1,
      now,
    );
    expect(result).toMatchObject({
      outcome: 'failed',
      scope: 'delivery',
      code: 'import.failed',
      message: 'BOM_PROCESSING_FAILED',
    });
  });

  it('blocks what was never confirmed, and says what to do', () => {
    const result = unconfirmed({ outcome: 'pending', nextAttemptAt: '', message: 'queued', evidence: {} }, 86_400_000);
    expect(result).toMatchObject({ scope: 'delivery', code: 'unconfirmed' });
  });

  it('is scrubbed and cut before it is kept', () => {
    const result = resultOfError(
      new DeliveryError('retry', 'x', `key=hunter2 ${'m'.repeat(900)}`, {
        evidence: { bodyHead: `hunter2${'b'.repeat(9000)}` },
      }),
      0,
      0,
      now,
    );
    const kept = scrubResult(result, createScrub(['hunter2']));
    expect(JSON.stringify(kept)).not.toContain('hunter2');
    expect(kept).toMatchObject({ message: expect.stringMatching(/^key=\[secret\]/) });
    expect('message' in kept && kept.message?.length).toBe(512);
    expect(kept.evidence.bodyHead?.length).toBe(4096);
  });
});
