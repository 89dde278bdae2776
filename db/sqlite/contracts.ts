import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import type { Contracts } from '../contracts.ts';
import { decodeCursor, pageByName, toPage } from '../cursor.ts';
import { contracts } from '../schema.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';

const { name, revision, digest, createdAt, createdBy } = contracts;
const withoutText = { name, revision, digest, createdAt, createdBy };

export function contractVerbs({ db, read, write }: Connection, log: Log): Contracts {
  const latest = db
    .select()
    .from(contracts)
    .where(eq(contracts.name, sql.placeholder('name')))
    .orderBy(desc(contracts.revision))
    .limit(1)
    .prepare();

  return {
    put: ({ name, text, digest, by, at }) =>
      write(() => {
        const before = latest.get({ name });
        if (before?.digest === digest) return { record: before, created: false, changed: false };
        const revision = (before?.revision ?? 0) + 1;
        const record = db
          .insert(contracts)
          .values({ name, revision, digest, text, createdAt: at, createdBy: by.name })
          .returning()
          .get();
        log({ by, at, action: 'contract.put', target: name, detail: { revision, digest } });
        return { record, created: before === undefined, changed: true };
      }),

    get: (name, revision) =>
      read(() =>
        revision === undefined
          ? latest.get({ name })
          : db
              .select()
              .from(contracts)
              .where(and(eq(contracts.name, name), eq(contracts.revision, revision)))
              .get(),
      ),

    list: (page) =>
      read(() =>
        pageByName(
          page,
          (after, limit) =>
            db
              .select(withoutText)
              .from(contracts)
              .where(
                and(
                  gt(contracts.name, after),
                  sql`${contracts.revision} = (select max(c.revision) from contracts c where c.name = ${contracts.name})`,
                ),
              )
              .orderBy(asc(contracts.name))
              .limit(limit)
              .all(),
          (row) => row,
        ),
      ),

    revisions: (name, page) =>
      read(() => {
        const [before] = decodeCursor(page.cursor, [0] as const) ?? [];
        const rows = db
          .select(withoutText)
          .from(contracts)
          .where(and(eq(contracts.name, name), before === undefined ? undefined : lt(contracts.revision, before)))
          .orderBy(desc(contracts.revision))
          .limit(page.limit + 1)
          .all();
        return toPage(
          rows,
          page,
          (row) => row,
          (row) => [row.revision],
        );
      }),
  };
}
