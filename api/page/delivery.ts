import { html } from 'hono/html';
import { isFinal } from '../../attestation/delivery/state.ts';
import { formatAge } from '../../attestation/duration.ts';
import type { AttemptRecord } from '../../db/attempts.ts';
import type { AuditRecord } from '../../db/audit.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import type { DestinationGate, Hold } from '../../db/holds.ts';
import {
  age,
  attestationPath,
  badge,
  cargo,
  clock,
  deliveryPath,
  external,
  type Html,
  plural,
  postButton,
  replayPath,
  SCOPE_WORDS,
  scopeBadge,
  stateBadges,
  type Tone,
} from './parts.ts';
import type { Viewer } from './viewer.ts';

export type DeliveryView = {
  delivery: DeliveryRecord;
  /** The latest first. */
  attempts: AttemptRecord[];
  moreAttempts: boolean;
  /** Older ones that are not kept any more. */
  removedAttempts: number;
  audit: AuditRecord[];
  holds: Hold[];
  probe: DestinationGate['probe'];
  workflowUrl: string | undefined;
};

/** One delivery: where it stands, why, what was tried, and what can be done. */
export const deliverySheet = (view: DeliveryView, viewer: Viewer, at: Date): Html => {
  const { delivery } = view;
  return html`<h1>${cargo(delivery)} → ${delivery.destination}</h1>
<p>${stateBadges(delivery)} ${standing(view, at)}</p>
${delivery.cause ? causeNote(delivery.cause) : ''}
${viewer.mayOperate && !isFinal(delivery.state) ? actions(delivery) : ''}
<dl>
<dt>Pipeline</dt><dd>${delivery.project}/${delivery.pipeline}</dd>
<dt>Attestation</dt><dd><a class="mono" href="${attestationPath(delivery.attestationId)}">${delivery.attestationId}</a></dd>
<dt>Attachment</dt><dd>${delivery.attachment}</dd>
<dt>Delivery</dt><dd><code>${delivery.id}</code></dd>
${delivery.replayId ? html`<dt>Replay</dt><dd><a class="mono" href="${replayPath(delivery.replayId)}">${delivery.replayId}</a></dd>` : ''}
<dt>Created</dt><dd>${age(delivery.createdAt, at)} ago, state changed ${age(delivery.changedAt, at)} ago${delivery.heldMs > 0 ? html`, held for ${formatAge(delivery.heldMs)} before` : ''}</dd>
<dt>Idempotency key</dt><dd><code>${delivery.idempotencyKey}</code></dd>
${delivery.materialSha256 ? html`<dt>Material</dt><dd><code>sha256:${delivery.materialSha256}</code></dd>` : ''}
${delivery.orderKey ? html`<dt>Order key</dt><dd><code>${delivery.orderKey}</code></dd>` : ''}
${delivery.externalId ? html`<dt>At the receiver</dt><dd><code>${delivery.externalId}</code></dd>` : ''}
${delivery.url ? html`<dt>Link</dt><dd>${external(delivery.url)}</dd>` : ''}
<dt>Workflow</dt><dd>${view.workflowUrl ? external(view.workflowUrl, `${delivery.workflowId} in the Temporal UI`) : html`<code>${delivery.workflowId}</code>`}</dd>
</dl>
<h2>Attempts <small>the latest first; times are UTC</small></h2>
${view.attempts.length === 0 ? html`<p>None yet.</p>` : attemptTable(view, at)}
${view.audit.length > 0 ? auditList(view.audit, at) : ''}`;
};

