import { html } from 'hono/html';
import { describeSignatures, type SignatureDescription } from '../../attestation/describe-signature.ts';
import type { StatementVerification } from '../../attestation/verdict.ts';
import { badge, type Html, type Tone } from './parts.ts';

/** Each signed statement with its signatures. `at`: when they were verified. */
export const statementSheets = (statements: readonly StatementVerification[], at: string): Html =>
  html`${statements.map((statement) => statementSheet(statement, at))}`;

const statementSheet = (statement: StatementVerification, at: string): Html => {
  const signatures = describeSignatures(statement, at);
  return html`<h3>${badge(RESULT_TONES[statement.result], statement.result)} ${statement.predicateType ?? 'not read, because it is not verified'} <code>sha256:${statement.sha256}</code></h3>
${signatures.length === 0 ? html`<p>Nothing is known of its signatures.</p>` : signatureTable(signatures)}`;
};

const signatureTable = (signatures: readonly SignatureDescription[]): Html => html`<table class="wide">
<thead><tr><th>Signature</th><th>Made by</th><th>Time, and who proves it</th><th>Verified with</th><th>Steps</th></tr></thead>
<tbody>${signatures.map(
  (signature) => html`<tr><td>${badge(OUTCOME_TONES[signature.outcome], signature.outcome)}</td>
<td class="message">${signature.signer}${claims(signature)}</td>
<td class="message">${signature.time}${signature.logEntries.map((entry) => html`<br><span class="soft">${entry}</span>`)}</td>
<td class="message">${signature.kind === 'key' ? html`the registered keys<br>` : ''}${signature.profile}</td>
<td class="message">${stepList(signature)}</td></tr>`,
)}</tbody></table>`;

const claims = ({ claims }: SignatureDescription): Html =>
  Object.keys(claims).length === 0
    ? html``
    : html`<details><summary>claims</summary><dl>${Object.entries(claims).map(
        ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`,
      )}</dl></details>`;

/** Folded, unless one failed: then it is what whoever looks here looks for. */
const stepList = ({ steps, outcome }: SignatureDescription): Html => {
  if (steps.length === 0) return html``;
  const count = (wanted: string) => steps.filter((step) => step.outcome === wanted).length;
  const failed = count('failed');
  const reached = steps.filter((step) => step.outcome !== 'not-reached');
  const unreached = steps.filter((step) => step.outcome === 'not-reached').map(({ title }) => title);
  return html`<details${failed > 0 || outcome === 'refused' ? ' open' : ''}><summary>${failed > 0 ? `${failed} failed, ` : ''}${count('passed')} passed</summary>
<ul class="steps">${reached.map(
    (step) => html`<li>${badge(STEP_TONES[step.outcome], step.outcome)} <b>${step.title}</b> ${step.message}</li>`,
  )}${unreached.length > 0 ? html`<li>${badge('calm', 'not reached')} ${unreached.join(', ')}</li>` : ''}</ul></details>`;
};

const RESULT_TONES = { verified: 'good', 'time-unproven': 'warn', invalid: 'bad' } as const satisfies Record<
  string,
  Tone
>;
const OUTCOME_TONES = { verified: 'good', 'time-unproven': 'warn', refused: 'bad' } as const satisfies Record<
  string,
  Tone
>;
const STEP_TONES = {
  passed: 'good',
  failed: 'bad',
  'not-required': 'calm',
  'not-reached': 'calm',
} as const satisfies Record<string, Tone>;
