import { html } from 'hono/html';
import type { ActionEffect, DeliveryAction } from '../../attestation/delivery/action.ts';
import type { CauseGroup } from '../../db/delivery-lists.ts';
import type { foresee } from '../deliveries/many.ts';
import { reasonForm } from './confirm.ts';
import { age, badge, deliveryPath, type Html, plural, postButton, scopeBadge, shorten } from './parts.ts';

type Foreseen = Awaited<ReturnType<typeof foresee>>;

/** What would be done about all that are open for a cause, and the form that does it. */
export const actOnCauseSheet = (input: {
  group: CauseGroup;
  foreseen: Foreseen;
  fields: Record<string, string>;
  at: Date;
  complaint?: string | undefined;
}): Html => {
  const { group, foreseen, fields, at, complaint } = input;
  const { action, count } = foreseen;
  const many = plural(count, 'delivery', 'deliveries');
  return html`<h1>${action === 'retry' ? 'Retry' : 'Skip'} ${many}?</h1>
<p>All that are open to <b>${group.destination}</b> ${
    group.scope === 'none'
      ? 'without a failure'
      : html`because of ${scopeBadge(group.scope)} <code>${group.code}</code>`
  }: ${plural(group.count, 'delivery', 'deliveries')}, ${group.stuck > 0 ? badge('bad', `${group.stuck.toLocaleString('en-US')} stuck`) : 'none stuck'}, the oldest ${age(group.oldest, at)} old.
${action === 'skip' ? html`They will <b>never</b> reach it. This cannot be undone.` : ''} Those that come after this page was shown are not touched.</p>
${group.example.message ? html`<p class="soft">For example: ${shorten(group.example.message)}</p>` : ''}
${effectTable(foreseen)}
${foreseen.mayRepeat.map(
  (repeat) => html`<p class="note warn"><b>Up to ${plural(repeat.count, 'message')} may be posted again:</b>
${repeat.integration || 'its integration'} cannot recognise duplicates, and these were tried before.</p>`,
)}
${
  count === 0
    ? html`${complaint ? html`<p class="note bad" role="alert">${complaint}</p>` : ''}<p>There is nothing to do. <a href="/">To the overview</a></p>`
    : reasonForm({
        action: `/causes/${action}`,
        fields,
        button: action === 'retry' ? `Retry ${many}` : `Skip ${many} for ever`,
        back: '/',
        placeholder: action === 'retry' ? 'e.g. the receiver is mended' : 'e.g. test data, not wanted there',
        isOptional: action === 'retry',
        complaint,
      })
}`;
};

/** One call did its share; the rest, for the reason that was given, is a click away. */
export const goOnSheet = (action: DeliveryAction, left: number, fields: Record<string, string>): Html => {
  const words = `${action === 'retry' ? 'Retry' : 'Skip'} ${left.toLocaleString('en-US')} more`;
  return html`<h1>${words}?</h1>
<p>So many are done at a click. These are left of what you were shown; leaving now loses nothing, they stay in their group.</p>
<p>${postButton(`/causes/${action}`, words, fields)} <a href="/">Leave it</a></p>`;
};

const effectTable = ({ action, effects }: Foreseen): Html => html`<table>
<thead><tr><th class="num">Deliveries</th><th>State</th><th>What happens</th><th>For example</th></tr></thead>
<tbody>${effects.map(
  ({ count, state, effect, example }) => html`<tr>
<td class="num" data-label="Deliveries">${count.toLocaleString('en-US')}</td><td>${state}</td>
<td class="message">${wordsOf(action, effect, state)}</td>
<td class="when"><a class="mono" href="${deliveryPath(example)}">${shorten(example, 12)}</a></td></tr>`,
)}</tbody></table>`;

function wordsOf(action: DeliveryAction, effect: ActionEffect, state: string): string {
  if (effect === 'final') return 'Has ended: is left as it is.';
  if (effect === 'asked') return 'A retry was asked for already: is left as it is.';
  if (effect === 'held') return 'Is held, and stays held: tried once the destination delivers again.';
  if (action === 'retry') return 'Is tried at once.';
  return state === 'trying' || state === 'confirming'
    ? 'Ends now, though the receiver may have it, or get it yet.'
    : 'Ends now.';
}
