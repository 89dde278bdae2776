import { and, eq, sql } from 'drizzle-orm';
import { sent } from '../schema.ts';
import type { Sent } from '../sent.ts';
import { sentKey } from './blob-rows.ts';
import type { Connection } from './connection.ts';

export function sentVerbs({ db, read }: Connection): Sent {
  const find = db
    .select()
    .from(sent)
    .where(and(eq(sent.tokenId, sql.placeholder('tokenId')), eq(sent.thing, sql.placeholder('thing'))))
    .prepare();
  return { has: (tokenId, thing) => read(() => find.get({ tokenId, thing: sentKey(thing) }) !== undefined) };
}
