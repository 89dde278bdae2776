import { html } from 'hono/html';
import type { AttestationRecord } from '../../db/attestations.ts';
import type { Page } from '../../db/verbs.ts';
import { pager } from './delivery-list.ts';
import type { Query } from './filters.ts';
import { age, attestationPath, type Html, plural, shorten, verdictBadge } from './parts.ts';

/** The list of attestations, the latest first. */
export const attestationListSheet = (input: {
  page: Page<AttestationRecord>;
  kept: Query;
  isFirst: boolean;
  at: Date;
}): Html => html`<h1>Attestations</h1>
${attestationFilters(input.kept)}
${input.page.items.length === 0 ? html`<p>No attestation matches.</p>` : attestationTable(input.page.items, input.at)}
${pager('/attestations', input.kept, input.page, input.isFirst)}`;

const attestationTable = (attestations: readonly AttestationRecord[], at: Date): Html => html`<table class="wide">
<thead><tr><th>Verdict</th><th>Age</th><th>Pipeline</th><th>Attestation</th><th>Checks</th></tr></thead>
<tbody>${attestations.map(
  (attestation) => html`<tr><td>${verdictBadge(attestation.judgement.verdict)}</td>
<td class="when" data-label="Age">${age(attestation.receivedAt, at)}</td>
<td>${attestation.project}/${attestation.pipeline}</td>
<td><a class="mono" href="${attestationPath(attestation.id)}">${attestation.id}</a></td>
<td class="message">${outline(attestation)}</td></tr>`,
)}</tbody></table>`;

const outline = ({ judgement }: AttestationRecord): Html => {
  const failed = judgement.checks.filter((check) => check.outcome === 'failed');
  if (failed[0])
    return html`<code>${failed[0].code}</code> ${shorten(failed[0].message, 160)}${failed.length > 1 ? ` and ${failed.length - 1} more` : ''}`;
  if (judgement.checks.length === 0) return html``;
  const warned = judgement.checks.filter((check) => check.outcome === 'warned').length;
  return html`<span class="soft">${plural(judgement.checks.length, 'check')}${warned > 0 ? `, ${warned} warned` : ''}</span>`;
};

const attestationFilters = (kept: Query): Html => html`<form class="filters" method="get" action="/attestations">
<label>Verdict <select name="verdict">${['', 'accepted', 'rejected', 'undecided'].map(
  (verdict) =>
    html`<option value="${verdict}" ${verdict === (kept.verdict ?? '') ? html`selected` : ''}>${verdict || 'any'}</option>`,
)}</select></label>
<label>Pipeline <input name="pipeline" value="${kept.pipeline}" placeholder="project/pipeline"></label>
<label>Digest <input name="digest" value="${kept.digest}" placeholder="sha256:…"></label>
<label>Signer <input name="signer" value="${kept.signer}"></label>
<button>Show</button> <a href="/attestations">all</a>
</form>`;
