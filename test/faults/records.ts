import { join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { and, count, eq, isNull } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import * as schema from '../../db/schema.ts';
import type { Ledger } from './ledger.ts';

/** What the database says, read past the API and without writing. */
export type Records = {
  all(): Pick<Ledger, 'attestations' | 'deliveries' | 'attempts'>;
  /** How much is not finished: attestations without a verdict, and open deliveries. */
  open(): { undecided: number; deliveries: number };
  close(): void;
};

export function openRecords(dataDir: string): Records {
  const file = new SqliteFile(join(dataDir, 'waybill.db'), { readonly: true, timeout: 15_000 });
  const db = drizzle(file, { casing: 'snake_case' });
  const { attestations, judgements, deliveries, attempts } = schema;
  const latest = and(eq(judgements.attestationId, attestations.id), eq(judgements.n, attestations.latest));
  return {
    all: file.transaction(() => ({
      attestations: db
        .select({ id: attestations.id, pipeline: attestations.pipeline, verdict: judgements.verdict })
        .from(attestations)
        .innerJoin(judgements, latest)
        .all(),
      deliveries: db.select().from(deliveries).all(),
      attempts: db.select().from(attempts).all(),
    })),
    open: file.transaction(() => ({
      undecided: db.select({ n: count() }).from(judgements).where(isNull(judgements.verdict)).get()?.n ?? 0,
      deliveries: db.select({ n: count() }).from(deliveries).where(isNull(deliveries.finishedAt)).get()?.n ?? 0,
    })),
    close: () => void file.close(),
  };
}
