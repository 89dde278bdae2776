import { asc, eq, gt } from 'drizzle-orm';
import { pageByName } from '../cursor.ts';
import { trustedKeys, trustedRoots } from '../schema.ts';
import type { Trust } from '../trust.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { sameJson } from './json.ts';

/** Keys and roots by name. Both are public, so that the audit has them whole: what was trusted when can be read there. */
export const trustVerbs = (connection: Connection, log: Log): Trust => ({
  ...keyVerbs(connection, log),
  ...rootVerbs(connection, log),
});

type KeyVerbs = Pick<Trust, 'putKey' | 'getKey' | 'listKeys' | 'allKeys' | 'deleteKey'>;

function keyVerbs({ db, read, write }: Connection, log: Log): KeyVerbs {
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
      read(() =>
        pageByName(
          page,
          (after, limit) =>
            db
              .select()
              .from(trustedKeys)
              .where(gt(trustedKeys.name, after))
              .orderBy(asc(trustedKeys.name))
              .limit(limit)
              .all(),
          (row) => row,
        ),
      ),

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

function rootVerbs({ db, read, write }: Connection, log: Log): Omit<Trust, keyof KeyVerbs> {
  const find = (name: string) => db.select().from(trustedRoots).where(eq(trustedRoots.name, name)).get();
  const all = db.select().from(trustedRoots).orderBy(asc(trustedRoots.name)).prepare();

  return {
    putRoot: ({ name, spec, by, at }) =>
      write(() => {
        const before = find(name);
        if (before?.spec === spec) return { record: before, created: false, changed: false };
        const record = db
          .insert(trustedRoots)
          .values({ name, spec, createdAt: at, updatedAt: at })
          .onConflictDoUpdate({ target: trustedRoots.name, set: { spec, updatedAt: at } })
          .returning()
          .get();
        const detail = { root: asJson(spec), before: before && asJson(before.spec) };
        log({ by, at, action: 'trust.root.put', target: name, detail });
        return { record, created: before === undefined, changed: true };
      }),

    getRoot: (name) => read(() => find(name)),

    listRoots: (page) =>
      read(() =>
        pageByName(
          page,
          (after, limit) =>
            db
              .select()
              .from(trustedRoots)
              .where(gt(trustedRoots.name, after))
              .orderBy(asc(trustedRoots.name))
              .limit(limit)
              .all(),
          (row) => row,
        ),
      ),

    allRoots: () => read(() => all.all()),

    deleteRoot: (name, { by, at }) =>
      write(() => {
        const before = find(name);
        if (!before) return false;
        db.delete(trustedRoots).where(eq(trustedRoots.name, name)).run();
        log({ by, at, action: 'trust.root.delete', target: name, detail: { before: asJson(before.spec) } });
        return true;
      }),
  };
}

/** A root that cannot be read any more must still be replaceable and deletable. */
const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