const standing = (view: DeliveryView, at: Date): Html => {
  const { delivery } = view;
  if (delivery.skipped) return html`by ${delivery.skipped.by}: ${delivery.skipped.reason}`;
  if (delivery.supersededBy)
    return html`by the newer <a href="${deliveryPath(delivery.supersededBy)}">${delivery.supersededBy}</a>`;
  if (isFinal(delivery.state)) return html`after ${plural(delivery.attempts, 'attempt')}`;
  if (delivery.command) return html`${delivery.command.by} asked for a retry ${age(delivery.command.at, at)} ago`;
  if (view.holds.length > 0) return html`nothing is tried while ${whileHeld(view, at)}`;
  if (delivery.state === 'blocked') return html`waits for an operator: retry or skip it`;
  if (delivery.nextAttemptAt)
    return html`next try ${Date.parse(delivery.nextAttemptAt) > at.getTime() ? age(delivery.nextAttemptAt, at) : 'due'}`;
  return html``;
};

/** A pause outlasts the probe. */
function whileHeld({ delivery: { destination }, holds, probe }: DeliveryView, at: Date): Html {
  const pause = holds.find(({ kind }) => kind === 'operator');
  if (pause) return html`${pause.by} paused ${destination}`;
  return html`${destination} is broken; next probe ${
    probe && Date.parse(probe.nextAt) > at.getTime() ? age(probe.nextAt, at) : 'due'
  }`;
}

const causeNote = (
  cause: NonNullable<DeliveryRecord['cause']>,
): Html => html`<div class="note ${SCOPE_WORDS[cause.scope].tone}">
${scopeBadge(cause.scope)} <code>${cause.code}</code> ${cause.message} <span class="soft">${SCOPE_WORDS[cause.scope].hint}</span></div>`;

const actions = (
  delivery: DeliveryRecord,
): Html => html`<p>${postButton(`${deliveryPath(delivery.id)}/retry`, 'Retry now')}
<a class="button" href="${deliveryPath(delivery.id)}/skip">Skip…</a></p>`;

const attemptTable = (view: DeliveryView, at: Date): Html => html`<table class="wide">
<thead><tr><th class="num">#</th><th>Time</th><th>Phase</th><th>Outcome</th><th class="num">Status</th><th class="num">Took</th><th>Message and answer</th></tr></thead>
<tbody>${view.attempts.map(
  (attempt) => html`<tr>
<td class="num" data-label="Attempt">${attempt.n}</td>
<td class="when">${clock(attempt.startedAt)}<br><span class="soft">${age(attempt.startedAt, at)} ago</span></td>
<td>${attempt.phase}${attempt.probe ? ' (probe)' : ''}</td>
<td>${attempt.outcome === null ? badge('calm', 'running') : badge(outcomeTone(attempt.outcome), attempt.outcome)}</td>
<td class="num" data-label="Status">${attempt.status}</td>
<td class="num" data-label="Took">${attempt.latencyMs === null ? '' : `${attempt.latencyMs} ms`}</td>
<td class="message">${attempt.code ? html`<code>${attempt.code}</code> ` : ''}${attempt.message}${
    attempt.bodyHead ? html`<details><summary>answer</summary><pre>${attempt.bodyHead}</pre></details>` : ''
  }</td></tr>`,
)}</tbody></table>
${view.moreAttempts ? html`<p class="soft">Older attempts: <code>waybill get deliveries/${view.delivery.id}/attempts</code></p>` : ''}
${view.removedAttempts > 0 ? html`<p class="soft">${plural(view.removedAttempts, 'older attempt')} not kept any more.</p>` : ''}`;

const outcomeTone = (outcome: NonNullable<AttemptRecord['outcome']>): Tone => {
  if (outcome === 'failed') return 'bad';
  if (outcome === 'unknown') return 'warn';
  return outcome === 'delivered' || outcome === 'duplicate' ? 'good' : 'calm';
};

const auditList = (audit: readonly AuditRecord[], at: Date): Html => html`<h2>What people did</h2>
<table class="wide"><thead><tr><th>When</th><th>Who</th><th>What</th><th></th></tr></thead>
<tbody>${audit.map(
  (entry) => html`<tr><td class="when">${age(entry.at, at)} ago</td><td>${entry.actor.name}</td><td>${entry.action}</td>
<td class="message">${detailOf(entry.detail)}</td></tr>`,
)}</tbody></table>`;

const detailOf = (detail: Record<string, unknown>): string =>
  Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
