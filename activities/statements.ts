import type { SignedStatement } from '../attestation/materials/descriptors.ts';
import type { StatementVerification } from '../attestation/verdict.ts';
import { MAX_SUBMISSION_BYTES, parseStatement, parseSubmission } from '../attestation/verify/parse.ts';
import type { JudgementWork } from '../db/judgements.ts';
import type { ContentStore } from '../store/store.ts';

/** The bytes of an attestation's statements, from the store, in the order they were received in. */
export const readStatements = (store: ContentStore, work: Pick<JudgementWork, 'statements'>): Promise<Buffer[]> =>
  Promise.all(work.statements.map(({ sha256 }) => store.read(sha256, MAX_SUBMISSION_BYTES)));

/** Those that were verified, read again from the very bytes that were: nothing unsigned is ever considered. */
export async function readVerified(
  store: ContentStore,
  work: Pick<JudgementWork, 'statements'>,
  verified: readonly StatementVerification[],
): Promise<SignedStatement[]> {
  const good = new Set(verified.filter(({ result }) => result !== 'invalid').map(({ sha256 }) => sha256));
  const parsed = parseSubmission(await readStatements(store, work));
  if (!parsed.ok) return [];
  return parsed.statements
    .filter(({ sha256 }) => good.has(sha256))
    .flatMap(({ sha256, envelope }) => {
      const read = parseStatement(envelope.payload);
      return read.ok ? [{ sha256, statement: read.statement }] : [];
    });
}
