import { html } from 'hono/html';
import type { AttachmentRecord } from '../../db/attachments.ts';
import type { DestinationRecord } from '../../db/destinations.ts';
import type { ReplayRecord } from '../../db/replays.ts';
import { LIMITS_UNKNOWN, type limitWords } from './destination-limits.ts';
import { type DestinationLine, destinationTable } from './destination-lines.ts';
import { causeTable, type Overview } from './overview-tables.ts';
import { age, badge, type Html, link, plural, postButton, replayPath } from './parts.ts';
import { progressBar, replayBadges } from './replay-parts.ts';
import type { Viewer } from './viewer.ts';

export type DestinationView = {
  record: DestinationRecord;
  line: DestinationLine;
  /** Neither held nor draining: there is no line of it on the overview. */
  isReady: boolean;
  limits: ReturnType<typeof limitWords> | undefined;
  causes: Overview['causes'];
  attachments: readonly AttachmentRecord[];
  moreAttachments: boolean;
  /** The newest. */
  replays: readonly ReplayRecord[];
};

/** One destination: how it stands, why what waits for it does, what it is held to, and what can be done. */
export const destinationSheet = (view: DestinationView, viewer: Viewer, at: Date): Html => {
  const { record, line, isReady, causes } = view;
  const { name } = record;
  return html`<h1>${name}</h1>
${
  isReady
    ? html`<p>${badge('good', 'ready')} ${openWords(causes)}</p>${actions(name, viewer)}`
    : destinationTable([line], causes, viewer, at)
}
<p><a href="${link('/deliveries', { destination: name })}">Open deliveries</a> · <a href="${link('/deliveries', { destination: name, state: 'all' })}">all deliveries</a> · <a href="${link('/replays', { destination: name })}">replays</a> ${
    viewer.mayOperate
      ? html`<a class="button" href="${link('/replays/new', { destination: name })}">New replay…</a>`
      : ''
  }</p>
${causes.length > 0 ? causeTable(causes, viewer, at) : ''}
${view.replays.length > 0 ? replayList(view.replays, at) : ''}
<h2>Attached</h2>
${
  view.attachments.length === 0
    ? html`<p>Nothing: no attestation is sent to it.</p>`
    : html`<table class="wide"><thead><tr><th>Attachment</th><th>Pipelines</th><th>Materials</th></tr></thead>
<tbody>${view.attachments.map(attachmentRow)}</tbody></table>
${view.moreAttachments ? html`<p>There are more.</p>` : ''}`
}
<h2>Settings</h2>
<dl>
<dt>Integration</dt><dd>${record.spec.integration}</dd>
<dt>Limits in effect</dt><dd>${view.limits ?? LIMITS_UNKNOWN}</dd>
<dt>Stuck after</dt><dd>${record.spec.stuckAfter}</dd>
<dt>Changed</dt><dd>${age(record.updatedAt, at)} ago, ${plural(record.generation, 'generation')}</dd>
</dl>`;
};

const openWords = (causes: Overview['causes']): string => {
  const count = causes.reduce((total, group) => total + group.count, 0);
  return count === 0
    ? 'Nothing waits for it.'
    : `${plural(count, 'delivery', 'deliveries')} to it ${count === 1 ? 'is' : 'are'} open.`;
};

const actions = (name: string, viewer: Viewer): Html =>
  html`<p>${
    viewer.mayHold
      ? html`${postButton(`/destinations/${name}/test`, 'Test now')} <a class="button" href="/destinations/${name}/pause">Pause…</a>`
      : ''
  } ${viewer.mayRemove ? html`<a class="button" href="/destinations/${name}/remove">Remove…</a>` : ''}</p>`;

const attachmentRow = ({ name, spec }: AttachmentRecord): Html => html`<tr>
<td class="name">${name}</td><td data-label="Pipelines">${spec.pipelines.join(' ')}</td>
<td data-label="Materials">${[...(spec.materials.types ?? []), ...(spec.materials.names ?? [])].join(' ') || 'all that it takes'}</td></tr>`;

const replayList = (replays: readonly ReplayRecord[], at: Date): Html =>
  html`<h2>Replays</h2><ul>${replays.map(
    (replay) =>
      html`<li>${replayBadges(replay)} <a class="mono" href="${replayPath(replay.id)}">${replay.id}</a> ${progressBar(replay, at)}</li>`,
  )}</ul>`;
