import { html } from 'hono/html';
import type { DestinationGate } from '../../db/database.ts';
import type { CauseGroup, DeliveryRecord, Page } from '../../db/records.ts';
import { deliveryTable, pager } from './delivery-list.ts';
import type { Query } from './filters.ts';
import {
  age,
  attestationPath,
  badge,
  deliveryPath,
  type Html,
  link,
  plural,
  postButton,
  SCOPE_WORDS,
  scopeBadge,
  shorten,
} from './parts.ts';
import type { Viewer } from './viewer.ts';

export type Undecided = { id: string; project: string; pipeline: string; receivedAt: string };
export type Overview = {
  causes: CauseGroup[];
  blocked: number;
  heldGates: DestinationGate[];
  undecided: Undecided[];
  /** More than what `undecided` holds. */
  moreUndecided: boolean;
  lastReceivedAt: string | null;
  workers: number;
  temporalReachable: boolean;
  deliveries: Page<DeliveryRecord>;
  kept: Query;
  isFirst: boolean;
};
export type Counts = { open: number; stuck: number; held: number; blocked: number; undecided: number };

/** Judging takes milliseconds; longer than this and it is worth a look. */
export const UNDECIDED_LATE_MS = 10_000;

export function countsOf(view: Overview): Counts {
  const sum = (of: (group: CauseGroup) => number) => view.causes.reduce((total, group) => total + of(group), 0);
  return {
    open: sum((group) => group.count),
    stuck: sum((group) => group.stuck),
    held: sum((group) => (group.held ? group.count : 0)),
    blocked: view.blocked,
    undecided: view.undecided.length,
  };
}

/** What is wrong in one line, the worst first; empty when nothing is. */
export function troubles(view: Overview, at: Date): string[] {
  const { stuck, blocked } = countsOf(view);
  const of = (kind: 'broken' | 'operator') =>
    view.heldGates.filter((gate) => gate.holds.some((hold) => hold.kind === kind)).length;
  const late = view.undecided.filter((one) => at.getTime() - Date.parse(one.receivedAt) > UNDECIDED_LATE_MS).length;
  return [
    view.temporalReachable ? '' : 'Temporal does not answer',
    view.workers === 0 ? 'no worker runs' : '',
    of('broken') ? `${plural(of('broken'), 'destination')} broken` : '',
    stuck ? `${plural(stuck, 'delivery', 'deliveries')} stuck` : '',
    blocked ? `${plural(blocked, 'delivery', 'deliveries')} blocked` : '',
    late ? `${plural(late, 'attestation')} undecided` : '',
    of('operator') ? `${plural(of('operator'), 'destination')} paused` : '',
  ].filter((words) => words !== '');
}

/** The first page: what is wrong, why, since when, and what to do about it. */
export const overviewSheet = (view: Overview, viewer: Viewer, at: Date): Html => {
  const wrong = troubles(view, at);
  return html`<h1>${wrong.length > 0 ? capitalise(wrong.slice(0, 3).join(', ')) : 'All clear'}</h1>
${wrong.length === 0 ? html`<p>Nothing is stuck, held or blocked, and no attestation waits for its verdict.</p>` : ''}
${countLine(view, at)}
${
  view.temporalReachable
    ? ''
    : html`<p class="note bad"><b>Temporal does not answer.</b> What arrives is kept, but nothing is judged or delivered
until it does. Nothing needs to be sent again.</p>`
}
${
  view.workers === 0
    ? html`<p class="note bad"><b>No worker has been heard of for 30 s.</b> What arrives is kept, but nothing is judged or
delivered until one runs: start <code>waybill worker</code>, and see that it reaches Temporal.</p>`
    : ''
}
${view.heldGates.length > 0 ? heldTable(view, viewer, at) : ''}
${view.causes.length > 0 ? causeTable(view.causes, viewer, at) : ''}
${view.undecided.length > 0 ? undecidedTable(view, at) : ''}
${openDeliveries(view, at)}`;
};

const countLine = (view: Overview, at: Date): Html => {
  const counts = countsOf(view);
  const item = (count: number, words: string, href: string, tone: string, more = '') =>
    html`<li class="${count > 0 ? tone : ''}"><a href="${href}"><b>${count.toLocaleString('en-US')}${more}</b> ${words}</a></li>`;
  return html`<ul class="counts">
${item(counts.open, 'open', '/deliveries', '')}
${item(counts.stuck, 'stuck', link('/deliveries', { stuck: 'yes' }), 'bad')}
${item(counts.held, 'held', link('/deliveries', { held: 'yes' }), 'warn')}
${item(counts.blocked, 'blocked', link('/deliveries', { state: 'blocked' }), 'bad')}
${item(counts.undecided, 'undecided', link('/attestations', { verdict: 'undecided' }), 'warn', view.moreUndecided ? '+' : '')}
<li><span>${view.lastReceivedAt === null ? 'no attestation received yet' : html`last attestation received ${age(view.lastReceivedAt, at)} ago`}</span></li>
</ul>`;
};

