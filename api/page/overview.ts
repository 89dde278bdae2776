import { html } from 'hono/html';
import type { ExplainedCause } from '../deliveries/causes.ts';
import { deliveryTable, pager } from './delivery-list.ts';
import { destinationTable } from './destination-lines.ts';
import { causeTable, type Overview, undecidedTable } from './overview-tables.ts';
import { age, type Html, link, plural } from './parts.ts';
import { replayLine } from './replay-parts.ts';
import type { Viewer } from './viewer.ts';

type Counts = { open: number; stuck: number; held: number; blocked: number; undecided: number };

/** Judging takes milliseconds; longer than this and it is worth a look. */
const UNDECIDED_LATE_MS = 10_000;

function countsOf(view: Overview): Counts {
  const sum = (of: (group: ExplainedCause) => number) => view.causes.reduce((total, group) => total + of(group), 0);
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
    view.lines.filter(({ gate }) => gate.holds.some((hold) => hold.kind === kind)).length;
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
  // What only waits for its destination is in that destination's line.
  const causes = view.causes.filter((group) => !group.held || group.scope === 'delivery');
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
${view.replays.length > 0 ? replayLine(view.replays, at) : ''}
${view.lines.length > 0 ? destinationTable(view.lines, view.causes, viewer, at) : ''}
${causes.length > 0 ? causeTable(causes, viewer, at) : ''}
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

const openDeliveries = (view: Overview, at: Date): Html =>
  view.deliveries.items.length === 0
    ? html``
    : html`<h2>Deliveries <small>stuck first, then the oldest</small></h2>
${deliveryTable(view.deliveries.items, at)}
${pager('/', view.kept, view.deliveries, view.isFirst)}`;

const capitalise = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
