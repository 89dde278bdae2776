import { html } from 'hono/html';
import type { CauseGroup, DeliveryRecord } from '../../db/records.ts';
import { age, badge, cargo, deliveryPath, type Html, plural, scopeBadge, shorten } from './parts.ts';

/** Longest reason that is kept. */
export const MOST_REASON = 500;

/** Pages that ask for a reason stand still: a refresh would lose what was half typed. */
const reasonForm = (input: {
  action: string;
  fields?: Record<string, string>;
  button: string;
  back: string;
  placeholder: string;
  complaint?: string | undefined;
}): Html => html`${input.complaint ? html`<p class="note bad" role="alert">${input.complaint}</p>` : ''}
<form method="post" action="${input.action}">
${Object.entries(input.fields ?? {}).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<p><label for="reason">Reason, kept with your name in the audit</label>
<input id="reason" name="reason" required maxlength="${MOST_REASON}" autofocus autocomplete="off" placeholder="${input.placeholder}"></p>
<p><button class="danger">${input.button}</button> <a href="${input.back}">Leave it</a></p>
</form>`;

export const skipDeliverySheet = (
  delivery: DeliveryRecord,
  complaint?: string,
): Html => html`<h1>Skip this delivery?</h1>
<p>${cargo(delivery)} of ${delivery.project}/${delivery.pipeline} will <b>never</b> reach ${delivery.destination}. This cannot be undone.</p>
${reasonForm({
  action: `${deliveryPath(delivery.id)}/skip`,
  button: 'Skip it for ever',
  back: deliveryPath(delivery.id),
  placeholder: 'e.g. superseded by release 1.4.1',
  complaint,
})}`;

export const skipCauseSheet = (
  group: CauseGroup,
  olderThan: string,
  at: Date,
  complaint?: string,
): Html => html`<h1>Skip ${plural(group.count, 'delivery', 'deliveries')}?</h1>
<p>All that are open to <b>${group.destination}</b> ${
  group.scope === 'none' ? 'without a failure' : html`because of ${scopeBadge(group.scope)} <code>${group.code}</code>`
}: ${plural(group.count, 'delivery', 'deliveries')}, ${group.stuck > 0 ? badge('bad', `${group.stuck} stuck`) : 'none stuck'}, the oldest ${age(group.oldest, at)} old.
They will <b>never</b> reach it. This cannot be undone. Those that come after this page was shown are not touched.</p>
${group.example.message ? html`<p class="soft">For example: ${shorten(group.example.message)}</p>` : ''}
${reasonForm({
  action: '/causes/skip',
  fields: { destination: group.destination, code: group.code, scope: group.scope, olderThan },
  button: `Skip ${plural(group.count, 'delivery', 'deliveries')} for ever`,
  back: '/',
  placeholder: 'e.g. test data, not wanted there',
  complaint,
})}`;

export const pauseSheet = (
  destination: string,
  open: number,
  complaint?: string,
): Html => html`<h1>Pause ${destination}?</h1>
<p>Nothing more is sent to it until somebody resumes it. ${open === 0 ? 'No delivery to it is open now' : `${plural(open, 'delivery', 'deliveries')} to it wait now`};
what comes meanwhile is kept and delivered then.</p>
${reasonForm({
  action: `/destinations/${destination}/pause`,
  button: 'Pause it',
  back: '/',
  placeholder: 'e.g. maintenance until 06:00',
  complaint,
})}`;
