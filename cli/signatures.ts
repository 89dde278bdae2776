import { describeSignatures, type SignatureDescription } from '../attestation/describe-signature.ts';
import type { StatementVerification } from '../attestation/verdict.ts';
import { type Io, paint, printable } from './io.ts';
import { printFields } from './table.ts';

/** Every statement with each of its signatures: who, when, who proves it, and what was looked at. */
export function printSignatures(io: Io, statements: readonly StatementVerification[], at: string): void {
  for (const statement of statements) {
    printFields(io, [
      ['statement', statement.sha256],
      ['predicate', statement.predicateType],
      ['result', statement.result],
    ]);
    for (const signature of describeSignatures(statement, at)) printSignature(io, signature);
  }
}

const MARKS = {
  verified: ['✓', 'green'],
  'time-unproven': ['!', 'yellow'],
  refused: ['✗', 'red'],
} as const;

function printSignature(io: Io, { outcome, signer, steps, ...told }: SignatureDescription): void {
  const [mark, colour] = MARKS[outcome];
  io.out(`  ${paint(io, colour, mark)} ${outcome}: ${printable(signer)}\n`);
  const titles = (wanted: string) => steps.filter((step) => step.outcome === wanted).map(({ title }) => title);
  printFields(io, [
    ['      time', told.time],
    ['      profile', told.profile],
    ...told.logEntries.map((entry) => ['      log', entry] as const),
    ['      passed', titles('passed').join(', ')],
    ...steps
      .filter((step) => step.outcome === 'failed')
      .map(({ title, message }) => ['      failed', `${title}: ${message}`] as const),
    ['      not required', titles('not-required').join(', ')],
    ['      not reached', titles('not-reached').join(', ')],
  ]);
}
