import { and, asc, desc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { PlannedDelivery } from '../../../attestation/delivery/plan.ts';
import type { Attestations, Concluded, Conclusion } from '../../database.ts';
import { MissingRowError } from '../../errors.ts';
import type { MaterialRecord } from '../../records.ts';
import { accepted, attachments, deliveries, destinations, judgements, materials } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholderFor, placeholders, placeholdersFor } from '../placeholders.ts';
import { type AttestationRow, type AttestationRows, contractOf, type JudgementRow } from './rows.ts';

/** The verdict, materials and planned deliveries of a judgement: one transaction, once (PROTOCOLS A). */
export function concludeVerbs({ db, write }: Connection, rows: AttestationRows): Pick<Attestations, 'conclude'> {
  const decide = prepareDecide(db);
  const insertMaterial = db.insert(materials).values(placeholders(materials)).prepare();
  const insertDelivery = prepareInsertDelivery(db);
  const hosted = db
    .select({ id: deliveries.id, destination: deliveries.destination, createdAt: deliveries.createdAt })
    .from(deliveries)
    .where(eq(deliveries.workflowId, sql.placeholder('workflowId')))
    .orderBy(asc(deliveries.id))
    .prepare();
  const insertAccepted = db.insert(accepted).values(placeholders(accepted)).onConflictDoNothing().prepare();
  const laterDecided = db
    .select()
    .from(judgements)
    .where(
      and(
        eq(judgements.attestationId, sql.placeholder('id')),
        gt(judgements.n, sql.placeholder('n')),
        isNotNull(judgements.verdict),
      ),
    )
    .orderBy(desc(judgements.n))
    .limit(1)
    .prepare();

  /** What another judgement of this attestation decided for good: two never disagree about one attestation. */
  function standing(of: AttestationRow, n: number): JudgementRow | undefined {
    const own = rows.accepted(of);
    return own?.attestationId === of.id ? rows.judgement(of.id, own.n) : laterDecided.get({ id: of.id, n });
  }

  function insertMaterials(attestationId: string, n: number, records: MaterialRecord[]): void {
    for (const [position, record] of records.entries()) insertMaterial.run({ ...record, attestationId, n, position });
  }

  function adopt(
    of: AttestationRow,
    n: number,
    other: JudgementRow,
    at: string,
  ): Pick<Concluded, 'verdict' | 'duplicateOf'> {
    const verdict = other.verdict ?? 'rejected';
    decide.run({ ...other, verdict, id: of.id, n, at });
    for (const row of db
      .select()
      .from(materials)
      .where(and(eq(materials.attestationId, of.id), eq(materials.n, other.n)))
      .all()) {
      insertMaterial.run({ ...row, n });
    }
    return { verdict, duplicateOf: other.duplicateOf };
  }

  function judge(of: AttestationRow, judgement: JudgementRow, conclusion: Conclusion, at: string): string | null {
    const { n, workflowId } = judgement;
    const isFirst =
      conclusion.verdict === 'rejected' || insertAccepted.run({ ...of, attestationId: of.id, n }).changes === 1;
    const duplicateOf = isFirst ? null : (rows.accepted(of)?.attestationId ?? null);
    decide.run({ ...conclusion, duplicateOf, id: of.id, n, at });
    rows.insertTerms(of.receivedSeq, 'digest', digestsIn(conclusion));
    rows.insertTerms(of.receivedSeq, 'signer', signersIn(conclusion));
    if (duplicateOf !== null) return duplicateOf;
    insertMaterials(of.id, n, conclusion.materials);
    if (conclusion.verdict === 'accepted') {
      for (const planned of conclusion.deliveries) insertDelivery(of, planned, conclusion.materials, workflowId, at);
    }
    return null;
  }

  function conclude(id: string, n: number, conclusion: Conclusion, at: string): Concluded {
    const attestation = rows.find(id);
    const judgement = rows.judgement(id, n);
    if (!attestation || !judgement) throw new MissingRowError(`judgement ${n} of attestation`, id);
    const contract = contractOf(judgement);
    if (!contract) throw new Error(`judgement ${n} of ${id} was concluded before its contract was pinned`);
    const answer = (verdict: Concluded['verdict'], duplicateOf: string | null): Concluded => ({
      verdict,
      duplicateOf,
      contract: `${contract.name}@${contract.revision}`,
      deliveries: hosted.all({ workflowId: judgement.workflowId }),
    });
    if (judgement.verdict !== null) return answer(judgement.verdict, judgement.duplicateOf);
    const other = standing(attestation, n);
    if (other) {
      const adopted = adopt(attestation, n, other, at);
      return answer(adopted.verdict, adopted.duplicateOf);
    }
    const duplicateOf = judge(attestation, judgement, conclusion, at);
    return answer(conclusion.verdict, duplicateOf);
  }

  return { conclude: (id, n, conclusion, at) => write(() => conclude(id, n, conclusion, at)) };
}

