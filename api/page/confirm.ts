import { html } from 'hono/html';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import { cargo, deliveryPath, type Html, plural } from './parts.ts';

/** Longest reason that is kept. */
export const MOST_REASON = 500;

/** Pages that ask for a reason stand still: a refresh would lose what was half typed. */
export const reasonForm = (input: {
  action: string;
  fields?: Record<string, string>;
  button: string;
  back: string;
  placeholder: string;
  complaint?: string | undefined;
  isOptional?: boolean;
}): Html => html`${input.complaint ? html`<p class="note bad" role="alert">${input.complaint}</p>` : ''}
<form method="post" action="${input.action}">
${Object.entries(input.fields ?? {}).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<p><label for="reason">Reason, kept with your name in the audit${input.isOptional ? ' (may be left out)' : ''}</label>
<input id="reason" name="reason" ${input.isOptional ? '' : 'required'} maxlength="${MOST_REASON}" autofocus autocomplete="off" placeholder="${input.placeholder}"></p>
<p><button class="${input.isOptional ? '' : 'danger'}">${input.button}</button> <a href="${input.back}">Leave it</a></p>
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

export const pauseSheet = (
  destination: string,
  open: number,
  complaint?: string,
): Html => html`<h1>Pause ${destination}?</h1>
<p>Nothing more is sent to it until somebody resumes it. ${open === 0 ? 'No delivery to it is open now' : `${plural(open, 'delivery', 'deliveries')} to it wait now`};
what comes meanwhile is kept and delivered then. Is it gone for good? An administrator <a href="/destinations/${destination}/remove">removes it</a>.</p>
${reasonForm({
  action: `/destinations/${destination}/pause`,
  button: 'Pause it',
  back: '/',
  placeholder: 'e.g. maintenance until 06:00',
  complaint,
})}`;
