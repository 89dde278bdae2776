import { and, asc, eq, gte, inArray, isNull, lt, lte, min, sql } from 'drizzle-orm';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import {
  answers,
  attempts,
  blobs,
  deliveries,
  inspections,
  judgements,
  removals,
  searchTerms,
  sent,
  storeShares,
  tokens,
} from '../schema.ts';
import type { Removable, Upkeep } from '../upkeep.ts';
import { sentKey } from './blob-rows.ts';
import type { Connection } from './connection.ts';

/** How many of the last attempts stay, however old. */
const KEPT_OF_OPEN = 10;
const KEPT_OF_ENDED = 1;

/** What housekeeping may remove, each in a small transaction that counts it. */
export function upkeepVerbs({ db, read, write }: Connection): Upkeep {
  function count(what: Removable, by: number): void {
    if (by === 0) return;
    db.insert(removals)
      .values({ what, count: by })
      .onConflictDoUpdate({ target: removals.what, set: { count: sql`${removals.count} + ${by}` } })
      .run();
  }

  const removeOfDelivery = db
    .delete(attempts)
    .where(
      and(
        eq(attempts.deliveryId, sql.placeholder('id')),
        lte(attempts.n, sql.placeholder('upTo')),
        lt(attempts.startedAt, sql`${sql.placeholder('before')}`),
      ),
    )
    .prepare();

  return {
    removeAttempts: ({ before, after, limit }) =>
      write(() => {
        const position = decodeCursor(after, ['', ''] as const);
        const rows = db
          .select({
            id: deliveries.id,
            createdAt: deliveries.createdAt,
            finishedAt: deliveries.finishedAt,
            attempts: deliveries.attempts,
          })
          .from(deliveries)
          .where(
            and(
              lt(deliveries.createdAt, before),
              position &&
                sql`(${deliveries.createdAt}, ${deliveries.id}) > (${sql.param(position[0], deliveries.createdAt)}, ${position[1]})`,
            ),
          )
          .orderBy(asc(deliveries.createdAt), asc(deliveries.id))
          .limit(limit)
          .all();
        let removed = 0;
        for (const row of rows) {
          const upTo = row.attempts - (row.finishedAt === null ? KEPT_OF_OPEN : KEPT_OF_ENDED);
          if (upTo > 0) removed += removeOfDelivery.run({ id: row.id, upTo, before: Date.parse(before) }).changes;
        }
        count('attempts', removed);
        const last = rows.at(-1);
        return { removed, next: last && rows.length === limit ? encodeCursor([last.createdAt, last.id]) : null };
      }),

    removeBlobs: (before, limit) =>
      write(() => {
        const unclaimed = db
          .select({ project: blobs.project, sha256: blobs.sha256 })
          .from(blobs)
          .where(lt(blobs.unclaimedSince, before))
          .orderBy(asc(blobs.unclaimedSince))
          .limit(limit)
          .all();
        const senders = db.select({ id: tokens.id }).from(tokens);
        for (const { project, sha256 } of unclaimed) {
          db.delete(blobs)
            .where(and(eq(blobs.project, project), eq(blobs.sha256, sha256)))
            .run();
          db.delete(sent)
            .where(and(inArray(sent.tokenId, senders), eq(sent.thing, sentKey({ project, sha256 }))))
            .run();
          const elsewhere = db.select({ size: blobs.size }).from(blobs).where(eq(blobs.sha256, sha256)).limit(1).get();
          if (elsewhere) continue;
          count('inspections', db.delete(inspections).where(eq(inspections.sha256, sha256)).run().changes);
        }
        count('blobs', unclaimed.length);
        return unclaimed.length;
      }),

    removeAnswers: (before, limit) =>
      write(() => {
        const old = db
          .select({ tokenId: answers.tokenId, key: answers.key })
          .from(answers)
          .where(lt(answers.createdAt, before))
          .limit(limit)
          .all();
        for (const { tokenId, key } of old) {
          db.delete(answers)
            .where(and(eq(answers.tokenId, tokenId), eq(answers.key, key)))
            .run();
        }
        count('answers', old.length);
        return old.length;
      }),

    unreferred: (digests) =>
      read(() => {
        const named = db
          .select({ sha256: blobs.sha256 })
          .from(blobs)
          .where(inArray(blobs.sha256, [...digests]))
          .all();
        const found = db
          .select({ sha256: searchTerms.term })
          .from(searchTerms)
          .where(and(eq(searchTerms.kind, 'digest'), inArray(searchTerms.term, [...digests])))
          .all();
        const known = new Set([...named, ...found].map(({ sha256 }) => sha256));
        return digests.filter((digest) => !known.has(digest));
      }),

    undecidedSince: () =>
      read(
        () =>
          db
            .select({ since: min(judgements.createdAt) })
            .from(judgements)
            .where(isNull(judgements.verdict))
            .get()?.since ?? null,
      ),

    noteFilesRemoved: (removed) => write(() => count('files', removed)),

    noteShare: (share, { files, bytes }, at) =>
      write(() => {
        const found = { files, bytes, seenAt: at };
        db.insert(storeShares)
          .values({ share, ...found })
          .onConflictDoUpdate({ target: storeShares.share, set: found })
          .run();
      }),

    sizes: (since) =>
      read(() => {
        const file = db.get<{ bytes: number }>(
          sql`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`,
        );
        const store = db
          .select({
            shares: sql<number>`count(*)`,
            files: sql<number>`coalesce(sum(${storeShares.files}), 0)`,
            bytes: sql<number>`coalesce(sum(${storeShares.bytes}), 0)`,
          })
          .from(storeShares)
          .where(gte(storeShares.seenAt, since))
          .get();
        const removed = db.select().from(removals).all();
        return {
          databaseBytes: file.bytes,
          store: store ?? { shares: 0, files: 0, bytes: 0 },
          removed: removed.map(({ what, count }) => ({ what, count })),
        };
      }),
  };
}
