import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { Audit, AuditRecord } from '../audit.ts';
import { decodeCursor, toPage } from '../cursor.ts';
import { audit } from '../schema.ts';
import type { Actor } from '../verbs.ts';
import type { Connection } from './connection.ts';

type AuditEntry = {
  by: Actor;
  at: string;
  action: string;
  target: string;
  /** Never a secret: their names at most. */
  detail?: Record<string, unknown> | undefined;
};

/** Writes an entry within the transaction that runs. */
export type Log = (entry: AuditEntry) => void;

export function prepareLog(db: Connection['db']): Log {
  const insert = db
    .insert(audit)
    .values({
      at: sql.placeholder('at'),
      actorId: sql.placeholder('actorId'),
      actorName: sql.placeholder('actorName'),
      action: sql.placeholder('action'),
      target: sql.placeholder('target'),
      detail: sql.placeholder('detail'),
    })
    .prepare();
  return ({ by, at, action, target, detail }) => {
    insert.run({ at, actorId: by.id, actorName: by.name, action, target, detail: detail ?? {} });
  };
}

export function auditVerbs({ db, read, write }: Connection, log: Log): Audit {
  return {
    append: (entry) => write(() => log(entry)),

    list: (filter, page) =>
      read(() => {
        const [before] = decodeCursor(page.cursor, [0] as const) ?? [];
        const rows = db
          .select()
          .from(audit)
          .where(
            and(
              before === undefined ? undefined : lt(audit.seq, before),
              filter.target === undefined ? undefined : eq(audit.target, filter.target),
              filter.action === undefined ? undefined : eq(audit.action, filter.action),
            ),
          )
          .orderBy(desc(audit.seq))
          .limit(page.limit + 1)
          .all();
        return toPage(rows, page, toEntry, (row) => [row.seq]);
      }),
  };
}

const toEntry = ({ actorId, actorName, ...row }: typeof audit.$inferSelect): AuditRecord => ({
  ...row,
  actor: { id: actorId, name: actorName },
});
