import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { DeliveryState } from '../../attestation/delivery/state.ts';
import type { AttemptRecord, Cause } from '../attempts.ts';
import { attestations } from './attestations.ts';
import { time } from './columns.ts';
import { attachments, destinations } from './resources.ts';

export const deliveries = sqliteTable(
  'deliveries',
  {
    id: text().primaryKey(),
    attestationId: text()
      .notNull()
      .references(() => attestations.id),
    receivedSeq: integer().notNull(),
    project: text().notNull(),
    pipeline: text().notNull(),
    attachmentUid: text()
      .notNull()
      .references(() => attachments.uid),
    attachment: text().notNull(),
    destination: text()
      .notNull()
      .references(() => destinations.name),
    materialSha256: text(),
    materialName: text(),
    materialType: text(),
    idempotencyKey: text().notNull(),
    state: text().$type<DeliveryState>().notNull(),
    createdAt: time().notNull(),
    changedAt: time().notNull(),
    /** Null while it is open. */
    finishedAt: time(),
    nextAttemptAt: time(),
    attempts: integer().notNull(),
    failures: integer().notNull(),
    causeScope: text().$type<Cause['scope']>(),
    causeCode: text(),
    causeMessage: text(),
    /** When this delivery first and last failed with its present cause. */
    causeFirstAt: time(),
    causeLastAt: time(),
    token: text(),
    acceptedAt: time(),
    externalId: text(),
    url: text(),
    orderKey: text(),
    supersededBy: text(),
    skippedBy: text(),
    skippedReason: text(),
    commandAt: time(),
    commandBy: text(),
    /** When its workflow was last told of the command, or of an end that it did not bring about; at first, when that was written. */
    commandSentAt: time(),
    workflowId: text().notNull(),
    /** When somebody last saw to it that this workflow runs. */
    hostCheckedAt: time().notNull(),
    heldMs: integer().notNull(),
    /** Expiry counts from here: creation, the last retry command, or the receiver's acceptance; and the time held until then. */
    clockFrom: time().notNull(),
    clockHeldMs: integer().notNull(),
    /** The replay that queued it last, and which of its lanes sees to it. */
    replayId: text(),
    replayLane: integer(),
  },
  (table) => [
    // All that is asked of open ones in bulk, in the order in which it is grouped: summaries do not read the rows. What
    // changes in it changes with the state. `finished_at`, always null here, and second: without it SQLite does not take
    // the index for all that it needs, and in the first place it would prefer this one to those by age.
    index('deliveries_open_summary')
      .on(
        table.destination,
        table.finishedAt,
        table.state,
        table.causeScope,
        table.causeCode,
        table.createdAt,
        table.id,
        table.causeFirstAt,
        table.causeLastAt,
        table.commandAt,
        table.attempts,
        table.project,
        table.pipeline,
      )
      .where(sql`${table.finishedAt} is null`),
    // `finished_at` among the columns, or SQLite prefers the index of all deliveries of a destination to this one.
    index('deliveries_open_by_destination')
      .on(table.destination, table.finishedAt, table.createdAt, table.id)
      .where(sql`${table.finishedAt} is null`),
    index('deliveries_open_by_age').on(table.createdAt, table.id).where(sql`${table.finishedAt} is null`),
    index('deliveries_open_by_look').on(table.hostCheckedAt).where(sql`${table.finishedAt} is null`),
    index('deliveries_by_order')
      .on(table.destination, table.orderKey, table.state, table.receivedSeq)
      .where(sql`${table.orderKey} is not null`),
    index('deliveries_by_workflow').on(table.workflowId),
    index('deliveries_by_attestation').on(table.attestationId),
    index('deliveries_by_attachment').on(table.attachmentUid).where(sql`${table.finishedAt} is null`),
    index('deliveries_by_age').on(table.createdAt, table.id),
    index('deliveries_by_destination').on(table.destination, table.createdAt, table.id),
    index('deliveries_by_pipeline').on(table.project, table.pipeline, table.createdAt),
    // With the destination, so that those of held ones are passed over within the index.
    index('deliveries_commanded')
      .on(table.commandSentAt, table.destination)
      .where(sql`${table.commandSentAt} is not null`),
    index('deliveries_by_replay_age')
      .on(table.replayId, table.createdAt, table.id)
      .where(sql`${table.replayId} is not null`),
    index('deliveries_by_replay')
      .on(table.replayId, table.state, table.commandSentAt)
      .where(sql`${table.replayId} is not null`),
  ],
);

export const attempts = sqliteTable(
  'attempts',
  {
    deliveryId: text()
      .notNull()
      .references(() => deliveries.id),
    n: integer().notNull(),
    phase: text().$type<AttemptRecord['phase']>().notNull(),
    startedAt: time().notNull(),
    finishedAt: time(),
    outcome: text().$type<AttemptRecord['outcome']>(),
    scope: text().$type<Cause['scope']>(),
    code: text(),
    message: text(),
    status: integer(),
    latencyMs: integer(),
    bodyHead: text(),
    probe: integer({ mode: 'boolean' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.deliveryId, table.n] })],
);

/** How many ended in which state, counted as they end: metrics never count the whole table. */
export const deliveryTotals = sqliteTable(
  'delivery_totals',
  {
    destination: text().notNull(),
    state: text().$type<DeliveryState>().notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.destination, table.state] })],
);
