import { sql } from 'drizzle-orm';
import { foreignKey, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Validation } from '../../attestation/materials/inspection.ts';
import type { Check, StatementVerification, Verdict } from '../../attestation/verdict.ts';
import type { MaterialRecord, SentPart, StoredPart } from '../judgements.ts';
import { time } from './columns.ts';
import { pipelines } from './resources.ts';

export const attestations = sqliteTable(
  'attestations',
  {
    receivedSeq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    pipelineUid: text()
      .notNull()
      .references(() => pipelines.uid),
    project: text().notNull(),
    pipeline: text().notNull(),
    receivedAt: time().notNull(),
    receivedBy: text().notNull(),
    statementDigest: text().notNull(),
    statements: text({ mode: 'json' }).$type<StoredPart[]>().notNull(),
    /** The judgement that counts: the accepted one, else the latest. */
    latest: integer().notNull(),
    /** How many redelivery workflows it has had. */
    redeliveries: integer().notNull().default(0),
  },
  (table) => [
    index('attestations_by_pipeline').on(table.project, table.pipeline, table.receivedSeq),
    index('attestations_by_time').on(table.receivedAt),
  ],
);

export const judgements = sqliteTable(
  'judgements',
  {
    attestationId: text()
      .notNull()
      .references(() => attestations.id),
    n: integer().notNull(),
    createdAt: time().notNull(),
    /** When CI sent what is judged: a registered key counts, or does not, at that time. */
    receivedAt: time().notNull(),
    workflowId: text().notNull(),
    parts: text({ mode: 'json' }).$type<SentPart[]>().notNull(),
    pinnedAt: time(),
    contractName: text(),
    contractRevision: integer(),
    contractDigest: text(),
    /** When the sweeper last took it in hand; at first, when it was asked for. */
    sweptAt: time().notNull(),
    verdict: text().$type<Verdict>(),
    decidedAt: time(),
    checks: text({ mode: 'json' }).$type<Check[]>().notNull(),
    verification: text({ mode: 'json' }).$type<StatementVerification[]>().notNull(),
    annotations: text({ mode: 'json' }).$type<Record<string, string>>().notNull(),
    subjects: text({ mode: 'json' }).$type<{ name: string; digest: Record<string, string> }[]>().notNull(),
    duplicateOf: text(),
  },
  (table) => [
    primaryKey({ columns: [table.attestationId, table.n] }),
    index('judgements_undecided').on(table.createdAt).where(sql`${table.verdict} is null`),
    index('judgements_to_sweep').on(table.sweptAt).where(sql`${table.verdict} is null`),
  ],
);

/** Each verdict as signed evidence, apart from the judgements: lists never read it. */
export const vsas = sqliteTable(
  'vsas',
  {
    attestationId: text().notNull(),
    n: integer().notNull(),
    envelope: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.attestationId, table.n] }),
    foreignKey({
      columns: [table.attestationId, table.n],
      foreignColumns: [judgements.attestationId, judgements.n],
    }),
  ],
);

/** What a pipeline had accepted: the same statement is accepted once. */
export const accepted = sqliteTable(
  'accepted',
  {
    pipelineUid: text().notNull(),
    statementDigest: text().notNull(),
    attestationId: text().notNull(),
    n: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.pipelineUid, table.statementDigest] }),
    foreignKey({
      columns: [table.attestationId, table.n],
      foreignColumns: [judgements.attestationId, judgements.n],
    }),
  ],
);

export const materials = sqliteTable(
  'materials',
  {
    attestationId: text().notNull(),
    n: integer().notNull(),
    position: integer().notNull(),
    name: text().notNull(),
    type: text().notNull(),
    slot: text(),
    how: text().notNull(),
    sha256: text().notNull(),
    size: integer().notNull(),
    mediaType: text().notNull(),
    bytes: text().$type<MaterialRecord['bytes']>().notNull(),
    facts: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    validation: text({ mode: 'json' }).$type<Validation>(),
    annotations: text({ mode: 'json' }).$type<Record<string, string>>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.attestationId, table.n, table.position] }),
    foreignKey({
      columns: [table.attestationId, table.n],
      foreignColumns: [judgements.attestationId, judgements.n],
    }),
  ],
);

/** What an attestation is found by: digests of statements, subjects and materials, and its signers. */
export const searchTerms = sqliteTable(
  'search_terms',
  {
    kind: text().$type<'digest' | 'signer'>().notNull(),
    term: text().notNull(),
    receivedSeq: integer()
      .notNull()
      .references(() => attestations.receivedSeq),
  },
  (table) => [primaryKey({ columns: [table.kind, table.term, table.receivedSeq] })],
);
