import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { ReplaySpec, ReplayState } from '../../attestation/delivery/replay.ts';
import { time } from './columns.ts';

export const replays = sqliteTable(
  'replays',
  {
    id: text().primaryKey(),
    /** From `spec`, so that lists can ask for it. */
    destination: text().notNull(),
    spec: text({ mode: 'json' }).$type<ReplaySpec>().notNull(),
    reason: text(),
    state: text().$type<ReplayState>().notNull(),
    stateById: text().notNull(),
    stateByName: text().notNull(),
    stateAt: time().notNull(),
    stateReason: text(),
    createdById: text().notNull(),
    createdByName: text().notNull(),
    createdAt: time().notNull(),
    finishedAt: time(),
    total: integer().notNull(),
    queued: integer().notNull().default(0),
    cursorSeq: integer().notNull().default(0),
    throughSeq: integer().notNull(),
    /** Refused one after the other, since the last success or resume. */
    refused: integer().notNull().default(0),
    /** When somebody last saw to it that its workflow runs; null: the workflow has nothing left to do. */
    hostCheckedAt: time(),
  },
  (table) => [
    index('replays_by_age').on(table.createdAt, table.id),
    index('replays_by_destination').on(table.destination, table.createdAt, table.id),
    index('replays_by_look').on(table.hostCheckedAt),
  ],
);
