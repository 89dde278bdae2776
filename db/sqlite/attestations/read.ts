import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { AttestationFilter, AttestationRecord, Attestations } from '../../attestations.ts';
import { decodeCursor, toPage } from '../../cursor.ts';
import { attestations, judgements, materials, searchTerms } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { visibleTo } from '../globs.ts';
import { toMaterial } from '../material-rows.ts';
import { placeholderFor } from '../placeholders.ts';
import { type AttestationRow, type AttestationRows, type JudgementRow, toJudgement } from './rows.ts';

export function readVerbs(
  { db, read, write }: Connection,
  rows: AttestationRows,
): Pick<Attestations, 'get' | 'judgements' | 'listJudgements' | 'materials' | 'list' | 'undecided' | 'toSweep'> {
  const latest = and(eq(judgements.attestationId, attestations.id), eq(judgements.n, attestations.latest));
  const withLatest = () =>
    db.select({ attestation: attestations, judgement: judgements }).from(attestations).innerJoin(judgements, latest);
  const byId = withLatest()
    .where(eq(attestations.id, sql.placeholder('id')))
    .prepare();
  const materialsOf = db
    .select()
    .from(materials)
    .where(and(eq(materials.attestationId, sql.placeholder('id')), eq(materials.n, sql.placeholder('n'))))
    .orderBy(asc(materials.position))
    .prepare();
  const undecided = () =>
    db
      .select({
        id: attestations.id,
        n: judgements.n,
        project: attestations.project,
        pipeline: attestations.pipeline,
        workflowId: judgements.workflowId,
        receivedAt: attestations.receivedAt,
      })
      .from(judgements)
      .innerJoin(attestations, latest);
  const sweep = db
    .update(judgements)
    .set({ sweptAt: placeholderFor('at', judgements.sweptAt) })
    .where(and(eq(judgements.attestationId, sql.placeholder('id')), eq(judgements.n, sql.placeholder('n'))))
    .prepare();

  return {
    get: (id) =>
      read(() => {
        const row = byId.get({ id });
        return row && toAttestation(row);
      }),

    listJudgements: (id, page) =>
      read(() => {
        const [after = 0] = decodeCursor(page.cursor, [0] as const) ?? [];
        const rows = db
          .select()
          .from(judgements)
          .where(and(eq(judgements.attestationId, id), gt(judgements.n, after)))
          .orderBy(asc(judgements.n))
          .limit(page.limit + 1)
          .all();
        return toPage(rows, page, toJudgement, (row) => [row.n]);
      }),

    judgements: (id) =>
      read(() =>
        db
          .select()
          .from(judgements)
          .where(eq(judgements.attestationId, id))
          .orderBy(asc(judgements.n))
          .all()
          .map(toJudgement),
      ),

    materials: (id) =>
      read(() => {
        const duplicateOf = byId.get({ id })?.judgement.duplicateOf;
        const of = rows.find(duplicateOf ?? id);
        return of ? materialsOf.all({ id: of.id, n: of.latest }).map(toMaterial) : [];
      }),

    list: (filter, page) =>
      read(() => {
        const [before] = decodeCursor(page.cursor, [0] as const) ?? [];
        const found = withLatest()
          .where(and(before === undefined ? undefined : lt(attestations.receivedSeq, before), matching(db, filter)))
          .orderBy(desc(attestations.receivedSeq))
          .limit(page.limit + 1)
          .all();
        return toPage(found, page, toAttestation, ({ attestation }) => [attestation.receivedSeq]);
      }),

    undecided: (before, limit) =>
      read(() =>
        undecided()
          .where(and(isNull(judgements.verdict), lt(judgements.createdAt, before)))
          .orderBy(asc(judgements.createdAt))
          .limit(limit)
          .all(),
      ),

    toSweep: (before, limit, at) =>
      write(() => {
        const found = undecided()
          .where(and(isNull(judgements.verdict), lt(judgements.sweptAt, before)))
          .orderBy(asc(judgements.sweptAt))
          .limit(limit)
          .all();
        for (const { id, n } of found) sweep.run({ id, n, at });
        return found;
      }),
  };
}

function matching(db: Connection['db'], filter: AttestationFilter) {
  const found = (kind: 'digest' | 'signer', term: string | undefined) =>
    term === undefined
      ? undefined
      : inArray(
          attestations.receivedSeq,
          db
            .select({ receivedSeq: searchTerms.receivedSeq })
            .from(searchTerms)
            .where(and(eq(searchTerms.kind, kind), eq(searchTerms.term, term))),
        );
  return and(
    filter.project === undefined ? undefined : eq(attestations.project, filter.project),
    filter.pipeline === undefined ? undefined : eq(attestations.pipeline, filter.pipeline),
    filter.verdict === undefined
      ? undefined
      : filter.verdict === 'undecided'
        ? isNull(judgements.verdict)
        : eq(judgements.verdict, filter.verdict),
    filter.since === undefined ? undefined : gte(attestations.receivedAt, filter.since),
    filter.until === undefined ? undefined : lt(attestations.receivedAt, filter.until),
    found('digest', filter.digest),
    found('signer', filter.signer),
    visibleTo(filter.visible, attestations.project, attestations.pipeline),
  );
}

const toAttestation = (row: { attestation: AttestationRow; judgement: JudgementRow }): AttestationRecord => ({
  id: row.attestation.id,
  pipelineUid: row.attestation.pipelineUid,
  project: row.attestation.project,
  pipeline: row.attestation.pipeline,
  receivedSeq: row.attestation.receivedSeq,
  receivedAt: row.attestation.receivedAt,
  receivedBy: row.attestation.receivedBy,
  statementDigest: row.attestation.statementDigest,
  statements: row.attestation.statements,
  judgement: toJudgement(row.judgement),
});
