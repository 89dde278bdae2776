import { and, asc, desc, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Attestations, Concluded } from '../../attestations.ts';
import { MissingRowError } from '../../errors.ts';
import type { Conclusion } from '../../judgements.ts';
import { accepted, deliveries, judgements, materials, vsas } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholderFor, placeholders, placeholdersFor } from '../placeholders.ts';
import { prepareInsertDelivery } from './new-deliveries.ts';
import { type AttestationRow, type AttestationRows, contractOf, type JudgementRow } from './rows.ts';

/** The verdict, materials and planned deliveries of a judgement: one transaction, once (PROTOCOLS A). */
export function concludeVerbs(
  { db, read, write }: Connection,
  rows: AttestationRows,
): Pick<Attestations, 'conclude' | 'vsa'> {
  const decide = prepareDecide(db);
  const insertMaterial = db.insert(materials).values(placeholders(materials)).prepare();
  const insertDelivery = prepareInsertDelivery(db);
  const insertVsa = db.insert(vsas).values(placeholders(vsas)).onConflictDoNothing().prepare();
  const vsaOf = db
    .select({ envelope: vsas.envelope })
    .from(vsas)
    .where(and(eq(vsas.attestationId, sql.placeholder('id')), eq(vsas.n, sql.placeholder('n'))))
    .prepare();
  const hosted = db
    .select({ id: deliveries.id, destination: deliveries.destination, createdAt: deliveries.createdAt })
    .from(deliveries)
    .where(eq(deliveries.workflowId, sql.placeholder('workflowId')))
    .orderBy(asc(deliveries.id))
    .prepare();
  const insertAccepted = db.insert(accepted).values(placeholders(accepted)).onConflictDoNothing().prepare();
  const rejectedLater = db
    .select()
    .from(judgements)
    .where(
      and(
        eq(judgements.attestationId, sql.placeholder('id')),
        gt(judgements.n, sql.placeholder('n')),
        eq(judgements.verdict, 'rejected'),
      ),
    )
    .orderBy(desc(judgements.n))
    .limit(1)
    .prepare();
  const open = db
    .select()
    .from(judgements)
    .where(and(eq(judgements.attestationId, sql.placeholder('id')), isNull(judgements.verdict)))
    .prepare();

  /** Its outcome becomes the other's, and so does its contract where it has pinned none. */
  function adopt(judgement: JudgementRow, other: JudgementRow, at: string): void {
    const { pinnedAt, contractName, contractRevision, contractDigest } =
      judgement.pinnedAt === null ? other : judgement;
    const pinned = { pinnedAt, contractName, contractRevision, contractDigest };
    const { attestationId, n } = judgement;
    decide.run({ ...other, ...pinned, id: attestationId, n, at });
    const signed = vsaOf.get({ id: attestationId, n: other.n });
    if (signed) insertVsa.run({ attestationId, n, ...signed });
  }

  /** The accepted judgement is the one that counts, and nobody judges any more: those still open take its outcome. */
  function settle(of: AttestationRow, n: number, at: string): void {
    if (of.latest !== n) rows.setLatest(of.id, n);
    const standing = rows.judgement(of.id, n);
    if (standing) for (const judgement of open.all({ id: of.id })) adopt(judgement, standing, at);
  }

  function judge(of: AttestationRow, judgement: JudgementRow, conclusion: Conclusion, at: string): void {
    const { n, workflowId } = judgement;
    const isAccepted = conclusion.verdict === 'accepted';
    const isFirst = !isAccepted || insertAccepted.run({ ...of, attestationId: of.id, n }).changes === 1;
    const duplicateOf = isFirst ? null : (rows.accepted(of)?.attestationId ?? null);
    decide.run({ ...judgement, ...conclusion, duplicateOf, id: of.id, n, at });
    insertVsa.run({ attestationId: of.id, n, envelope: conclusion.vsa });
    rows.insertTerms(of.receivedSeq, 'digest', digestsIn(conclusion));
    rows.insertTerms(of.receivedSeq, 'signer', signersIn(conclusion));
    if (isAccepted) settle(of, n, at);
    if (duplicateOf !== null) return;
    for (const [position, record] of conclusion.materials.entries()) {
      insertMaterial.run({ ...record, validation: record.validation ?? null, attestationId: of.id, n, position });
    }
    if (!isAccepted) return;
    const host = { workflowId, hostCheckedAt: at };
    for (const planned of conclusion.deliveries) insertDelivery(of, planned, conclusion.materials, host, at);
  }

  function conclude(id: string, n: number, conclusion: Conclusion, at: string): Concluded {
    const attestation = rows.find(id);
    const judgement = rows.judgement(id, n);
    if (!attestation || !judgement) throw new MissingRowError(`judgement ${n} of attestation`, id);
    if (!contractOf(judgement)) throw new Error(`judgement ${n} of ${id} was concluded before its contract was pinned`);
    if (judgement.verdict === null) {
      const other = rejectedLater.get({ id, n });
      if (other) adopt(judgement, other, at);
      else judge(attestation, judgement, conclusion, at);
    }
    return recorded(id, n);
  }

  function recorded(id: string, n: number): Concluded {
    const judgement = rows.judgement(id, n);
    const contract = judgement && contractOf(judgement);
    if (!contract || judgement.verdict === null) throw new MissingRowError(`verdict ${n} of attestation`, id);
    return {
      verdict: judgement.verdict,
      duplicateOf: judgement.duplicateOf,
      contract: `${contract.name}@${contract.revision}`,
      deliveries: hosted.all({ workflowId: judgement.workflowId }),
    };
  }

  return {
    conclude: (id, n, conclusion, at) => write(() => conclude(id, n, conclusion, at)),
    vsa: (id, n) => read(() => vsaOf.get({ id, n })?.envelope),
  };
}

function prepareDecide(db: Connection['db']) {
  const columns = [
    'pinnedAt',
    'contractName',
    'contractRevision',
    'contractDigest',
    'verdict',
    'checks',
    'verification',
    'annotations',
    'subjects',
    'duplicateOf',
  ] as const;
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

const digestsIn = ({ subjects, materials }: Conclusion): string[] => [
  ...subjects.flatMap(({ digest }) => Object.values(digest)),
  ...materials.map(({ sha256 }) => sha256),
];

const signersIn = ({ verification }: Conclusion): string[] =>
  verification
    .flatMap(({ signers }) => signers)
    .flatMap((signer) => (signer.kind === 'key' ? [signer.name, signer.fingerprint] : [signer.san]));
