import { and, desc, eq, isNull, lt, ne } from 'drizzle-orm';
import { decodeCursor, toPage } from '../cursor.ts';
import { verdictKeys } from '../schema.ts';
import type { VerdictKeyRecord, VerdictKeys } from '../verdict-keys.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';

export function verdictKeyVerbs({ db, read, write }: Connection, log: Log): VerdictKeys {
  const find = (id: string) => db.select().from(verdictKeys).where(eq(verdictKeys.id, id)).get();

  return {
    use: ({ id, publicKey, algorithm, by, at }) =>
      write(() => {
        const before = find(id);
        if (before?.retiredAt === null) return toKey(before);
        db.update(verdictKeys)
          .set({ retiredAt: at })
          .where(and(ne(verdictKeys.id, id), isNull(verdictKeys.retiredAt)))
          .run();
        const record = db
          .insert(verdictKeys)
          .values({ id, publicKey, algorithm, createdAt: at })
          .onConflictDoUpdate({ target: verdictKeys.id, set: { retiredAt: null } })
          .returning()
          .get();
        log({ by, at, action: 'verdict-key.use', target: id, detail: { publicKey, algorithm } });
        return toKey(record);
      }),

    get: (id) =>
      read(() => {
        const row = find(id);
        return row && toKey(row);
      }),

    current: () =>
      read(() => {
        const row = db.select().from(verdictKeys).where(isNull(verdictKeys.retiredAt)).get();
        return row && toKey(row);
      }),

    list: (page) =>
      read(() => {
        const [before] = decodeCursor(page.cursor, [0] as const) ?? [];
        const rows = db
          .select()
          .from(verdictKeys)
          .where(before === undefined ? undefined : lt(verdictKeys.seq, before))
          .orderBy(desc(verdictKeys.seq))
          .limit(page.limit + 1)
          .all();
        return toPage(rows, page, toKey, ({ seq }) => [seq]);
      }),
  };
}

const toKey = ({ seq: _, ...key }: typeof verdictKeys.$inferSelect): VerdictKeyRecord => key;
