import { html } from 'hono/html';
import type { DestinationGate } from '../../db/database.ts';
import type { CauseGroup, DeliveryRecord, Page } from '../../db/records.ts';
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

type Undecided = { id: string; project: string; pipeline: string; receivedAt: string };
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
/** Destinations that are paused or broken: why, since when, what they hold, and when they are probed. */
export const heldTable = (
  view: Overview,
  viewer: Viewer,
  at: Date,
): Html => html`<h2>Destinations that deliver nothing</h2>
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

/** Open deliveries by cause, with what can be done about all of one. */
export const causeTable = (
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
      ? html`<a class="button" href="${link('/causes/retry', which)}">Retry ${allOf(group.count)}…</a> <a class="button" href="${link('/causes/skip', which)}">Skip ${allOf(group.count)}…</a>`
      : ''
  }</td></tr>`;
})}</tbody></table>`;

const allOf = (count: number): string => (count === 1 ? 'it' : `all ${count.toLocaleString('en-US')}`);

const hintOf = (group: CauseGroup): string => {
  if (group.held && group.scope !== 'delivery') return 'Goes out by itself once the destination delivers again.';
  if (group.scope === 'none' && group.stuck > 0)
    return 'Waits for its turn, too long: do workers serve this destination?';
  return SCOPE_WORDS[group.scope].hint;
};

/** What nobody has judged, the oldest first. */
export const undecidedTable = (view: Overview, at: Date): Html => html`<h2>Received, not judged yet</h2>
<table class="wide"><thead><tr><th>Attestation</th><th>Pipeline</th><th>Age</th></tr></thead>
<tbody>${view.undecided.slice(0, 20).map(
  (one) => html`<tr><td><a class="mono" href="${attestationPath(one.id)}">${one.id}</a></td>
<td>${one.project}/${one.pipeline}</td><td class="when" data-label="Age">${age(one.receivedAt, at)}</td></tr>`,
)}</tbody></table>
${view.undecided.length > 20 ? html`<p><a href="${link('/attestations', { verdict: 'undecided' })}">all of them</a></p>` : ''}`;
