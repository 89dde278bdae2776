import { and, desc, eq, lt, or, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '../cursor.ts';
import { tokens } from '../schema.ts';
import type { TokenRecord, Tokens } from '../tokens.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';

const TOUCH_EVERY_MS = 60_000;

export function tokenVerbs({ db, read, write }: Connection, log: Log): Tokens {
  const byId = db
    .select()
    .from(tokens)
    .where(eq(tokens.id, sql.placeholder('id')))
    .prepare();
  const byHash = db
    .select()
    .from(tokens)
    .where(eq(tokens.hash, sql.placeholder('hash')))
    .prepare();

  return {
    create: ({ by, at, ...token }) =>
      write(() => {
        const row = db
          .insert(tokens)
          .values({ ...token, createdAt: at })
          .returning()
          .get();
        const { id, name, role, scope, expiresAt } = token;
        log({ by, at, action: 'token.create', target: id, detail: { name, role, scope, expiresAt } });
        return toToken(row);
      }),

    findByHash: (hash) =>
      read(() => {
        const row = byHash.get({ hash });
        return row && toToken(row);
      }),

    async touch(id, at) {
      const row = await read(() => byId.get({ id }));
      if (!row || (row.lastUsedAt !== null && Date.parse(at) - Date.parse(row.lastUsedAt) < TOUCH_EVERY_MS)) return;
      await write(() => db.update(tokens).set({ lastUsedAt: at }).where(eq(tokens.id, id)).run());
    },

    list: (page) =>
      read(() => {
        const after = decodeCursor(page.cursor, ['', ''] as const);
        const rows = db
          .select()
          .from(tokens)
          .where(
            after && or(lt(tokens.createdAt, after[0]), and(eq(tokens.createdAt, after[0]), lt(tokens.id, after[1]))),
          )
          .orderBy(desc(tokens.createdAt), desc(tokens.id))
          .limit(page.limit + 1)
          .all();
        return toPage(rows, page, toToken, (row) => [row.createdAt, row.id]);
      }),

    revoke: (id, { by, at }) =>
      write(() => {
        const row = byId.get({ id });
        if (!row || row.revokedAt !== null) return row && toToken(row);
        db.update(tokens).set({ revokedAt: at }).where(eq(tokens.id, id)).run();
        log({ by, at, action: 'token.revoke', target: id, detail: { name: row.name } });
        return toToken({ ...row, revokedAt: at });
      }),
  };
}

const toToken = ({ hash: _, ...row }: typeof tokens.$inferSelect): TokenRecord => row;
