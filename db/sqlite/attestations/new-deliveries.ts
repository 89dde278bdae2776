import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PlannedDelivery } from '../../../attestation/delivery/plan.ts';
import type { MaterialRecord } from '../../judgements.ts';
import { attachments, deliveries, destinations } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholders } from '../placeholders.ts';
import type { AttestationRow } from './rows.ts';

/** Who carries a new delivery: a workflow that hosts it, or a lane of a replay. */
export type NewHost = Pick<typeof deliveries.$inferInsert, 'workflowId' | 'hostCheckedAt' | 'replayId' | 'replayLane'>;

/** Inserts a planned delivery, `queued`, within the transaction that runs; once, by its id. True when it did. */
export function prepareInsertDelivery(db: Connection['db']) {
  const insert = db.insert(deliveries).values(placeholders(deliveries)).onConflictDoNothing().prepare();
  const isWanted = prepareIsWanted(db);

  return (
    of: Pick<AttestationRow, 'id' | 'receivedSeq' | 'project' | 'pipeline'>,
    planned: PlannedDelivery,
    among: readonly Pick<MaterialRecord, 'name' | 'type' | 'sha256'>[],
    host: NewHost,
    at: string,
  ): boolean => {
    if (!isWanted(planned)) return false;
    const material = among.find(({ sha256 }) => sha256 === planned.materialSha256);
    const { changes } = insert.run({
      ...NEW_DELIVERY,
      ...planned,
      ...host,
      attestationId: of.id,
      receivedSeq: of.receivedSeq,
      project: of.project,
      pipeline: of.pipeline,
      materialName: material?.name ?? null,
      materialType: material?.type ?? null,
      idempotencyKey: planned.id,
      createdAt: at,
      changedAt: at,
      clockFrom: at,
    });
    return changes === 1;
  };
}

/** Attachments deleted since the plan was made want nothing any more. */
export function prepareIsWanted(db: Connection['db']) {
  const wanted = db
    .select({ uid: attachments.uid })
    .from(attachments)
    .innerJoin(destinations, eq(destinations.name, sql.placeholder('destination')))
    .where(
      and(eq(attachments.uid, sql.placeholder('uid')), isNull(attachments.deletedAt), isNull(destinations.deletedAt)),
    )
    .prepare();
  return ({ attachmentUid: uid, destination }: PlannedDelivery): boolean =>
    wanted.get({ uid, destination }) !== undefined;
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
  commandSentAt: null,
  heldMs: 0,
  clockHeldMs: 0,
  replayId: null,
  replayLane: null,
} as const;
