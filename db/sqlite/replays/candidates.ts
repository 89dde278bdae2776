import { and, asc, eq, gt, gte, inArray, isNull, lt, lte } from 'drizzle-orm';
import type { ReplayCandidate, Replays } from '../../replays.ts';
import { attestations, deliveries, judgements, materials } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { visibleTo } from '../globs.ts';

/** Attestations that one call looks at, however few of them fit: it must not keep others waiting. */
const STRETCH = 10_000;

type Found = Omit<ReplayCandidate, 'materials' | 'deliveries'>;

/** What replays look at. */
export function candidateVerbs({ db, read }: Connection): Pick<Replays, 'candidates'> {
  const acceptedIn = ({ spec, afterSeq, limit }: Parameters<Replays['candidates']>[0], until: number): Found[] =>
    db
      .select({
        attestationId: attestations.id,
        receivedSeq: attestations.receivedSeq,
        project: attestations.project,
        pipeline: attestations.pipeline,
      })
      .from(attestations)
      .innerJoin(judgements, and(eq(judgements.attestationId, attestations.id), eq(judgements.n, attestations.latest)))
      .where(
        and(
          gt(attestations.receivedSeq, afterSeq),
          lte(attestations.receivedSeq, until),
          eq(judgements.verdict, 'accepted'),
          isNull(judgements.duplicateOf),
          spec.since === undefined ? undefined : gte(attestations.receivedAt, spec.since),
          spec.until === undefined ? undefined : lt(attestations.receivedAt, spec.until),
          visibleTo(spec.pipelines, attestations.project, attestations.pipeline),
        ),
      )
      .orderBy(asc(attestations.receivedSeq))
      .limit(limit)
      .all();

  const materialsOf = (ids: string[]) =>
    byAttestation(
      db
        .select({
          attestationId: materials.attestationId,
          sha256: materials.sha256,
          type: materials.type,
          name: materials.name,
          bytes: materials.bytes,
        })
        .from(materials)
        .innerJoin(
          attestations,
          and(eq(attestations.id, materials.attestationId), eq(attestations.latest, materials.n)),
        )
        .where(inArray(materials.attestationId, ids))
        .orderBy(asc(materials.position))
        .all(),
    );

  const deliveriesOf = (ids: string[], attachmentUids: readonly string[]) =>
    byAttestation(
      db
        .select({
          attestationId: deliveries.attestationId,
          id: deliveries.id,
          attachmentUid: deliveries.attachmentUid,
          destination: deliveries.destination,
          materialSha256: deliveries.materialSha256,
          state: deliveries.state,
        })
        .from(deliveries)
        .where(and(inArray(deliveries.attestationId, ids), inArray(deliveries.attachmentUid, [...attachmentUids])))
        .all(),
    );

  return {
    candidates: (input) =>
      read(() => {
        const until = Math.min(input.throughSeq, input.afterSeq + STRETCH);
        const found = acceptedIn(input, until);
        const last = found.at(-1);
        const looked = found.length < input.limit || last === undefined ? until : last.receivedSeq;
        const ids = found.map(({ attestationId }) => attestationId);
        const consists = materialsOf(ids);
        const had = deliveriesOf(ids, input.attachmentUids);
        const items = found.map((one) => ({
          ...one,
          materials: (consists.get(one.attestationId) ?? []).map(({ sha256, type, name, bytes }) => ({
            ...{ sha256, type, name },
            hasBytes: bytes !== 'absent',
          })),
          deliveries: (had.get(one.attestationId) ?? []).map(({ attestationId: _, ...delivery }) => delivery),
        }));
        return { items, looked };
      }),
  };
}

function byAttestation<Row extends { attestationId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.attestationId);
    if (group) group.push(row);
    else groups.set(row.attestationId, [row]);
  }
  return groups;
}
