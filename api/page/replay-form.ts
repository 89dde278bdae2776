import { html } from 'hono/html';
import { ReplayMode, ReplaySpec } from '../../attestation/delivery/replay.ts';
import { parseDuration } from '../../attestation/duration.ts';
import type { foresee } from '../replays/foresee.ts';
import { reasonForm } from './confirm.ts';
import type { Query } from './filters.ts';
import { attestationPath, deliveryPath, type Html, link, plural, shorten } from './parts.ts';
import { aboutOf, EFFECT_WORDS, heldNote } from './replay-parts.ts';

type Foreseen = Awaited<ReturnType<typeof foresee>>;

/** What the fields of the form say; or what is wrong with them, in words. */
export function specIn(fields: Query, at: Date): { spec: ReplaySpec } | { complaint: string } {
  const words = (text: string | undefined) => text?.split(/[\s,]+/).filter(Boolean) ?? [];
  const [pipelines, types] = [words(fields.pipelines), words(fields.types)];
  const [since, until] = [instantOf(fields.since, at), instantOf(fields.until, at)];
  const spec = ReplaySpec.safeParse({
    destination: fields.destination,
    mode: fields.mode ?? 'missing',
    ...(pipelines.length > 0 && { pipelines }),
    ...(types.length > 0 && { types }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(fields.skipped && { includeSkipped: true }),
  });
  if (spec.success) return { spec: spec.data };
  const complaint = spec.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  return { complaint };
}

/** A time, or how long ago; what is neither is left to the schema to refuse. */
function instantOf(field: string | undefined, at: Date): string | undefined {
  const text = field?.trim();
  if (!text) return undefined;
  const ms = parseDuration(text);
  const time = ms === undefined ? new Date(text) : new Date(at.getTime() - ms);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

export const replayFormSheet = (input: {
  kept: Query;
  destinations: readonly string[];
  complaint?: string | undefined;
}): Html => {
  const { kept, destinations, complaint } = input;
  const option = (value: string, words: string, chosen: string | undefined) =>
    html`<option value="${value}" ${value === chosen ? html`selected` : ''}>${words}</option>`;
  const field = (name: string, words: string, placeholder: string) =>
    html`<p><label for="${name}">${words}</label>
<input id="${name}" name="${name}" value="${kept[name]}" placeholder="${placeholder}" autocomplete="off"></p>`;
  return html`<h1>New replay</h1>
<p>Nothing is sent yet: first you see what it would do.</p>
${complaint ? html`<p class="note bad" role="alert">${complaint}</p>` : ''}
<form method="get" action="/replays/new">
<input type="hidden" name="show" value="yes">
<p><label for="destination">To</label>
<select id="destination" name="destination">${destinations.map((name) => option(name, name, kept.destination))}</select></p>
<p><label for="mode">What</label>
<select id="mode" name="mode">${ReplayMode.options.map((mode) => option(mode, MODE_WORDS[mode], kept.mode ?? 'missing'))}</select></p>
${field('pipelines', 'Only of these pipelines (* stands for anything)', 'project/pipeline other/*')}
${field('types', 'Only materials of these types', 'SBOM_CYCLONEDX_JSON')}
${field('since', 'Only what was received since', '30d, or 2026-03-01T00:00Z')}
${field('until', 'Only what was received before', '14d, or 2026-03-02T00:00Z')}
<p><label class="check"><input type="checkbox" name="skipped" value="yes" ${kept.skipped ? html`checked` : ''}> what was skipped, too</label></p>
<p><button class="main">Show what it would do</button> <a href="/replays">Leave it</a></p>
</form>`;
};

const MODE_WORDS: Record<ReplayMode, string> = {
  missing: 'missing: what never arrived there',
  again: 'again: that, and once more what had arrived',
};

/** What a replay would do, and the form that starts it. */
export const foreseenSheet = (input: {
  foreseen: Foreseen;
  /** Leads back to the form as it was filled in. */
  kept: Query;
  fields: Record<string, string>;
  complaint?: string | undefined;
}): Html => {
  const { foreseen, kept, fields, complaint } = input;
  const { spec, count, atLeast, attestations, holds } = foreseen;
  const many = plural(count, 'delivery', 'deliveries');
  const back = link('/replays/new', { ...kept, show: undefined });
  return html`<h1>Replay ${atLeast ? 'at least ' : ''}${many} to ${spec.destination}?</h1>
<p>${capitalise(aboutOf(spec))}: ${plural(attestations, 'accepted attestation')} looked at. What is received from now on is not part of it. <a href="${back}">Change it</a></p>
${foreseen.effects.length > 0 ? effectTable(foreseen) : ''}
${foreseen.mayRepeat.map(
  (repeat) => html`<p class="note warn"><b>Up to ${plural(repeat.count, 'message')} may be posted once more:</b>
${repeat.integration} ${repeat.dedupe === 'key' ? 'recognises duplicates by their key, and a repeat has a new one' : 'cannot recognise duplicates'}.</p>`,
)}
${holds.map((hold) => heldNote(spec.destination, hold, 'Nothing is delivered before that is over.'))}
${
  atLeast
    ? html`<p class="note bad" role="alert">There was no time to count them all. Replay them in parts: narrow it by time or pipeline.</p>`
    : count === 0
      ? html`<p>There is nothing to do. <a href="/replays">To the replays</a></p>`
      : html`<p>It goes behind live traffic, is shown as it goes, and can be paused and cancelled.</p>
${reasonForm({
  action: '/replays',
  fields,
  button: `Replay ${many}`,
  back,
  placeholder: 'e.g. attached today',
  isOptional: true,
  complaint,
})}`
}`;
};

const effectTable = ({ effects }: Foreseen): Html => html`<table>
<thead><tr><th class="num">Deliveries</th><th>What happens</th><th>For example</th></tr></thead>
<tbody>${effects.map(
  ({ count, effect, example }) => html`<tr>
<td class="num" data-label="Deliveries">${count.toLocaleString('en-US')}</td>
<td class="message">${EFFECT_WORDS[effect]}</td>
<td class="when"><a class="mono" href="${example.delivery === null ? attestationPath(example.attestation) : deliveryPath(example.delivery)}">${shorten(example.delivery ?? example.attestation, 12)}</a></td></tr>`,
)}</tbody></table>`;

const capitalise = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
