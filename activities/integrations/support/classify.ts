import { DeliveryError, type HttpAnswer } from '../define.ts';

type Scope = DeliveryError['scope'];
const RETRY = new Set([408, 425, 429]);
const DESTINATION = new Set([401, 403, 407, 410]);

/**
 * What an HTTP status means for a delivery, unless the receiver's own rules say otherwise (`overrides`, by status):
 * nothing for 2xx; retry for 408, 425, 429 and 5xx; destination for 3xx, 401, 403, 407, 410; delivery for other 4xx.
 * `Retry-After` (seconds or a date) is honoured between a second and an hour. The message quotes scrubbed text only.
 */
export function classifyAnswer(
  answer: HttpAnswer,
  at: Date,
  overrides: Readonly<Record<number, Scope>> = {},
): DeliveryError | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  const scope = overrides[status] ?? scopeOf(status);
  const retryAfterMs = scope === 'retry' ? parseRetryAfter(answer.headers['retry-after'], at) : undefined;
  return new DeliveryError(scope, `http.${status}`, describeAnswer(answer), {
    evidence: answer.evidence,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function scopeOf(status: number): Scope {
  if (RETRY.has(status) || status >= 500) return 'retry';
  return DESTINATION.has(status) || status < 400 ? 'destination' : 'delivery';
}

/** Milliseconds asked for by a `Retry-After` header, clamped to 1 s … 1 h. */
export function parseRetryAfter(header: string | undefined, at: Date): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - at.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 1000), 3_600_000);
}

/** One line for people: the status, what it tells, and the beginning of what the receiver said, scrubbed. */
function describeAnswer(answer: HttpAnswer): string {
  const said = excerpt(answer);
  const redirect = answer.status >= 300 && answer.status < 400;
  const hint = redirect ? ': redirects are not followed, set the URL to where it really is' : '';
  return `the receiver answered ${answer.status}${hint}${said ? `: ${said}` : ''}`;
}

/** The beginning of an answer as one scrubbed line. */
export function excerpt(answer: HttpAnswer, length = 300): string {
  const line = (answer.evidence.bodyHead ?? '').replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
