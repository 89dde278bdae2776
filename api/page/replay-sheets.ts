import { html } from 'hono/html';
import { FINAL_STATES, OPEN_STATES } from '../../attestation/delivery/state.ts';
import type { ReplayRecord } from '../../db/replays.ts';
import type { Page } from '../../db/verbs.ts';
import type { Standing } from '../replays/progress.ts';
import { reasonForm } from './confirm.ts';
import { pager } from './delivery-list.ts';
import type { Query } from './filters.ts';
import {
  age,
  badge,
  deliveryPath,
  external,
  type Html,
  link,
  plural,
  postButton,
  replayPath,
  scopeBadge,
  shorten,
} from './parts.ts';
import { aboutOf, heldNote, progressBar, replayBadges, standingOf } from './replay-parts.ts';
import type { Viewer } from './viewer.ts';

/** All replays, the newest first. */
export const replayListSheet = (input: {
  page: Page<ReplayRecord>;
  kept: Query;
  isFirst: boolean;
  viewer: Viewer;
  at: Date;
}): Html => html`<h1>Replays${input.kept.destination ? ` to ${input.kept.destination}` : ''}</h1>
<p>A replay sends to a destination what it never got, or once more what it lost.
${input.viewer.mayOperate ? html`<a class="button" href="${link('/replays/new', { destination: input.kept.destination })}">New replay…</a>` : ''}</p>
${input.page.items.length === 0 ? html`<p>None.</p>` : replayTable(input.page.items, input.at)}
${pager('/replays', input.kept, input.page, input.isFirst)}`;

const replayTable = (replays: readonly ReplayRecord[], at: Date): Html => html`<table class="wide">
<thead><tr><th>State</th><th>To</th><th>What</th><th>Progress</th><th>Age</th><th>By</th></tr></thead>
<tbody>${replays.map(
  (replay) => html`<tr>
<td class="name">${replayBadges(replay)}</td>
<td class="name" data-label="To"><a href="${replayPath(replay.id)}">${replay.spec.destination}</a></td>
<td class="message">${aboutOf(replay.spec)}</td>
<td data-label="Progress">${progressBar(replay, at)}</td>
<td class="when" data-label="Age">${age(replay.createdAt, at)}</td>
<td data-label="By">${replay.createdBy.name}</td></tr>`,
)}</tbody></table>`;

/** One replay: how far it is, why it does not get on, and what can be done. */
export const replaySheet = (
  { record, holds, problems }: Standing,
  viewer: Viewer,
  at: Date,
  workflowUrl: string | undefined,
): Html => html`<h1>Replay to ${record.spec.destination}</h1>
<p>${replayBadges(record)} ${standingOf(record)}</p>
<p>${progressBar(record, at)}</p>
${record.held ? holds.map((hold) => heldNote(record.spec.destination, hold, 'It goes on by itself afterwards.')) : ''}
${viewer.mayOperate && record.finishedAt === null ? actions(record) : ''}
${stateList(record)}
${problems.length > 0 ? problemTable(record, problems, at) : ''}
<dl>
<dt>What</dt><dd>${aboutOf(record.spec)}</dd>
<dt>Replay</dt><dd><code>${record.id}</code></dd>
<dt>Created</dt><dd>${age(record.createdAt, at)} ago by ${record.createdBy.name}${record.reason === null ? '' : `: ${record.reason}`}</dd>
<dt>To queue</dt><dd>${plural(record.total, 'delivery', 'deliveries')} were counted, ${record.queued.toLocaleString('en-US')} are queued so far</dd>
${record.finishedAt === null ? '' : html`<dt>Ended</dt><dd>${age(record.finishedAt, at)} ago</dd>`}
<dt>Workflow</dt><dd>${workflowUrl ? external(workflowUrl, `${record.workflowId} in the Temporal UI`) : html`<code>${record.workflowId}</code>`}</dd>
</dl>`;

const actions = ({ id, state }: ReplayRecord): Html =>
  html`<p>${
    state === 'paused'
      ? postButton(`${replayPath(id)}/resume`, 'Resume')
      : html`<a class="button" href="${replayPath(id)}/pause">Pause…</a>`
  } <a class="button" href="${replayPath(id)}/cancel">Cancel…</a></p>`;

const stateList = ({ id, deliveries }: ReplayRecord): Html =>
  html`<ul class="counts">${[...OPEN_STATES, ...FINAL_STATES].map((state) => {
    const count = deliveries[state] ?? 0;
    const tone = state === 'blocked' || state === 'expired' ? 'bad' : state === 'waiting' ? 'warn' : '';
    return count === 0
      ? ''
      : html`<li class="${tone}"><a href="${link('/deliveries', { replay: id, state })}"><b>${count.toLocaleString('en-US')}</b> ${state}</a></li>`;
  })}</ul>`;

const problemTable = (
  { id }: ReplayRecord,
  problems: Standing['problems'],
  at: Date,
): Html => html`<h2>Why some of it is open</h2>
<table class="wide"><thead><tr><th>Cause</th><th class="num">Deliveries</th><th>Oldest</th><th>For example</th></tr></thead>
<tbody>${problems.map(
  ({ scope, code, count, held, oldest, example }) => html`<tr>
<td>${scopeBadge(scope)} ${held ? badge('warn', 'held') : ''} <code>${code}</code></td>
<td class="num" data-label="Deliveries"><a href="${link('/deliveries', { replay: id, code })}">${count.toLocaleString('en-US')}</a></td>
<td class="when" data-label="Oldest">${age(oldest, at)}</td>
<td class="message"><a href="${deliveryPath(example.deliveryId)}">${shorten(example.message ?? example.deliveryId, 200)}</a></td></tr>`,
)}</tbody></table>`;

export const pauseReplaySheet = (
  { id, spec }: ReplayRecord,
  complaint?: string,
): Html => html`<h1>Pause the replay to ${spec.destination}?</h1>
<p>What is on its way arrives; nothing more of this replay is begun until somebody resumes it. Everything else goes to ${spec.destination} as before.</p>
${reasonForm({
  action: `${replayPath(id)}/pause`,
  button: 'Pause it',
  back: replayPath(id),
  placeholder: 'e.g. not by day',
  isOptional: true,
  complaint,
})}`;

export const cancelReplaySheet = ({ id, spec, queued, deliveries }: ReplayRecord, complaint?: string): Html => {
  const open = OPEN_STATES.reduce((sum, state) => sum + (deliveries[state] ?? 0), 0);
  return html`<h1>Cancel the replay to ${spec.destination}?</h1>
<p>${open === 0 ? 'None of its deliveries is open now' : html`${plural(open, 'open delivery of it ends', 'open deliveries of it end')} <b>skipped</b>`}; what arrived stays, and nothing more is queued than the ${queued.toLocaleString('en-US')} so far.
What was left can be sent by another replay that takes what was skipped, too.</p>
${reasonForm({
  action: `${replayPath(id)}/cancel`,
  button: 'Cancel it for good',
  back: replayPath(id),
  placeholder: 'e.g. the wrong pipeline',
  complaint,
})}`;
};
