import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Removable } from '../upkeep.ts';
import { time } from './columns.ts';

export const audit = sqliteTable(
  'audit',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    at: time().notNull(),
    actorId: text().notNull(),
    actorName: text().notNull(),
    action: text().notNull(),
    target: text().notNull(),
    detail: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index('audit_by_target').on(table.target, table.seq),
    index('audit_by_action').on(table.action, table.seq),
  ],
);

/** Public halves of the keys that verdicts were signed with. `retiredAt` null: the one in use. */
export const verdictKeys = sqliteTable('verdict_keys', {
  seq: integer().primaryKey({ autoIncrement: true }),
  id: text().notNull().unique(),
  publicKey: text().notNull(),
  algorithm: text().notNull(),
  createdAt: time().notNull(),
  retiredAt: time(),
});

export const blobs = sqliteTable(
  'blobs',
  {
    project: text().notNull(),
    sha256: text().notNull(),
    sha512: text().notNull(),
    size: integer().notNull(),
    createdAt: time().notNull(),
    /** When they were last sent, while no attestation names them; null from the first that does, for ever. */
    unclaimedSince: time(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.sha256] }),
    index('blobs_by_sha512').on(table.project, table.sha512),
    index('blobs_by_sha256').on(table.sha256),
    index('blobs_unclaimed').on(table.unclaimedSince).where(sql`${table.unclaimedSince} is not null`),
  ],
);

/** Which token sent what, byte for byte: a token that may only submit reads that and nothing else. */
export const sent = sqliteTable(
  'sent',
  {
    tokenId: text().notNull(),
    /** `att_…`, or project/sha256 of bytes. */
    thing: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.thing] })],
);

export const inspections = sqliteTable(
  'inspections',
  {
    sha256: text().notNull(),
    type: text().notNull(),
    validator: text().notNull(),
    result: text({ mode: 'json' }).$type<unknown>(),
    createdAt: time().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sha256, table.type, table.validator] })],
);

export const leases = sqliteTable('leases', {
  name: text().primaryKey(),
  holder: text().notNull(),
  expiresAt: time().notNull(),
});

export const processes = sqliteTable('processes', {
  id: text().primaryKey(),
  kind: text().$type<'api' | 'worker'>().notNull(),
  seenAt: time().notNull(),
});

export const answers = sqliteTable(
  'answers',
  {
    tokenId: text().notNull(),
    key: text().notNull(),
    request: text().notNull(),
    status: integer().notNull(),
    body: text().notNull(),
    createdAt: time().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.key] }), index('answers_by_time').on(table.createdAt)],
);

/** How much housekeeping has removed, since the beginning. */
export const removals = sqliteTable('removals', {
  what: text().$type<Removable>().primaryKey(),
  count: integer().notNull(),
});

/** What the last look at each share of the store found. */
export const storeShares = sqliteTable('store_shares', {
  share: integer().primaryKey(),
  files: integer().notNull(),
  bytes: integer().notNull(),
  seenAt: time().notNull(),
});
