import { asc, eq, gt } from 'drizzle-orm';
import { decodeCursor, toPage } from '../cursor.ts';
import type { Trust } from '../database.ts';
import { trustedKeys } from '../schema.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { sameJson } from './json.ts';

export function trustVerbs({ db, read, write }: Connection, log: Log): Trust {
  const find = (name: string) => db.select().from(trustedKeys).where(eq(trustedKeys.name, name)).get();
  const all = db.select().from(trustedKeys).orderBy(asc(trustedKeys.name)).prepare();

  return {
    putKey: ({ name, parsed, by, at }) =>
      write(() => {
        const before = find(name);
        if (before && sameJson(before.parsed, parsed)) {
          return { record: before, created: false, changed: false };
        }
        const record = db
          .insert(trustedKeys)
          .values({ name, parsed, createdAt: at, updatedAt: at })
          .onConflictDoUpdate({ target: trustedKeys.name, set: { parsed, updatedAt: at } })
          .returning()
          .get();
        log({ by, at, action: 'trust.key.put', target: name, detail: { key: parsed, before: before?.parsed } });
        return { record, created: before === undefined, changed: true };
      }),

    getKey: (name) => read(() => find(name)),

    listKeys: (page) =>
      read(() => {
        const [after] = decodeCursor(page.cursor, [''] as const) ?? [];
        const rows = db
          .select()
          .from(trustedKeys)
          .where(after === undefined ? undefined : gt(trustedKeys.name, after))
          .orderBy(asc(trustedKeys.name))
          .limit(page.limit + 1)
          .all();
        return toPage(
          rows,
          page,
          (row) => row,
          (row) => [row.name],
        );
      }),

    allKeys: () => read(() => all.all()),

    deleteKey: (name, { by, at }) =>
      write(() => {
        const before = find(name);
        if (!before) return false;
        db.delete(trustedKeys).where(eq(trustedKeys.name, name)).run();
        log({ by, at, action: 'trust.key.delete', target: name, detail: { before: before.parsed } });
        return true;
      }),
  };
}
