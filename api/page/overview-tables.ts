import { html } from 'hono/html';
import type { RemedyAction } from '../../attestation/delivery/remedies.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import type { ReplayRecord } from '../../db/replays.ts';
import type { Page } from '../../db/verbs.ts';
import type { ExplainedCause } from '../deliveries/causes.ts';
import type { DestinationLine } from './destination-lines.ts';
import type { Query } from './filters.ts';
import {
  age,
  attestationPath,
  badge,
  deliveryPath,
  destinationPath,
  type Html,
  link,
  postButton,
  prose,
  scopeBadge,
  shorten,
} from './parts.ts';
import type { Viewer } from './viewer.ts';

type Undecided = { id: string; project: string; pipeline: string; receivedAt: string };
export type Overview = {
  causes: ExplainedCause[];
  blocked: number;
  /** Those that are held, or drain. */
  lines: DestinationLine[];
  undecided: Undecided[];
  /** More than what `undecided` holds. */
  moreUndecided: boolean;
  lastReceivedAt: string | null;
  workers: number;
  temporalReachable: boolean;
  /** Those that have not ended. */
  replays: ReplayRecord[];
  deliveries: Page<DeliveryRecord>;
  kept: Query;
  isFirst: boolean;
};
/** Open deliveries by cause, with what can be done about all of one. */
export const causeTable = (
  causes: readonly ExplainedCause[],
  viewer: Viewer,
  at: Date,
): Html => html`<h2>Why deliveries are open</h2>
<table class="wide"><thead><tr><th>Destination</th><th>Cause</th><th class="num">Deliveries</th><th>Oldest</th><th>For example</th><th></th></tr></thead>
<tbody>${causes.map((group) => {
  const which = { destination: group.destination, code: group.code, scope: group.scope };
  return html`<tr>
<td class="name"><a href="${destinationPath(group.destination)}">${group.destination}</a></td>
<td>${scopeBadge(group.scope)} ${group.held ? badge('warn', 'held') : ''} ${
    group.scope === 'none' ? '' : html`<code>${group.code}</code>`
  } ${group.means}${todo(group)}</td>
<td class="num" data-label="Deliveries"><a href="${link('/deliveries', { destination: group.destination, code: group.code })}">${group.count.toLocaleString('en-US')}</a>${group.stuck > 0 ? html`<br>${badge('bad', `${group.stuck.toLocaleString('en-US')} stuck`)}` : ''}</td>
<td class="when" data-label="Oldest">${age(group.oldest, at)}</td>
<td class="message"><a href="${deliveryPath(group.example.deliveryId)}">${shorten(group.example.message ?? 'not tried yet', 200)}</a></td>
<td class="actions">${
    viewer.mayOperate
      ? html`${viewer.mayHold ? holdButtons(group) : ''} <a class="button" href="${link('/causes/retry', which)}">Retry ${allOf(group.count)}…</a> <a class="button" href="${link('/causes/skip', which)}">Skip ${allOf(group.count)}…</a>`
      : ''
  }</td></tr>`;
})}</tbody></table>`;

const allOf = (count: number): string => (count === 1 ? 'it' : `all ${count.toLocaleString('en-US')}`);

/** What to do that no button does; retry and skip stand beside it. */
const todo = ({ remedies }: ExplainedCause): Html =>
  html`${remedies.filter(({ action }) => !BUTTONS.includes(action)).map(({ say }) => html`<br><span class="soft">${prose(say)}</span>`)}`;
const BUTTONS: readonly RemedyAction[] = ['retry', 'skip', 'test', 'pause', 'resume'];

const holdButtons = ({ destination, remedies }: ExplainedCause): Html =>
  remedies.some(({ action }) => action === 'test')
    ? postButton(`/destinations/${destination}/test`, 'Test now')
    : remedies.some(({ action }) => action === 'pause')
      ? html`<a class="button" href="/destinations/${destination}/pause">Pause…</a>`
      : html``;

/** What nobody has judged, the oldest first. */
export const undecidedTable = (view: Overview, at: Date): Html => html`<h2>Received, not judged yet</h2>
<table class="wide"><thead><tr><th>Attestation</th><th>Pipeline</th><th>Age</th></tr></thead>
<tbody>${view.undecided.slice(0, 20).map(
  (one) => html`<tr><td><a class="mono" href="${attestationPath(one.id)}">${one.id}</a></td>
<td>${one.project}/${one.pipeline}</td><td class="when" data-label="Age">${age(one.receivedAt, at)}</td></tr>`,
)}</tbody></table>
${view.undecided.length > 20 ? html`<p><a href="${link('/attestations', { verdict: 'undecided' })}">all of them</a></p>` : ''}`;