const heldTable = (view: Overview, viewer: Viewer, at: Date): Html => html`<h2>Destinations that deliver nothing</h2>
<table class="wide"><thead><tr><th>Destination</th><th>Why</th><th>Since</th><th>Holds</th><th>Next probe</th><th></th></tr></thead>
<tbody>${view.heldGates.map((gate) => {
  const groups = view.causes.filter((group) => group.destination === gate.name);
  const count = groups.reduce((total, group) => total + group.count, 0);
  const oldest = groups.map((group) => group.oldest).sort()[0];
  const since = gate.holds.map((hold) => hold.since).sort()[0];
  const paused = gate.holds.some((hold) => hold.kind === 'operator');
  return html`<tr>
<td class="name"><a href="${link('/deliveries', { destination: gate.name })}">${gate.name}</a> <span class="soft">${gate.integration}</span></td>
<td class="message">${gate.holds.map(
    (hold) =>
      html`${hold.kind === 'broken' ? badge('bad', 'broken') : badge('warn', `paused by ${hold.by}`)} ${
        hold.code ? html`<code>${hold.code}</code>` : ''
      } ${shorten(hold.reason)}<br>`,
  )}</td>
<td class="when" data-label="Since">${since ? age(since, at) : ''}</td>
<td class="when" data-label="Holds">${count === 0 ? 'nothing' : html`${plural(count, 'delivery', 'deliveries')}${oldest ? html`, oldest ${age(oldest, at)}` : ''}`}</td>
<td class="when" data-label="Next probe">${nextProbe(gate, paused, at)}</td>
<td class="actions">${
    viewer.mayHold
      ? html`${!paused && gate.probe ? postButton(`/destinations/${gate.name}/test`, 'Test now') : ''} ${paused ? postButton(`/destinations/${gate.name}/resume`, 'Resume') : html`<a class="button" href="/destinations/${gate.name}/pause">Pause…</a>`}`
      : ''
  }</td></tr>`;
})}</tbody></table>`;

const nextProbe = (gate: DestinationGate, paused: boolean, at: Date): Html => {
  if (!gate.probe) return html``;
  if (paused) return html`after resume`;
  if (gate.probe.claimedBy !== null) return html`running`;
  return Date.parse(gate.probe.nextAt) > at.getTime() ? age(gate.probe.nextAt, at) : html`due`;
};

const causeTable = (
  causes: readonly CauseGroup[],
  viewer: Viewer,
  at: Date,
): Html => html`<h2>Why deliveries are open</h2>
<table class="wide"><thead><tr><th>Destination</th><th>Cause</th><th class="num">Deliveries</th><th>Oldest</th><th>For example</th><th></th></tr></thead>
<tbody>${causes.map((group) => {
  const which = { destination: group.destination, code: group.code, scope: group.scope };
  return html`<tr>
<td class="name"><a href="${link('/deliveries', { destination: group.destination })}">${group.destination}</a></td>
<td>${scopeBadge(group.scope)} ${group.held ? badge('warn', 'held') : ''} ${
    group.scope === 'none' ? '' : html`<code>${group.code}</code>`
  }<br><span class="soft">${hintOf(group)}</span></td>
<td class="num" data-label="Deliveries"><a href="${link('/deliveries', { destination: group.destination, code: group.code })}">${group.count.toLocaleString('en-US')}</a>${group.stuck > 0 ? html`<br>${badge('bad', `${group.stuck.toLocaleString('en-US')} stuck`)}` : ''}</td>
<td class="when" data-label="Oldest">${age(group.oldest, at)}</td>
<td class="message"><a href="${deliveryPath(group.example.deliveryId)}">${shorten(group.example.message ?? 'not tried yet', 200)}</a></td>
<td class="actions">${
    viewer.mayOperate
      ? html`${group.held ? '' : postButton('/causes/retry', `Retry ${group.count.toLocaleString('en-US')}`, which)} <a class="button" href="${link('/causes/skip', which)}">Skip…</a>`
      : ''
  }</td></tr>`;
})}</tbody></table>`;

const hintOf = (group: CauseGroup): string => {
  if (group.held && group.scope !== 'delivery') return 'Goes out by itself once the destination delivers again.';
  if (group.scope === 'none' && group.stuck > 0)
    return 'Waits for its turn, too long: do workers serve this destination?';
  return SCOPE_WORDS[group.scope].hint;
};

const undecidedTable = (view: Overview, at: Date): Html => html`<h2>Received, not judged yet</h2>
<table class="wide"><thead><tr><th>Attestation</th><th>Pipeline</th><th>Age</th></tr></thead>
<tbody>${view.undecided.slice(0, 20).map(
  (one) => html`<tr><td><a class="mono" href="${attestationPath(one.id)}">${one.id}</a></td>
<td>${one.project}/${one.pipeline}</td><td class="when" data-label="Age">${age(one.receivedAt, at)}</td></tr>`,
)}</tbody></table>
${view.undecided.length > 20 ? html`<p><a href="${link('/attestations', { verdict: 'undecided' })}">all of them</a></p>` : ''}`;

const openDeliveries = (view: Overview, at: Date): Html =>
  view.deliveries.items.length === 0
    ? html``
    : html`<h2>Deliveries <small>stuck first, then the oldest</small></h2>
${deliveryTable(view.deliveries.items, at)}
${pager('/', view.kept, view.deliveries, view.isFirst)}`;

const capitalise = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
