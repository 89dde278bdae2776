import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Attestations } from '../../attestations.ts';
import { MissingRowError } from '../../errors.ts';
import type { JudgementWork } from '../../judgements.ts';
import { contracts, judgements, pipelines } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholderFor } from '../placeholders.ts';
import { type AttestationRow, type AttestationRows, contractOf, type JudgementRow } from './rows.ts';

type Pinned = { pinnedAt: string; contract: JudgementWork['contract'] };

/** A judgement's first step: fixes the contract's revision and the time, once. */
export function pinVerbs({ db, write }: Connection, rows: AttestationRows): Pick<Attestations, 'pin'> {
  const latest = db
    .select({ name: contracts.name, revision: contracts.revision, digest: contracts.digest, text: contracts.text })
    .from(contracts)
    .innerJoin(pipelines, eq(sql`json_extract(${pipelines.spec}, '$.contract')`, contracts.name))
    .where(eq(pipelines.uid, sql.placeholder('uid')))
    .orderBy(desc(contracts.revision))
    .limit(1)
    .prepare();
  const textOf = db
    .select({ text: contracts.text })
    .from(contracts)
    .where(and(eq(contracts.name, sql.placeholder('name')), eq(contracts.revision, sql.placeholder('revision'))))
    .prepare();
  const pin = db
    .update(judgements)
    .set({
      pinnedAt: placeholderFor('at', judgements.pinnedAt),
      contractName: placeholderFor('name', judgements.contractName),
      contractRevision: placeholderFor('revision', judgements.contractRevision),
      contractDigest: placeholderFor('digest', judgements.contractDigest),
    })
    .where(
      and(
        eq(judgements.attestationId, sql.placeholder('id')),
        eq(judgements.n, sql.placeholder('n')),
        isNull(judgements.pinnedAt),
      ),
    )
    .prepare();

  function pinned(attestation: AttestationRow, judgement: JudgementRow, at: string): Pinned {
    const before = contractOf(judgement);
    if (before && judgement.pinnedAt !== null) {
      return { pinnedAt: judgement.pinnedAt, contract: { ...before, text: textOf.get(before)?.text ?? '' } };
    }
    const contract = latest.get({ uid: attestation.pipelineUid });
    if (!contract)
      throw new MissingRowError('a contract for pipeline', `${attestation.project}/${attestation.pipeline}`);
    const { name, revision, digest } = contract;
    pin.run({ id: attestation.id, n: judgement.n, at, name, revision, digest });
    return { pinnedAt: at, contract };
  }

  return {
    pin: (id, n, at) =>
      write(() => {
        const attestation = rows.find(id);
        const judgement = rows.judgement(id, n);
        if (!attestation || !judgement) return undefined;
        return {
          attestationId: id,
          n,
          pipeline: { uid: attestation.pipelineUid, project: attestation.project, name: attestation.pipeline },
          receivedAt: judgement.receivedAt,
          receivedSeq: attestation.receivedSeq,
          statementDigest: attestation.statementDigest,
          statements: attestation.statements,
          parts: judgement.parts,
          ...pinned(attestation, judgement, at),
          verdict: judgement.verdict,
        };
      }),
  };
}
