import { html } from 'hono/html';
import { formatAge } from '../../attestation/duration.ts';
import { describeFact } from '../../attestation/materials/describe-fact.ts';
import { describeChecked } from '../../attestation/materials/inspection.ts';
import type { Check, CheckOutcome } from '../../attestation/verdict.ts';
import type { AttestationRecord } from '../../db/attestations.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import type { JudgementRecord, MaterialRecord } from '../../db/judgements.ts';
import { deliveryTable } from './delivery-list.ts';
import { age, attestationPath, external, type Html, link, outcomeBadge, plural, verdictBadge } from './parts.ts';
import { statementSheets } from './signatures.ts';

export type AttestationView = {
  attestation: AttestationRecord;
  judgements: JudgementRecord[];
  materials: MaterialRecord[];
  deliveries: DeliveryRecord[];
  moreDeliveries: boolean;
  workflowUrl: (workflowId: string) => string | undefined;
};

const OUTCOME_ORDER: CheckOutcome[] = ['failed', 'warned', 'claimed', 'skipped', 'passed'];

/** One attestation: its verdict, every check with what to do, who signed, what came with it, where it went. */
export const attestationSheet = (view: AttestationView, at: Date): Html => {
  const { attestation } = view;
  const { judgement } = attestation;
  const checks = [...judgement.checks].sort(
    (a, b) => OUTCOME_ORDER.indexOf(a.outcome) - OUTCOME_ORDER.indexOf(b.outcome),
  );
  return html`<h1>${attestation.project}/${attestation.pipeline}</h1>
<p>${verdictBadge(judgement.verdict)} ${summary(attestation, at)}</p>
<dl>
<dt>Attestation</dt><dd><code>${attestation.id}</code></dd>
<dt>Received</dt><dd>${age(attestation.receivedAt, at)} ago from ${attestation.receivedBy}</dd>
<dt>Contract</dt><dd>${judgement.contract ? html`${judgement.contract.name}, revision ${judgement.contract.revision}` : 'not pinned yet'}</dd>
${judgement.duplicateOf ? html`<dt>Duplicate of</dt><dd><a class="mono" href="${attestationPath(judgement.duplicateOf)}">${judgement.duplicateOf}</a>: delivers nothing again</dd>` : ''}
<dt>What was signed</dt><dd><code>sha256:${attestation.statementDigest}</code></dd>
${Object.entries(judgement.annotations).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
</dl>
<h2>Checks <small>failed first</small></h2>
${checks.length === 0 ? html`<p>None yet.</p>` : checkTable(checks)}
<h2>Signed statements</h2>
${judgement.verification.length === 0 ? html`<p>${plural(attestation.statements.length, 'statement')}, not verified yet.</p>` : statementSheets(judgement.verification, judgement.decidedAt ?? attestation.receivedAt)}
<h2>Materials</h2>
${view.materials.length === 0 ? html`<p>None recorded.</p>` : materialTable(view.materials)}
<h2>Deliveries</h2>
${view.deliveries.length === 0 ? html`<p>None.</p>` : deliveryTable(view.deliveries, at)}
${view.moreDeliveries ? html`<p><a href="${link('/deliveries', { attestation: attestation.id, state: 'all' })}">all of them</a></p>` : ''}
<h2>Judgements</h2>
${judgementTable(view, at)}`;
};

const summary = (attestation: AttestationRecord, at: Date): Html => {
  const { judgement } = attestation;
  if (judgement.verdict === null)
    return html`received ${age(attestation.receivedAt, at)} ago and not judged yet; it is tried until it is`;
  const failed = judgement.checks.filter((check) => check.outcome === 'failed').length;
  const took =
    judgement.decidedAt && judgement.pinnedAt ? Date.parse(judgement.decidedAt) - Date.parse(judgement.pinnedAt) : null;
  return html`${failed > 0 ? `${failed} of ${plural(judgement.checks.length, 'check')} failed` : plural(judgement.checks.length, 'check')}${
    judgement.decidedAt ? html`, decided ${age(judgement.decidedAt, at)} ago` : ''
  }${took === null ? '' : ` in ${took < 1000 ? `${took} ms` : formatAge(took)}`}`;
};

