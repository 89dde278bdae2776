import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { DeliveryState } from '../../attestation/delivery/state.ts';
import { formatAge } from '../../attestation/duration.ts';
import type { CheckOutcome, Verdict } from '../../attestation/verdict.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';

/** Escaped markup; what `hono/html` makes. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
export type Tone = 'bad' | 'warn' | 'good' | 'calm';

export const badge = (tone: Tone, words: string): Html => html`<span class="badge ${tone}">${words}</span>`;

/** A time as its distance from now (`4m 10s`, `in 2m`), with the exact time on hover and for machines. */
export function age(iso: string, at: Date): Html {
  const ms = at.getTime() - Date.parse(iso);
  const words = ms < 0 ? `in ${formatAge(-ms)}` : formatAge(ms);
  return html`<time datetime="${iso}" title="${iso}">${words}</time>`;
}

/** A time for comparing with a receiver's log: UTC clock, the exact time on hover. */
export const clock = (iso: string): Html =>
  html`<time datetime="${iso}" title="${iso}" class="mono">${iso.slice(0, 10)} ${iso.slice(11, 19)}Z</time>`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

const STATE_TONES: Record<DeliveryState, Tone> = {
  queued: 'calm',
  trying: 'calm',
  waiting: 'warn',
  confirming: 'calm',
  blocked: 'bad',
  delivered: 'good',
  skipped: 'calm',
  superseded: 'calm',
  expired: 'bad',
};

/** State in words, and what is derived from it. */
export const stateBadges = (delivery: Pick<DeliveryRecord, 'state' | 'stuck' | 'held'>): Html =>
  html`${badge(STATE_TONES[delivery.state], delivery.state)} ${delivery.stuck ? badge('bad', 'stuck') : ''} ${
    delivery.held ? badge('warn', 'held') : ''
  }`;

export const verdictBadge = (verdict: Verdict | null): Html =>
  verdict === null ? badge('warn', 'undecided') : badge(verdict === 'accepted' ? 'good' : 'bad', verdict);

const OUTCOME_TONES: Record<CheckOutcome, Tone> = {
  passed: 'good',
  failed: 'bad',
  warned: 'warn',
  skipped: 'calm',
  claimed: 'warn',
};
export const outcomeBadge = (outcome: CheckOutcome): Html => badge(OUTCOME_TONES[outcome], outcome);

/** What follows from a cause's scope; the scopes are called the same everywhere. */
export const SCOPE_WORDS = {
  destination: { tone: 'bad', hint: 'The destination is broken: once it is mended, a probe notices by itself.' },
  delivery: { tone: 'bad', hint: 'Will not be tried again: retry once mended, or skip.' },
  retry: { tone: 'warn', hint: 'Is tried again by itself.' },
  none: { tone: 'calm', hint: 'Waits for its turn.' },
} as const satisfies Record<string, { tone: Tone; hint: string }>;

export const scopeBadge = (scope: keyof typeof SCOPE_WORDS): Html => badge(SCOPE_WORDS[scope].tone, scope);

/** What a delivery carries, in words. */
export const cargo = (delivery: Pick<DeliveryRecord, 'material'>): string =>
  delivery.material ? delivery.material.name || delivery.material.type : 'whole attestation';

/** A path with its query string; parameters that are empty are left out. */
export function link(path: string, query: Record<string, string | undefined> = {}): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}
export const deliveryPath = (id: string): string => `/deliveries/${encodeURIComponent(id)}`;
export const destinationPath = (name: string): string => `/destinations/${encodeURIComponent(name)}`;
export const replayPath = (id: string): string => `/replays/${encodeURIComponent(id)}`;
export const attestationPath = (id: string): string => `/attestations/${encodeURIComponent(id)}`;

/** A link out of the page; what a receiver sent is shown as text unless it is a plain web address. */
export const external = (url: string, words = url): Html =>
  /^https?:\/\//i.test(url) && URL.canParse(url)
    ? html`<a href="${url}" rel="noopener noreferrer" target="_blank">${words}</a>`
    : html`<code>${words}</code>`;

/** A sentence of ours: what stands in backticks is code. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part))}`;

export const shorten = (text: string, length = 240): string =>
  text.length <= length ? text : `${text.slice(0, length)}…`;

/** A button that posts, for actions that need no words. */
export const postButton = (action: string, words: string, fields: Record<string, string> = {}): Html =>
  html`<form class="inline" method="post" action="${action}">${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}<button>${words}</button></form>`;
