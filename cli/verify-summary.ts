import { z } from 'zod';
import type { Check } from '../attestation/verdict.ts';
import { VSA_PREDICATE_TYPE } from '../attestation/vsa.ts';
import { type Io, paint, printable } from './io.ts';
import { printFields } from './table.ts';

/** A SLSA verification summary, anybody's, as far as it is shown. Source: slsa.dev/spec/v1.1/verification_summary. */
const Summary = z.looseObject({
  verifier: z.looseObject({ id: z.string() }),
  timeVerified: z.string().optional(),
  resourceUri: z.string(),
  verificationResult: z.string(),
  verifiedLevels: z.array(z.string()).default([]),
});

type Signed = { predicateType: string; predicate?: unknown };

const isSummary = ({ predicateType }: Signed): boolean => predicateType === VSA_PREDICATE_TYPE;

/** Says for people what a verified summary says: that it is signed does not mean that anything passed. */
export function printSummary(io: Io, statement: Signed): void {
  const summary = isSummary(statement) ? Summary.safeParse(statement.predicate).data : undefined;
  if (!summary) return;
  const { verificationResult: result, verifier, timeVerified, resourceUri, verifiedLevels } = summary;
  const colour = result === 'PASSED' ? 'green' : 'red';
  io.out(`summary  ${paint(io, colour, printable(result))}\n`);
  printFields(io, [
    ['  of', resourceUri],
    ['  by', verifier.id],
    ['  at', timeVerified],
    ['  levels', verifiedLevels.join(', ')],
  ]);
}

/** Held against an artifact, a summary counts only when it passed. */
export function checkSummary(statement: Signed, subject: string): Check[] {
  if (!isSummary(statement)) return [];
  const result = Summary.safeParse(statement.predicate).data?.verificationResult;
  if (result === 'PASSED') return [];
  return [
    {
      code: 'summary.failed',
      outcome: 'failed',
      subject,
      message: 'The verification summary about this file says that it did not pass.',
      expected: 'PASSED',
      found: result ?? 'no verification summary as SLSA writes them',
    },
  ];
}
