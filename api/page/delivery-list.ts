import { html } from 'hono/html';
import { FINAL_STATES, OPEN_STATES } from '../../attestation/delivery/state.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import type { Page } from '../../db/verbs.ts';
import type { Query } from './filters.ts';
import { age, cargo, deliveryPath, type Html, link, shorten, stateBadges } from './parts.ts';

/** The table of deliveries, on the overview, the list and an attestation's page. */
export const deliveryTable = (deliveries: readonly DeliveryRecord[], at: Date): Html => html`<table class="wide">
<thead><tr><th>State</th><th>Age</th><th>What</th><th>To</th><th>Why</th><th class="num">Tries</th><th>Next try</th></tr></thead>
<tbody>${deliveries.map(
  (delivery) => html`<tr>
<td class="name">${stateBadges(delivery)}</td>
<td class="when" data-label="Age">${age(delivery.createdAt, at)}</td>
<td class="name"><a href="${deliveryPath(delivery.id)}">${delivery.project}/${delivery.pipeline} · ${cargo(delivery)}</a></td>
<td class="name" data-label="To">${delivery.destination}</td>
<td class="message">${why(delivery)}</td>
<td class="num" data-label="Tries">${delivery.attempts}</td>
<td class="when" data-label="Next try">${nextTry(delivery, at)}</td>
</tr>`,
)}</tbody></table>`;

const why = (delivery: DeliveryRecord): Html => {
  if (delivery.skipped) return html`skipped by ${delivery.skipped.by}: ${shorten(delivery.skipped.reason)}`;
  return delivery.cause ? html`<code>${delivery.cause.code}</code> ${shorten(delivery.cause.message)}` : html``;
};

const nextTry = (delivery: DeliveryRecord, at: Date): Html => {
  if (delivery.command) return html`asked for by ${delivery.command.by}`;
  if (delivery.held) return html`held`;
  if (delivery.state === 'blocked') return html`on retry`;
  if (delivery.nextAttemptAt === null) return html``;
  return Date.parse(delivery.nextAttemptAt) > at.getTime() ? age(delivery.nextAttemptAt, at) : html`due`;
};

/** Links to the next page and the first one; the filters stay. */
export const pager = (path: string, kept: Query, page: Pick<Page<unknown>, 'next'>, isFirst: boolean): Html =>
  page.next === null && isFirst
    ? html``
    : html`<nav class="pages" aria-label="Pages of the list">${
        isFirst ? '' : html`<a href="${link(path, kept)}">« first</a>`
      }${page.next === null ? html`<span class="soft">end of the list</span>` : html`<a href="${link(path, { ...kept, cursor: page.next })}">next »</a>`}</nav>`;

export const deliveryListSheet = (input: {
  page: Page<DeliveryRecord>;
  kept: Query;
  isFirst: boolean;
  destinations: readonly string[];
  at: Date;
}): Html => html`<h1>Deliveries</h1>
${deliveryFilters(input.kept, input.destinations)}
${input.kept.destination ? html`<p><a href="${link('/replays', { destination: input.kept.destination })}">Replays to ${input.kept.destination}</a></p>` : ''}
${input.page.items.length === 0 ? html`<p>No delivery matches.</p>` : deliveryTable(input.page.items, input.at)}
${pager('/deliveries', input.kept, input.page, input.isFirst)}`;

const deliveryFilters = (kept: Query, destinations: readonly string[]): Html => {
  const option = (value: string, words: string, chosen: string | undefined) =>
    html`<option value="${value}" ${value === (chosen ?? '') ? html`selected` : ''}>${words}</option>`;
  const check = (name: 'stuck' | 'held') =>
    html`<label class="check"><input type="checkbox" name="${name}" value="yes" ${kept[name] ? html`checked` : ''}> ${name}</label>`;
  const names = [...new Set([...destinations, ...(kept.destination ? [kept.destination] : [])])];
  return html`<form class="filters" method="get" action="/deliveries">
<label>State <select name="state">${option('', 'open', kept.state)}${[...OPEN_STATES, ...FINAL_STATES, 'all'].map((state) => option(state, state, kept.state))}</select></label>
<label>Destination <select name="destination">${option('', 'any', kept.destination)}${names.map((name) => option(name, name, kept.destination))}</select></label>
<label>Pipeline <input name="pipeline" value="${kept.pipeline}" placeholder="project/pipeline"></label>
<label>Code <input name="code" value="${kept.code}" placeholder="http.503"></label>
${check('stuck')}${check('held')}
${(['attestation', 'replay'] as const).map((of) => (kept[of] ? html`<input type="hidden" name="${of}" value="${kept[of]}">` : ''))}
<button>Show</button> <a href="/deliveries">all open</a>
</form>`;
};
