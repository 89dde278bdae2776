import { html } from 'hono/html';
import type { ReplayEffect, ReplaySpec, ReplayState } from '../../attestation/delivery/replay.ts';
import { formatAge } from '../../attestation/duration.ts';
import type { Hold } from '../../db/holds.ts';
import type { ReplayRecord } from '../../db/replays.ts';
import { progressOf } from '../replays/progress.ts';
import { badge, type Html, replayPath, shorten, type Tone } from './parts.ts';

const STATE_TONES: Record<ReplayState, Tone> = { running: 'good', paused: 'warn', done: 'calm', cancelled: 'calm' };

export const replayBadges = ({ state, held }: Pick<ReplayRecord, 'state' | 'held'>): Html =>
  html`${badge(STATE_TONES[state], state)} ${held ? badge('warn', 'held') : ''}`;

/** How far it is, for whoever has no time to read. */
export function progressBar(record: ReplayRecord, at: Date): Html {
  const { ended, left, ratePerSecond, secondsLeft } = progressOf(record, at);
  const all = ended + left;
  const words = `${percentOf(record, at)} %: ${ended.toLocaleString('en-US')} of ${all.toLocaleString('en-US')}`;
  return html`<progress max="${all || 1}" value="${all === 0 ? 1 : ended}" aria-label="${words}"></progress> ${words}${
    secondsLeft === null
      ? ''
      : html`, <span class="soft">${ratePerSecond}/s, about ${formatAge(secondsLeft * 1000)} left</span>`
  }`;
}

function percentOf(record: ReplayRecord, at: Date): number {
  const { ended, left } = progressOf(record, at);
  return ended + left === 0 ? 100 : Math.floor((ended * 100) / (ended + left));
}

/** All that have not ended, in one line; one that stands still says why. */
export const replayLine = (replays: readonly ReplayRecord[], at: Date): Html =>
  html`<p class="note${replays.some(({ state }) => state === 'paused') ? ' warn' : ''}"><b>Replays:</b> ${replays.map(
    (replay, index) =>
      html`${index > 0 ? ', ' : ''}<a href="${replayPath(replay.id)}">${replay.spec.destination} ${percentOf(replay, at)} %</a>${
        replay.state === 'paused' ? html` (paused ${standingOf(replay)})` : replay.held ? html` (held)` : ''
      }`,
  )}</p>`;

/** Why it stands still, if it does. */
export const standingOf = ({ state, stateBy, stateReason }: ReplayRecord): string =>
  state === 'running' || state === 'done'
    ? ''
    : `by ${stateBy.name}${stateReason === null ? '' : `: ${shorten(stateReason)}`}`;

/** What holds its destination, and what follows. */
export const heldNote = (destination: string, { kind, by, reason }: Hold, then: string): Html =>
  html`<p class="note warn">${destination} is ${kind === 'broken' ? 'broken' : `paused by ${by}`}: ${shorten(reason)}
<br><span class="soft">${then}</span></p>`;

/** What it is about, in words. */
export function aboutOf({ mode, attachment, pipelines, types, since, until, includeSkipped }: ReplaySpec): string {
  return [
    mode === 'missing' ? 'what never arrived' : 'what never arrived, and once more what did',
    pipelines && `of ${pipelines.join(' ')}`,
    types && `of type ${types.join(' ')}`,
    attachment && `by attachment ${attachment}`,
    since && `received since ${minuteOf(since)}`,
    until && `received before ${minuteOf(until)}`,
    includeSkipped && 'what was skipped, too',
  ]
    .filter(Boolean)
    .join(', ');
}

const minuteOf = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`;

export const EFFECT_WORDS: Record<ReplayEffect, string> = {
  create: 'Is sent: it was never owed before.',
  reopen: 'Is sent: it ended without arriving, and begins anew under its key.',
  repeat: 'Is sent once more, under a new key: it had arrived.',
  open: 'Is left alone: it is on its way.',
  delivered: 'Is left alone: it has arrived.',
  superseded: 'Is left alone: something newer has arrived.',
  skipped: 'Is left alone: somebody gave it up.',
};
