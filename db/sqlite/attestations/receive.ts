import { and, eq, sql } from 'drizzle-orm';
import type { Attestations, Receipt } from '../../attestations.ts';
import type { SentPart } from '../../judgements.ts';
import { attestations, judgements } from '../../schema.ts';
import type { Log } from '../audit.ts';
import type { BlobRows } from '../blob-rows.ts';
import type { Connection } from '../connection.ts';
import type { AttestationRow, AttestationRows, JudgementRow } from './rows.ts';

type Input = Parameters<Attestations['receive']>[0];

/** More than any one POST may bring: what was sent again and again under new names does not grow without end. */
const MAX_PARTS = 500;

/** What comes in, and what is judged again (PROTOCOLS A). */
export function receiveVerbs(
  { db, write }: Connection,
  log: Log,
  rows: AttestationRows,
  blobs: BlobRows,
): Pick<Attestations, 'receive' | 'rejudge'> {
  const insert = db
    .insert(attestations)
    .values({
      id: sql.placeholder('id'),
      pipelineUid: sql.placeholder('pipelineUid'),
      project: sql.placeholder('project'),
      pipeline: sql.placeholder('pipeline'),
      receivedAt: sql.placeholder('at'),
      receivedBy: sql.placeholder('receivedBy'),
      statementDigest: sql.placeholder('statementDigest'),
      statements: sql.placeholder('statements'),
      latest: 1,
    })
    .returning()
    .prepare();

  const latestOf = (attestation: AttestationRow): JudgementRow => {
    const latest = rows.judgement(attestation.id, attestation.latest);
    if (!latest) throw new Error(`attestation ${attestation.id} lacks its judgement ${attestation.latest}`);
    return latest;
  };

  const again = (
    attestation: AttestationRow,
    latest: JudgementRow,
    judgement: { parts: SentPart[]; createdAt: string; receivedAt: string },
  ): Receipt => ({
    id: attestation.id,
    ...rows.insertJudgement(attestation, { n: latest.n + 1, ...judgement }),
    outcome: 'again',
    verdict: null,
  });

  function receive(input: Input): Receipt {
    const { id, pipeline, at } = input;
    const known = rows.find(id);
    if (!known) {
      const of = { pipelineUid: pipeline.uid, project: pipeline.project, pipeline: pipeline.name };
      const row = insert.get({ ...input, ...of });
      rows.insertTerms(row.receivedSeq, 'digest', [input.statementDigest, ...input.statements.map((s) => s.sha256)]);
      return {
        id,
        ...rows.insertJudgement(row, { n: 1, parts: input.parts, createdAt: at, receivedAt: at }),
        outcome: 'new',
        verdict: null,
      };
    }
    const latest = latestOf(known);
    if (latest.verdict === 'accepted') return receipt(known, latest, 'accepted');
    const parts = mergeParts(latest.parts, input.parts);
    if (latest.verdict === 'rejected') return again(known, latest, { parts, createdAt: at, receivedAt: at });
    if (latest.pinnedAt === null && input.parts.length > 0) {
      db.update(judgements)
        .set({ parts })
        .where(and(eq(judgements.attestationId, id), eq(judgements.n, latest.n)))
        .run();
    }
    return receipt(known, latest, 'joined');
  }

  function keepParts({ id, pipeline, parts, sentBy, at }: Input, { outcome }: Receipt): void {
    const { project } = pipeline;
    for (const { sha256, sha512, size } of parts) {
      blobs.insert({ project, sha256, sha512, size, sentBy, isClaimed: true, at });
    }
    // Who sent it first is written in its row.
    if (sentBy !== undefined && outcome !== 'new') blobs.noteSent(sentBy, { attestation: id });
  }

  return {
    receive: (input) =>
      write(() => {
        const received = receive(input);
        keepParts(input, received);
        return received;
      }),

    rejudge: (id, { by, at, reason, onlyIf }) =>
      write(() => {
        const known = rows.find(id);
        if (!known) return undefined;
        const latest = latestOf(known);
        if (latest.verdict === 'accepted') return undefined;
        if (onlyIf && (onlyIf.n !== latest.n || latest.verdict !== null)) return receipt(known, latest, 'joined');
        const { parts, receivedAt } = latest;
        const made = again(known, latest, { parts, receivedAt, createdAt: at });
        log({ by, at, action: 'attestation.judge', target: id, detail: { n: made.n, reason } });
        return made;
      }),
  };
}

const receipt = (
  of: AttestationRow,
  { n, verdict, workflowId }: JudgementRow,
  outcome: Receipt['outcome'],
): Receipt => ({
  id: of.id,
  n,
  outcome,
  verdict,
  workflowId,
});

/** By name; what is sent last wins, and is the last to be left out where there are too many. */
function mergeParts(known: SentPart[], sent: SentPart[]): SentPart[] {
  const again = new Set(sent.map(({ name }) => name));
  return [...known.filter(({ name }) => !again.has(name)), ...sent].slice(-MAX_PARTS);
}
