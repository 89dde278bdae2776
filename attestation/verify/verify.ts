import type { Check, StatementVerification, Verification } from '../verdict.ts';
import type { SigningRules } from './dsse.ts';
import { isInTotoPayloadType } from './envelope.ts';
import type { ReceivedStatement } from './parse.ts';
import { quote, type Refusal, refuse } from './refusal.ts';
import { type Trust, verifySignatures } from './signatures.ts';
import { parseStatement, type Statement } from './statement.ts';
import { type SentDigests, shareSubject } from './subjects.ts';

export type { Trust };
/** `sent`: both digests of every file that came with the statements; a statement may name either. */
export type VerifyOptions = SigningRules & { sent?: readonly SentDigests[] };

/**
 * Verifies statements that were sent together: every one must be signed by enough who are trusted, be an in-toto
 * statement, and share a subject with the others. Pure: trust and time are arguments. Never throws for what was sent:
 * whatever goes wrong makes that statement invalid. Whether the contract wants these signers is for the contract to say.
 */
export const verifyStatements = (
  statements: readonly ReceivedStatement[],
  trust: Trust,
  options: VerifyOptions,
): Verification => {
  const each = statements.map((statement) => verifyStatement(statement, trust, options));
  const checks = each.flatMap(({ checks }) => checks);
  const read = each.flatMap(({ statement }) => (statement ? [statement] : []));
  if (each.length === 0)
    checks.push(failed(refuse('statement.none', 'There is no statement to verify.', { expected: 'at least one' })));
  if (each.length > 1 && read.length === each.length) checks.push(checkSubjects(read, options.sent));
  return { statements: each.map(({ verification }) => verification), checks };
};

type Judged = { verification: StatementVerification; checks: Check[]; statement?: Statement };

const verifyStatement = (received: ReceivedStatement, trust: Trust, options: VerifyOptions): Judged => {
  const { sha256, paeDigest } = received;
  const invalid = { sha256, paeDigest, result: 'invalid' as const, signers: [] };
  try {
    const { checks, ...signed } = verifySignatures(received, trust, options);
    const about = checks.map((check): Check => ({ ...check, subject: sha256 }));
    const { signatures } = signed;
    if (signed.result === 'invalid') return { verification: { ...invalid, signatures }, checks: about };
    const read = readSigned(received);
    if (!read.ok) return { verification: { ...invalid, signatures }, checks: [...about, failed(read, sha256)] };
    const { predicateType } = read.statement;
    return {
      verification: { sha256, paeDigest, predicateType, ...signed },
      checks: about,
      statement: read.statement,
    };
  } catch (error) {
    // Whatever a library throws on hostile input, its message may quote that input.
    const found = error instanceof Error ? error.name : typeof error;
    const broken = refuse(
      'verification.error',
      'The statement could not be verified: verification ended with an error.',
      { found },
    );
    return { verification: invalid, checks: [failed(broken, sha256)] };
  }
};

const readSigned = ({ envelope }: ReceivedStatement): ReturnType<typeof parseStatement> =>
  isInTotoPayloadType(envelope.payloadType)
    ? parseStatement(envelope.payload)
    : refuse(
        'statement.payload-type',
        `The signed payload type ${quote(envelope.payloadType)} is not one of in-toto's.`,
        {
          expected: 'application/vnd.in-toto+json',
          found: quote(envelope.payloadType),
        },
      );

const checkSubjects = (statements: readonly Statement[], sent: readonly SentDigests[] = []): Check =>
  shareSubject(statements, sent)
    ? {
        code: 'statement.subjects-shared',
        outcome: 'passed',
        message: `The ${statements.length} statements are about the same artifact.`,
      }
    : failed(
        refuse(
          'statement.subjects-differ',
          `The ${statements.length} statements that were sent together are not about one artifact.`,
          {
            expected: 'one artifact whose sha256 or sha512 is a subject of every statement',
            found: 'no such artifact',
            remedy:
              'Send statements about other artifacts on their own; where one names the sha256 and another the sha512, send the file along.',
          },
        ),
      );

const failed = ({ ok: _, ...refusal }: Refusal, subject?: string): Check => ({
  ...refusal,
  outcome: 'failed',
  ...(subject !== undefined && { subject }),
});
