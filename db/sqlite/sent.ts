import { and, eq, sql } from 'drizzle-orm';
import type { Sent, SentThing } from '../database.ts';
import { sent } from '../schema.ts';
import type { Connection } from './connection.ts';

export function sentVerbs({ db, read, write }: Connection): Sent {
  const values = { tokenId: sql.placeholder('tokenId'), thing: sql.placeholder('thing') };
  const insert = db.insert(sent).values(values).onConflictDoNothing().prepare();
  const find = db
    .select()
    .from(sent)
    .where(and(eq(sent.tokenId, values.tokenId), eq(sent.thing, values.thing)))
    .prepare();
  return {
    note: (tokenId, things) =>
      write(() => {
        for (const thing of things) insert.run({ tokenId, thing: keyOf(thing) });
      }),

    has: (tokenId, thing) => read(() => find.get({ tokenId, thing: keyOf(thing) }) !== undefined),
  };
}

const keyOf = (thing: SentThing): string =>
  'attestation' in thing ? thing.attestation : `${thing.project}/${thing.sha256}`;
