import { confirmDelayMs, retryDelayMs } from '../attestation/delivery/timing.ts';
import { formatAge } from '../attestation/duration.ts';
import type { AttemptResult, Cause } from '../db/attempts.ts';
import { type Confirmation, DeliveryError, type Evidence, type Outcome } from './integrations/define.ts';
import type { Scrub } from './integrations/support/scrub.ts';

const BODY_HEAD = 4096;
const MAX_MESSAGE = 512;
/** While it is being found out whose fault a destination-scoped failure is. */
const SUSPECT_MS = 5000;

const after = (now: Date, ms: number): string => new Date(now.getTime() + ms).toISOString();

/** What an integration answered, as the attempt's result. */
export function resultOfOutcome(outcome: Outcome, now: Date): AttemptResult {
  const evidence = outcome.evidence ?? {};
  switch (outcome.result) {
    case 'accepted':
      return {
        outcome: 'accepted',
        token: outcome.token,
        url: outcome.url,
        nextAttemptAt: after(now, outcome.checkAfterMs),
        evidence,
      };
    case 'skipped':
      return { outcome: 'skipped', message: outcome.reason, evidence };
    case 'delivered':
    case 'duplicate':
      return { outcome: outcome.result, externalId: outcome.externalId, url: outcome.url, evidence };
  }
}

/** What an asynchronous receiver said about something it had accepted, at its `poll`th asking. */
export function resultOfConfirmation(confirmation: Confirmation, poll: number, now: Date): AttemptResult {
  const evidence = confirmation.evidence ?? {};
  switch (confirmation.state) {
    case 'done':
      return { outcome: 'delivered', externalId: confirmation.externalId, url: confirmation.url, evidence };
    case 'failed':
      return {
        outcome: 'failed',
        scope: 'delivery',
        code: confirmation.code,
        message: confirmation.reason,
        nextAttemptAt: null,
        evidence,
      };
    case 'pending':
      return {
        outcome: 'pending',
        nextAttemptAt: after(now, confirmDelayMs(poll, confirmation.checkAfterMs)),
        message: confirmation.detail,
        evidence,
      };
  }
}

/** Why an accepted delivery that was never confirmed is blocked: an operator looks at the receiver. */
export function unconfirmed(last: AttemptResult, withinMs: number): Cause {
  const said = 'message' in last && last.message ? `: ${last.message}` : '';
  const found = last.outcome === 'failed' ? `${last.code}${said}` : `${last.outcome}${said}`;
  const message = `expected the receiver to confirm within ${formatAge(withinMs)}, it has not; look for it there, then retry or skip. The last answer was ${found}`;
  return { scope: 'delivery', code: 'unconfirmed', message: message.slice(0, MAX_MESSAGE) };
}

/** What was thrown, as the attempt's result. Anything but a `DeliveryError` is our own fault and is shown as such. */
export function resultOfError(error: unknown, failures: number, random: number, now: Date): AttemptResult {
  const known = asDeliveryError(error);
  const evidence: Evidence = known.evidence;
  const delay = retryDelayMs(failures + 1, random, known.retryAfterMs);
  const nextAttemptAt =
    known.scope === 'delivery' ? null : after(now, known.scope === 'destination' && failures < 3 ? SUSPECT_MS : delay);
  return { outcome: 'failed', scope: known.scope, code: known.code, message: known.message, nextAttemptAt, evidence };
}

function asDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new DeliveryError(
    'retry',
    'integration.bug',
    `the integration failed in a way it does not know, which is our fault: ${what}`,
  );
}

/**
 * Caps what goes on record, with every known secret taken out of it: message, evidence, code, id and link. A receipt
 * cannot be kept without the secret in it, so that it is not kept at all.
 */
export function scrubResult(result: AttemptResult, scrub: Scrub): AttemptResult {
  const cut = (text: string, length: number) => scrub(text).slice(0, length);
  const { bodyHead, ...measured } = result.evidence;
  const evidence = { ...measured, ...(bodyHead === undefined ? {} : { bodyHead: cut(bodyHead, BODY_HEAD) }) };
  const linked = 'url' in result && result.url !== undefined && scrub.finds(result.url) ? { url: undefined } : {};
  switch (result.outcome) {
    case 'delivered':
    case 'duplicate':
      return {
        ...result,
        ...linked,
        evidence,
        ...(result.externalId === undefined ? {} : { externalId: cut(result.externalId, MAX_MESSAGE) }),
      };
    case 'accepted':
      return scrub.finds(result.token) ? { ...SECRET_RECEIPT, evidence } : { ...result, ...linked, evidence };
    case 'pending':
      return {
        ...result,
        evidence,
        ...(result.message === undefined ? {} : { message: cut(result.message, MAX_MESSAGE) }),
      };
    case 'skipped':
      return { ...result, evidence, message: cut(result.message, MAX_MESSAGE) };
    case 'failed':
      return { ...result, evidence, code: scrub(result.code), message: cut(result.message, MAX_MESSAGE) };
  }
}

const SECRET_RECEIPT = {
  outcome: 'failed',
  scope: 'delivery',
  code: 'receipt.secret',
  message:
    'expected a receipt that is no secret, got one with a secret of this destination in it, which is not kept; mend the receiver, and replace the secret',
  nextAttemptAt: null,
} as const;
