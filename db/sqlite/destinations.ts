import { and, asc, count, eq, gt, isNull, sql } from 'drizzle-orm';
import { DEFAULT_STUCK_AFTER_MS } from '../../attestation/delivery/timing.ts';
import { parseDuration } from '../../attestation/duration.ts';
import { randomId } from '../../attestation/ids.ts';
import { pageByName } from '../cursor.ts';
import type { DestinationRecord, Destinations, StoredSecret } from '../destinations.ts';
import { attachments, deliveries, destinations, holds } from '../schema.ts';
import { SYSTEM } from '../verbs.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { sameJson } from './json.ts';
import { releaseWaiting } from './release.ts';

export function destinationVerbs({ db, read, write }: Connection, log: Log): Destinations {
  const byName = db
    .select()
    .from(destinations)
    .where(eq(destinations.name, sql.placeholder('name')))
    .prepare();
  const all = db
    .select()
    .from(destinations)
    .where(isNull(destinations.deletedAt))
    .orderBy(asc(destinations.name))
    .prepare();
  const present = (name: string) => {
    const row = byName.get({ name });
    return row?.deletedAt === null ? row : undefined;
  };

  return {
    put: ({ name, spec, secrets: given, by, at }) =>
      write(() => {
        const row = byName.get({ name });
        const before = row?.deletedAt === null ? row : undefined;
        const secrets = withSecrets(before?.secrets ?? {}, given);
        if (before && sameJson(before.spec, spec) && sameJson(before.secrets, secrets)) {
          return { record: toDestination(before), created: false, changed: false };
        }
        const settings = {
          spec,
          secrets,
          stuckAfterMs: parseDuration(spec.stuckAfter) ?? DEFAULT_STUCK_AFTER_MS,
          generation: (row?.generation ?? 0) + 1,
          updatedAt: at,
        };
        const identity = before ? {} : { uid: randomId('dst'), createdAt: at, deletedAt: null };
        const record = row
          ? db
              .update(destinations)
              .set({ ...settings, ...identity })
              .where(eq(destinations.name, name))
              .returning()
              .get()
          : db
              .insert(destinations)
              .values({ name, ...settings, uid: randomId('dst'), createdAt: at })
              .returning()
              .get();
        // What was wrong may be mended now: the probe need not wait.
        db.update(holds)
          .set({ probeNextAt: at, probeFailed: 0 })
          .where(and(eq(holds.destination, name), eq(holds.kind, 'broken')))
          .run();
        if (before) releaseWaiting(db, name, by.name, at);
        const detail = { spec, secrets: Object.keys(given).sort(), before: before?.spec };
        log({ by, at, action: 'destination.put', target: name, detail });
        return { record: toDestination(record), created: before === undefined, changed: true };
      }),

    get: (name) =>
      read(() => {
        const row = present(name);
        return row && toDestination(row);
      }),

    list: (page) =>
      read(() =>
        pageByName(
          page,
          (after, limit) =>
            db
              .select()
              .from(destinations)
              .where(and(isNull(destinations.deletedAt), gt(destinations.name, after)))
              .orderBy(asc(destinations.name))
              .limit(limit)
              .all(),
          toDestination,
        ),
      ),

    all: () => read(() => all.all().map(toDestination)),

    reseal: (name, field, { from, to, at }) =>
      write(() => {
        const row = present(name);
        if (!row || !sameJson(row.secrets[field], from)) return false;
        db.update(destinations)
          .set({ secrets: { ...row.secrets, [field]: to } })
          .where(eq(destinations.name, name))
          .run();
        const keyOf = (secret: StoredSecret) => ('keyId' in secret ? secret.keyId : null);
        const detail = { secret: field, from: keyOf(from), to: keyOf(to) };
        log({ by: SYSTEM, at, action: 'destination.reseal', target: name, detail });
        return true;
      }),

    delete: (name, { by, at, reason }) =>
      write(() => {
        if (!present(name)) return { deleted: false, found: false, attachments: 0, openDeliveries: 0 };
        const naming = count1(
          db
            .select({ count: count() })
            .from(attachments)
            .where(and(eq(attachments.destination, name), isNull(attachments.deletedAt)))
            .get(),
        );
        const openDeliveries = count1(
          db
            .select({ count: count() })
            .from(deliveries)
            .where(and(eq(deliveries.destination, name), isNull(deliveries.finishedAt)))
            .get(),
        );
        const deleted = naming === 0 && openDeliveries === 0;
        if (deleted) {
          db.delete(holds).where(eq(holds.destination, name)).run();
          db.update(destinations)
            .set({ deletedAt: at, secrets: {}, heldSince: null, strikeDelivery: null, strikeAttachment: null })
            .where(eq(destinations.name, name))
            .run();
          log({ by, at, action: 'destination.delete', target: name, detail: { reason } });
        }
        return { deleted, found: true, attachments: naming, openDeliveries };
      }),
  };
}

const withSecrets = (
  stored: Record<string, StoredSecret>,
  given: Record<string, StoredSecret | null>,
): Record<string, StoredSecret> =>
  Object.fromEntries(
    Object.entries({ ...stored, ...given }).flatMap(([name, secret]) => (secret ? [[name, secret]] : [])),
  );

const count1 = (row: { count: number } | undefined): number => row?.count ?? 0;

export const toDestination = (row: typeof destinations.$inferSelect): DestinationRecord => ({
  name: row.name,
  uid: row.uid,
  spec: row.spec,
  secrets: row.secrets,
  generation: row.generation,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});
