import { and, eq, sql } from 'drizzle-orm';
import { attestationWorkflowId } from '../../../attestation/names.ts';
import type { JudgementRecord, SentPart } from '../../judgements.ts';
import { accepted, attestations, judgements, searchTerms } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholderFor } from '../placeholders.ts';

export type AttestationRow = typeof attestations.$inferSelect;
export type JudgementRow = typeof judgements.$inferSelect;
export type AttestationRows = ReturnType<typeof prepareAttestationRows>;

/** Finds and inserts within the transaction that runs. */
export function prepareAttestationRows(db: Connection['db']) {
  const byId = db
    .select()
    .from(attestations)
    .where(eq(attestations.id, sql.placeholder('id')))
    .prepare();
  const judgement = db
    .select()
    .from(judgements)
    .where(and(eq(judgements.attestationId, sql.placeholder('id')), eq(judgements.n, sql.placeholder('n'))))
    .prepare();
  const acceptedOf = db
    .select()
    .from(accepted)
    .where(
      and(
        eq(accepted.pipelineUid, sql.placeholder('pipelineUid')),
        eq(accepted.statementDigest, sql.placeholder('statementDigest')),
      ),
    )
    .prepare();
  const insertJudgement = db
    .insert(judgements)
    .values({
      attestationId: sql.placeholder('attestationId'),
      n: sql.placeholder('n'),
      createdAt: sql.placeholder('createdAt'),
      sweptAt: sql.placeholder('createdAt'),
      receivedAt: sql.placeholder('receivedAt'),
      workflowId: sql.placeholder('workflowId'),
      parts: sql.placeholder('parts'),
      checks: [],
      verification: [],
      annotations: {},
      subjects: [],
    })
    .prepare();
  const insertTerm = db
    .insert(searchTerms)
    .values({
      kind: sql.placeholder('kind'),
      term: sql.placeholder('term'),
      receivedSeq: sql.placeholder('receivedSeq'),
    })
    .onConflictDoNothing()
    .prepare();
  const setLatest = db
    .update(attestations)
    .set({ latest: placeholderFor('n', attestations.latest) })
    .where(eq(attestations.id, sql.placeholder('id')))
    .prepare();

  return {
    find: (id: string): AttestationRow | undefined => byId.get({ id }),
    judgement: (id: string, n: number): JudgementRow | undefined => judgement.get({ id, n }),

    /** Who had the same statement accepted in this pipeline. */
    accepted: (of: Pick<AttestationRow, 'pipelineUid' | 'statementDigest'>) => acceptedOf.get(of),

    insertJudgement(
      of: Pick<AttestationRow, 'id' | 'project' | 'pipeline'>,
      { n, ...judgement }: { n: number; parts: SentPart[]; createdAt: string; receivedAt: string },
    ) {
      const workflowId = attestationWorkflowId(of.project, of.pipeline, of.id, n);
      insertJudgement.run({ attestationId: of.id, n, workflowId, ...judgement });
      if (n > 1) setLatest.run({ id: of.id, n });
      return { n, workflowId };
    },

    setLatest(id: string, n: number): void {
      setLatest.run({ id, n });
    },

    insertTerms(receivedSeq: number, kind: 'digest' | 'signer', terms: Iterable<string>): void {
      for (const term of new Set(terms)) insertTerm.run({ kind, term, receivedSeq });
    },
  };
}

export const toJudgement = (row: JudgementRow): JudgementRecord => ({
  n: row.n,
  contract: contractOf(row) ?? null,
  pinnedAt: row.pinnedAt,
  verdict: row.verdict,
  decidedAt: row.decidedAt,
  checks: row.checks,
  verification: row.verification,
  annotations: row.annotations,
  duplicateOf: row.duplicateOf,
  workflowId: row.workflowId,
});

/** The contract that a judgement has pinned. */
export const contractOf = (row: JudgementRow): { name: string; revision: number; digest: string } | undefined =>
  row.contractName === null || row.contractRevision === null || row.contractDigest === null
    ? undefined
    : { name: row.contractName, revision: row.contractRevision, digest: row.contractDigest };