const checkTable = (checks: readonly Check[]): Html => html`<table class="wide">
<thead><tr><th>Outcome</th><th>Check</th><th>About</th><th>What was found, and what to do</th></tr></thead>
<tbody>${checks.map(
  (check) => html`<tr><td>${outcomeBadge(check.outcome)}</td><td class="name"><code>${check.code}</code></td>
<td class="message">${subjectOf(check)}</td>
<td class="message">${check.message}${
    check.outcome !== 'passed' && (check.expected || check.found)
      ? html`<br><span class="soft">expected</span> <code>${check.expected ?? '–'}</code> <span class="soft">found</span> <code>${check.found ?? '–'}</code>`
      : ''
  }${check.remedy && !check.message.includes(check.remedy) ? html`<br><b>${check.remedy}</b>` : ''}${
    check.contractLine ? html` <span class="soft">contract line ${check.contractLine}</span>` : ''
  }</td></tr>`,
)}</tbody></table>`;

/** Many checks are about a statement, known by its sha256, which stands whole in the table of statements. */
const subjectOf = ({ subject }: Check): Html =>
  subject !== undefined && /^[0-9a-f]{64}$/.test(subject)
    ? html`<code title="${subject}">${subject.slice(0, 12)}…</code>`
    : html`${subject}`;

const materialTable = (materials: readonly MaterialRecord[]): Html => html`<table class="wide">
<thead><tr><th>Name</th><th>Type</th><th>Matched</th><th class="num">Bytes</th><th>sha256</th><th>Content</th></tr></thead>
<tbody>${materials.map(
  (material) => html`<tr><td>${material.name}</td><td>${material.type}</td>
<td>${material.slot ? html`slot <b>${material.slot}</b>, ` : ''}${material.how}</td>
<td class="num">${material.bytes === 'absent' ? 'not sent' : material.size.toLocaleString('en-US')}</td>
<td><code>${material.sha256}</code></td>
<td>${contentOf(material)}</td></tr>`,
)}</tbody></table>`;

/** How its content stands, and what it says. */
function contentOf({ validation, facts }: MaterialRecord): Html {
  const known = Object.entries(facts);
  const seen = !validation
    ? 'facts'
    : validation.outcome === 'valid'
      ? describeChecked(validation)
      : validation.outcome.replace('-', ' ');
  if (known.length === 0) return validation ? html`${seen}` : html``;
  const marked = validation && validation.outcome !== 'valid' ? html`<b>${seen}</b>` : html`${seen}`;
  return html`<details><summary>${marked}</summary><dl>${known.map(([name, fact]) => html`<dt>${name}</dt><dd>${describeFact(fact)}</dd>`)}</dl></details>`;
}

const judgementTable = (view: AttestationView, at: Date): Html => html`<table class="wide">
<thead><tr><th class="num">#</th><th>Verdict</th><th>Decided</th><th>Contract</th><th>Evidence</th><th>Workflow</th></tr></thead>
<tbody>${view.judgements.map((judgement) => {
  const url = view.workflowUrl(judgement.workflowId);
  return html`<tr><td class="num" data-label="Judgement">${judgement.n}</td><td>${verdictBadge(judgement.verdict)}</td>
<td class="when">${judgement.decidedAt ? html`${age(judgement.decidedAt, at)} ago` : ''}</td>
<td>${judgement.contract ? `${judgement.contract.name} r${judgement.contract.revision}` : ''}</td>
<td>${judgement.verdict === null ? '' : html`<a href="${attestationPath(view.attestation.id)}/vsa/${judgement.n}">signed summary</a>`}</td>
<td>${url ? external(url, `${judgement.workflowId} in the Temporal UI`) : html`<code>${judgement.workflowId}</code>`}</td></tr>`;
})}</tbody></table>`;
