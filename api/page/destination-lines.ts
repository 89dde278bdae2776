import { html } from 'hono/html';
import { standingOf } from '../../attestation/delivery/standing.ts';
import type { DestinationGate } from '../../db/holds.ts';
import type { ExplainedCause } from '../deliveries/causes.ts';
import { age, badge, deliveryPath, destinationPath, type Html, plural, postButton, prose, shorten } from './parts.ts';
import type { Viewer } from './viewer.ts';

/** A destination that does not just deliver, and what mends it where that is known. */
export type DestinationLine = { gate: DestinationGate; left: number; remedy: string | undefined };

/** Destinations that are paused, broken or draining, a line each: why, since when, what waits, the probe, what to do. */
export const destinationTable = (
  lines: readonly DestinationLine[],
  causes: readonly ExplainedCause[],
  viewer: Viewer,
  at: Date,
): Html => html`<h2>Destinations that are held, or drain</h2>
<table class="wide"><thead><tr><th>Destination</th><th>Why</th><th>Since</th><th>Waiting</th><th>Next probe</th><th></th></tr></thead>
<tbody>${lines.map(({ gate, left, remedy }) => {
  const { standing, since } = standingOf({ holds: gate.holds, liftedAt: gate.liftedAt, left });
  const paused = standing === 'paused';
  return html`<tr>
<td class="name"><a href="${destinationPath(gate.name)}">${gate.name}</a> <span class="soft">${gate.integration}</span></td>
<td class="message">${standing === 'draining' ? badge('calm', 'draining') : whyHeld(gate)}${remedy ? html`<b>${prose(remedy)}</b>` : ''}</td>
<td class="when" data-label="Since">${since ? age(since, at) : ''}</td>
<td class="message" data-label="Waiting">${standing === 'draining' ? leftOf(left) : waiting(causes, gate.name, at)}</td>
<td class="message" data-label="Next probe">${nextProbe(gate, paused, at)}</td>
<td class="actions">${viewer.mayHold ? buttons(gate, paused) : ''} ${viewer.mayRemove ? html`<a class="button" href="/destinations/${gate.name}/remove">Remove…</a>` : ''}</td></tr>`;
})}</tbody></table>`;

const whyHeld = (gate: DestinationGate): Html =>
  html`${gate.holds.map(
    (hold) =>
      html`${hold.kind === 'broken' ? badge('bad', 'broken') : badge('warn', `paused by ${hold.by}`)} ${
        hold.code ? html`<code>${hold.code}</code>` : ''
      } ${shorten(hold.reason)}<br>`,
  )}`;

/** Counted up to 10,000. */
const leftOf = (left: number): Html =>
  html`${left >= 10_000 ? '10,000 or more' : plural(left, 'delivery', 'deliveries')} left of what was held; they go out step by step`;

/** Blocked ones wait for an operator, whatever becomes of the destination. */
function waiting(causes: readonly ExplainedCause[], destination: string, at: Date): Html {
  const groups = causes.filter((group) => group.destination === destination);
  const count = (of: readonly ExplainedCause[]) => of.reduce((total, group) => total + group.count, 0);
  const [oldest] = groups.map((group) => group.oldest).sort();
  if (oldest === undefined) return html`nothing`;
  const blocked = count(groups.filter(({ scope }) => scope === 'delivery'));
  const stuck = groups.reduce((total, group) => total + group.stuck, 0);
  return html`${plural(count(groups), 'delivery', 'deliveries')}, the oldest ${age(oldest, at)} old${
    blocked > 0 ? html`, ${blocked.toLocaleString('en-US')} of them blocked` : ''
  }${stuck > 0 ? html`<br>${badge('bad', `${stuck.toLocaleString('en-US')} stuck`)}` : ''}`;
}

function nextProbe({ probe }: DestinationGate, paused: boolean, at: Date): Html {
  if (!probe) return html``;
  const failed =
    probe.failed > 0 ? html`<br><span class="soft">${plural(probe.failed, 'probe')} failed</span>` : html``;
  if (paused) return html`after resume${failed}`;
  if (probe.claimedBy !== null)
    return probe.winner === null
      ? html`now, by <code>${shorten(probe.claimedBy, 12)}</code>${failed}`
      : html`now, with <a class="mono" href="${deliveryPath(probe.winner)}">${shorten(probe.winner, 12)}</a>${failed}`;
  return html`${Date.parse(probe.nextAt) > at.getTime() ? age(probe.nextAt, at) : 'due'}${failed}`;
}

const buttons = ({ name, probe }: DestinationGate, paused: boolean): Html =>
  html`${!paused && probe ? postButton(`/destinations/${name}/test`, 'Test now') : ''} ${
    paused
      ? postButton(`/destinations/${name}/resume`, 'Resume')
      : html`<a class="button" href="/destinations/${name}/pause">Pause…</a>`
  }`;
