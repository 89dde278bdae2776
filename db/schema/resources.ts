import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { AttachmentSpec, DestinationSpec, PipelineSpec, TokenRole } from '../../attestation/resources.ts';
import type { StoredSecret } from '../destinations.ts';
import type { Hold } from '../holds.ts';
import { time } from './columns.ts';

export const tokens = sqliteTable('tokens', {
  id: text().primaryKey(),
  hash: text().notNull().unique(),
  name: text().notNull(),
  role: text().$type<TokenRole>().notNull(),
  scope: text({ mode: 'json' }).$type<string[]>().notNull(),
  createdAt: time().notNull(),
  expiresAt: time(),
  lastUsedAt: time(),
  revokedAt: time(),
});

export const pipelines = sqliteTable(
  'pipelines',
  {
    uid: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    spec: text({ mode: 'json' }).$type<PipelineSpec>().notNull(),
    createdAt: time().notNull(),
    updatedAt: time().notNull(),
  },
  (table) => [uniqueIndex('pipelines_by_name').on(table.project, table.name)],
);

export const contracts = sqliteTable(
  'contracts',
  {
    name: text().notNull(),
    revision: integer().notNull(),
    digest: text().notNull(),
    text: text().notNull(),
    createdAt: time().notNull(),
    createdBy: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.revision] })],
);

export const trustedKeys = sqliteTable('trusted_keys', {
  name: text().primaryKey(),
  parsed: text({ mode: 'json' }).$type<unknown>().notNull(),
  createdAt: time().notNull(),
  updatedAt: time().notNull(),
});

/** `spec` as text: it goes from here to the thread that reads it, and nobody on the way looks inside. */
export const trustedRoots = sqliteTable('trusted_roots', {
  name: text().primaryKey(),
  spec: text().notNull(),
  createdAt: time().notNull(),
  updatedAt: time().notNull(),
});

/** A deleted one keeps its row, without secrets, for the deliveries that ended before. */
export const destinations = sqliteTable('destinations', {
  name: text().primaryKey(),
  uid: text().notNull(),
  spec: text({ mode: 'json' }).$type<Omit<DestinationSpec, 'secrets'>>().notNull(),
  secrets: text({ mode: 'json' }).$type<Record<string, StoredSecret>>().notNull(),
  /** From `spec.stuckAfter`, so that lists can ask for it. */
  stuckAfterMs: integer().notNull(),
  generation: integer().notNull(),
  /** Since when it has been held without a break, by whichever holds. */
  heldSince: time(),
  /** When the last hold was lifted: what waited then drains. */
  liftedAt: time(),
  /** The last failure that called the destination itself broken, while nothing has succeeded since. */
  strikeDelivery: text(),
  strikeAttachment: text(),
  createdAt: time().notNull(),
  updatedAt: time().notNull(),
  deletedAt: time(),
});

export const attachments = sqliteTable(
  'attachments',
  {
    uid: text().primaryKey(),
    name: text().notNull(),
    destination: text()
      .notNull()
      .references(() => destinations.name),
    spec: text({ mode: 'json' }).$type<AttachmentSpec>().notNull(),
    createdAt: time().notNull(),
    updatedAt: time().notNull(),
    deletedAt: time(),
  },
  (table) => [
    uniqueIndex('attachments_by_name').on(table.name).where(sql`${table.deletedAt} is null`),
    index('attachments_by_destination').on(table.destination),
  ],
);

/** A destination is held while it has a row here. Only `broken` has a probe. */
export const holds = sqliteTable(
  'holds',
  {
    destination: text()
      .notNull()
      .references(() => destinations.name),
    kind: text().$type<Hold['kind']>().notNull(),
    reason: text().notNull(),
    code: text(),
    since: time().notNull(),
    by: text().notNull(),
    probeNextAt: time(),
    probeFailed: integer().notNull().default(0),
    probeClaimedBy: text(),
    probeClaimedAt: time(),
    probeWinner: text(),
  },
  (table) => [primaryKey({ columns: [table.destination, table.kind] })],
);
