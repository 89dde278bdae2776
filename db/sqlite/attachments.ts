import { and, asc, count, eq, gt, isNull } from 'drizzle-orm';
import { randomId } from '../../attestation/ids.ts';
import type { AttachmentRecord, Attachments } from '../attachments.ts';
import { pageByName } from '../cursor.ts';
import { attachments, deliveries, destinations } from '../schema.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { sameJson } from './json.ts';

export function attachmentVerbs({ db, read, write }: Connection, log: Log): Attachments {
  const find = (name: string) =>
    db
      .select()
      .from(attachments)
      .where(and(eq(attachments.name, name), isNull(attachments.deletedAt)))
      .get();
  const all = db
    .select({ attachment: attachments, spec: destinations.spec })
    .from(attachments)
    .innerJoin(destinations, eq(destinations.name, attachments.destination))
    .where(isNull(attachments.deletedAt))
    .orderBy(asc(attachments.name))
    .prepare();

  return {
    put: ({ name, spec, by, at }) =>
      write(() => {
        const { destination } = spec;
        const known = db
          .select()
          .from(destinations)
          .where(and(eq(destinations.name, destination), isNull(destinations.deletedAt)))
          .get();
        if (!known) return undefined;
        const before = find(name);
        if (before && sameJson(before.spec, spec)) {
          return { record: toAttachment(before), created: false, changed: false };
        }
        const changes = { destination, spec, updatedAt: at };
        const record = before
          ? db.update(attachments).set(changes).where(eq(attachments.uid, before.uid)).returning().get()
          : db
              .insert(attachments)
              .values({ uid: randomId('atc'), name, createdAt: at, ...changes })
              .returning()
              .get();
        log({ by, at, action: 'attachment.put', target: name, detail: { spec, before: before?.spec } });
        return { record: toAttachment(record), created: before === undefined, changed: true };
      }),

    get: (name) =>
      read(() => {
        const row = find(name);
        return row && toAttachment(row);
      }),

    list: (filter, page) =>
      read(() =>
        pageByName(
          page,
          (after, limit) =>
            db
              .select()
              .from(attachments)
              .where(
                and(
                  isNull(attachments.deletedAt),
                  filter.destination === undefined ? undefined : eq(attachments.destination, filter.destination),
                  gt(attachments.name, after),
                ),
              )
              .orderBy(asc(attachments.name))
              .limit(limit)
              .all(),
          toAttachment,
        ),
      ),

    all: () =>
      read(() =>
        all.all().map(({ attachment, spec }) => ({ ...toAttachment(attachment), integration: spec.integration })),
      ),

    delete: (name, { by, at, reason, keepOpen }) =>
      write(() => {
        const row = find(name);
        if (!row) return { deleted: false, found: false, openDeliveries: 0 };
        const open = db
          .select({ count: count() })
          .from(deliveries)
          .where(and(eq(deliveries.attachmentUid, row.uid), isNull(deliveries.finishedAt)))
          .get();
        const openDeliveries = open?.count ?? 0;
        if (openDeliveries > 0 && !keepOpen) return { deleted: false, found: true, openDeliveries };
        db.update(attachments).set({ deletedAt: at }).where(eq(attachments.uid, row.uid)).run();
        log({
          by,
          at,
          action: 'attachment.delete',
          target: name,
          detail: { spec: row.spec, reason, ...(openDeliveries > 0 && { openDeliveries }) },
        });
        return { deleted: true, found: true, openDeliveries };
      }),
  };
}

export const toAttachment = ({ destination: _, ...row }: typeof attachments.$inferSelect): AttachmentRecord => row;