function prepareDecide(db: Connection['db']) {
  const columns = ['verdict', 'checks', 'verification', 'annotations', 'subjects', 'duplicateOf'] as const;
  return db
    .update(judgements)
    .set({ ...placeholdersFor(judgements, columns), decidedAt: placeholderFor('at', judgements.decidedAt) })
    .where(
      and(
        eq(judgements.attestationId, sql.placeholder('id')),
        eq(judgements.n, sql.placeholder('n')),
        isNull(judgements.verdict),
      ),
    )
    .prepare();
}

function prepareInsertDelivery(db: Connection['db']) {
  const insert = db.insert(deliveries).values(placeholders(deliveries)).onConflictDoNothing().prepare();
  const stillWanted = db
    .select({ uid: attachments.uid })
    .from(attachments)
    .innerJoin(destinations, eq(destinations.name, sql.placeholder('destination')))
    .where(
      and(eq(attachments.uid, sql.placeholder('uid')), isNull(attachments.deletedAt), isNull(destinations.deletedAt)),
    )
    .prepare();

  /** Attachments deleted since the plan was made want nothing any more. */
  return (
    of: AttestationRow,
    planned: PlannedDelivery,
    among: readonly MaterialRecord[],
    workflowId: string,
    at: string,
  ): void => {
    if (!stillWanted.get({ uid: planned.attachmentUid, destination: planned.destination })) return;
    const material = among.find(({ sha256 }) => sha256 === planned.materialSha256);
    insert.run({
      ...NEW_DELIVERY,
      ...planned,
      attestationId: of.id,
      receivedSeq: of.receivedSeq,
      project: of.project,
      pipeline: of.pipeline,
      materialName: material?.name ?? null,
      materialType: material?.type ?? null,
      idempotencyKey: planned.id,
      workflowId,
      createdAt: at,
      changedAt: at,
      hostCheckedAt: at,
      clockFrom: at,
    });
  };
}

const NEW_DELIVERY = {
  state: 'queued',
  finishedAt: null,
  nextAttemptAt: null,
  attempts: 0,
  failures: 0,
  causeScope: null,
  causeCode: null,
  causeMessage: null,
  causeFirstAt: null,
  causeLastAt: null,
  token: null,
  acceptedAt: null,
  externalId: null,
  url: null,
  orderKey: null,
  supersededBy: null,
  skippedBy: null,
  skippedReason: null,
  commandAt: null,
  commandBy: null,
  heldMs: 0,
  clockHeldMs: 0,
} as const;

const digestsIn = ({ subjects, materials }: Conclusion): string[] => [
  ...subjects.flatMap(({ digest }) => Object.values(digest)),
  ...materials.map(({ sha256 }) => sha256),
];

const signersIn = ({ verification }: Conclusion): string[] =>
  verification
    .flatMap(({ signers }) => signers)
    .flatMap((signer) => (signer.kind === 'key' ? [signer.name, signer.fingerprint] : [signer.san]));
