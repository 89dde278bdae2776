import { and, eq, getTableColumns, isNull, type SQL, sql } from 'drizzle-orm';
import { isFinal } from '../../../attestation/delivery/state.ts';
import type { AttemptRecord } from '../../attempts.ts';
import type { DeliveryRecord } from '../../deliveries.ts';
import { type attempts, deliveries, destinations, holds } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import type { DeliveryRow } from './rows.ts';

const isHeld = sql<0 | 1>`exists (select 1 from ${holds} where ${holds.destination} = ${deliveries.destination})`;

/** Deliveries with what "held" and "stuck" are derived from. */
export const selectDeliveries = (db: Connection['db']) =>
  db
    .select({ ...getTableColumns(deliveries), stuckAfterMs: destinations.stuckAfterMs, isHeld })
    .from(deliveries)
    .innerJoin(destinations, eq(destinations.name, deliveries.destination));

/** Older than its destination allows, at this time. */
export const olderThanAllowed = (at: string): SQL<0 | 1> =>
  sql`(${Date.parse(at)} - ${deliveries.createdAt} > ${destinations.stuckAfterMs})`;

/** Open, and older than its destination allows, at this time. */
export const stuckAt = (at: string): SQL<0 | 1> => sql`(${deliveries.finishedAt} is null and ${olderThanAllowed(at)})`;

export const heldNow: SQL = sql`(${deliveries.finishedAt} is null and ${isHeld})`;

/**
 * The join of a summary, by `destinations cross join deliveries`: destination by destination, so that each one's open
 * deliveries come from `deliveries_open_summary` in the order in which they are grouped. SQLite's own order sorts them all.
 */
export const openOfEach = and(eq(deliveries.destination, destinations.name), isNull(deliveries.finishedAt));

/** Of a group: when the oldest was created. */
export const oldest = sql<string>`min(${deliveries.createdAt})`.mapWith(deliveries.createdAt);

/** Asked once for all rows of a summary, where `heldNow` would ask for each. */
export const heldDestinations = (db: Connection['db']): Set<string> =>
  new Set(
    db
      .selectDistinct({ destination: holds.destination })
      .from(holds)
      .all()
      .map(({ destination }) => destination),
  );

export type DerivableRow = DeliveryRow & { stuckAfterMs: number; isHeld: 0 | 1 };

export const toDelivery = (row: DerivableRow, at: string): DeliveryRecord => ({
  ...toDeliveryWithoutAge(row),
  stuck: !isFinal(row.state) && Date.parse(at) - Date.parse(row.createdAt) > row.stuckAfterMs,
});

export const toDeliveryWithoutAge = (row: DerivableRow): Omit<DeliveryRecord, 'stuck'> => ({
  id: row.id,
  attestationId: row.attestationId,
  project: row.project,
  pipeline: row.pipeline,
  attachmentUid: row.attachmentUid,
  attachment: row.attachment,
  destination: row.destination,
  materialSha256: row.materialSha256,
  material:
    row.materialName === null || row.materialType === null ? null : { name: row.materialName, type: row.materialType },
  state: row.state,
  receivedSeq: row.receivedSeq,
  idempotencyKey: row.idempotencyKey,
  createdAt: row.createdAt,
  changedAt: row.changedAt,
  nextAttemptAt: row.nextAttemptAt,
  attempts: row.attempts,
  failures: row.failures,
  cause:
    row.causeScope === null
      ? null
      : { scope: row.causeScope, code: row.causeCode ?? '', message: row.causeMessage ?? '' },
  token: row.token,
  acceptedAt: row.acceptedAt,
  externalId: row.externalId,
  url: row.url,
  orderKey: row.orderKey,
  supersededBy: row.supersededBy,
  skipped: row.skippedBy === null ? null : { by: row.skippedBy, reason: row.skippedReason ?? '' },
  command: row.commandAt === null ? null : { what: 'retry', at: row.commandAt, by: row.commandBy ?? '' },
  replayId: row.replayId,
  workflowId: row.workflowId,
  heldMs: row.heldMs,
  held: !isFinal(row.state) && row.isHeld === 1,
});

export const toAttempt = (row: typeof attempts.$inferSelect): AttemptRecord => row;
