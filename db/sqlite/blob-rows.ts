import { isNotNull, sql } from 'drizzle-orm';
import type { Blobs } from '../blobs.ts';
import { blobs, sent } from '../schema.ts';
import type { SentThing } from '../sent.ts';
import type { Connection } from './connection.ts';

/** Writes down that bytes came under a project, and by which token, inside somebody's transaction. */
export type BlobRows = {
  insert(blob: Parameters<Blobs['record']>[0]): void;
  noteSent(tokenId: string, thing: SentThing): void;
};

export function prepareBlobRows(db: Connection['db']): BlobRows {
  const insert = db
    .insert(blobs)
    .values({
      project: sql.placeholder('project'),
      sha256: sql.placeholder('sha256'),
      sha512: sql.placeholder('sha512'),
      size: sql.placeholder('size'),
      createdAt: sql.placeholder('at'),
      unclaimedSince: sql.placeholder('unclaimedSince'),
    })
    .onConflictDoUpdate({
      target: [blobs.project, blobs.sha256],
      // Claimed once, claimed for good; else it counts for another day.
      set: { unclaimedSince: sql`excluded.unclaimed_since` },
      setWhere: isNotNull(blobs.unclaimedSince),
    })
    .prepare();
  const note = db
    .insert(sent)
    .values({ tokenId: sql.placeholder('tokenId'), thing: sql.placeholder('thing') })
    .onConflictDoNothing()
    .prepare();
  const noteSent = (tokenId: string, thing: SentThing): void => {
    note.run({ tokenId, thing: sentKey(thing) });
  };
  return {
    noteSent,
    insert({ sentBy, isClaimed, ...blob }) {
      insert.run({ ...blob, unclaimedSince: isClaimed ? null : blob.at });
      if (sentBy !== undefined) noteSent(sentBy, blob);
    },
  };
}

export const sentKey = (thing: SentThing): string =>
  'attestation' in thing ? thing.attestation : `${thing.project}/${thing.sha256}`;
