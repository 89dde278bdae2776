import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { probeIntervalMs } from '../../attestation/delivery/timing.ts';
import type { Cause } from '../attempts.ts';
import type { Hold } from '../holds.ts';
import { deliveries, destinations, holds } from '../schema.ts';
import { type Actor, SYSTEM } from '../verbs.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { releaseWaiting } from './release.ts';

export type HoldRow = typeof holds.$inferSelect;
export type HoldRows = ReturnType<typeof prepareHoldRows>;

/** Steps on holds within the transaction that runs, shared by the verbs of holds and of deliveries. */
export function prepareHoldRows(db: Connection['db'], log: Log) {
  const byDestination = db
    .select()
    .from(holds)
    .where(eq(holds.destination, sql.placeholder('destination')))
    .orderBy(asc(holds.since))
    .prepare();
  const of = (destination: string): HoldRow[] => byDestination.all({ destination });
  const byName = db
    .select({ heldSince: destinations.heldSince, deletedAt: destinations.deletedAt })
    .from(destinations)
    .where(eq(destinations.name, sql.placeholder('name')))
    .prepare();
  const heldSince = (name: string): string | null => byName.get({ name })?.heldSince ?? null;
  const where = (destination: string, kind: Hold['kind']) =>
    and(eq(holds.destination, destination), eq(holds.kind, kind));

  function insert(row: typeof holds.$inferInsert): void {
    db.insert(holds).values(row).run();
    db.update(destinations)
      .set({ heldSince: row.since })
      .where(and(eq(destinations.name, row.destination), isNull(destinations.heldSince)))
      .run();
  }

  /** Drops one hold; with the last of them, the time held is added to the destination's open deliveries. */
  function lift(destination: string, kind: Hold['kind'], at: string): boolean {
    if (db.delete(holds).where(where(destination, kind)).run().changes === 0) return false;
    const held = heldSince(destination);
    if (held === null || of(destination).length > 0) return true;
    const since = Date.parse(held);
    db.update(deliveries)
      .set({
        heldMs: sql`${deliveries.heldMs} + max(0, ${Date.parse(at)} - max(${since}, ${deliveries.createdAt}))`,
      })
      .where(and(eq(deliveries.destination, destination), isNull(deliveries.finishedAt)))
      .run();
    db.update(destinations).set({ heldSince: null, liftedAt: at }).where(eq(destinations.name, destination)).run();
    return true;
  }

  return {
    of,
    /** Since when it has been held without a break; null when it is not. */
    heldSince,
    insert,
    lift,

    breakDown(destination: string, cause: Cause, at: string, by: Actor = SYSTEM): boolean {
      // A call that was running when its destination was removed says nothing about the next of that name.
      if (byName.get({ name: destination })?.deletedAt != null) return false;
      if (of(destination).some((hold) => hold.kind === 'broken')) return false;
      const probeNextAt = later(at, probeIntervalMs(0));
      const { code, message: reason } = cause;
      insert({ destination, kind: 'broken', reason, code, since: at, by: by.name, probeNextAt });
      log({ by, at, action: 'destination.break', target: destination, detail: { code, reason } });
      return true;
    },

    heal(destination: string, how: string, at: string): boolean {
      const lifted = lift(destination, 'broken', at);
      if (!lifted) return false;
      releaseWaiting(db, destination, SYSTEM.name, at);
      log({ by: SYSTEM, at, action: 'destination.heal', target: destination, detail: { how } });
      return true;
    },

    /**
     * The latest reason is the one to show, with its code where a delivery met it. What may pass with time says nothing about what is broken: the next probe
     * is no further away than this one was.
     */
    failProbe(
      hold: HoldRow,
      reason: string,
      at: string,
      { mayPass = false, code }: { mayPass?: boolean; code?: string } = {},
    ): void {
      const probeFailed = hold.probeFailed + (mayPass ? 0 : 1);
      const probeNextAt = later(at, probeIntervalMs(probeFailed));
      db.update(holds)
        .set({ reason, probeFailed, probeNextAt, ...(code === undefined ? {} : { code }), ...CLOSED })
        .where(where(hold.destination, 'broken'))
        .run();
    },

    claim(destination: string, processId: string, at: string): void {
      db.update(holds)
        .set({ probeClaimedBy: processId, probeClaimedAt: at, probeWinner: null })
        .where(where(destination, 'broken'))
        .run();
    },

    win(destination: string, deliveryId: string): void {
      db.update(holds).set({ probeWinner: deliveryId }).where(where(destination, 'broken')).run();
    },

    /** Nobody won, or it proved nothing: the next claim may come at `nextAt`. */
    closeClaim(destination: string, nextAt: string): void {
      db.update(holds)
        .set({ probeNextAt: nextAt, ...CLOSED })
        .where(where(destination, 'broken'))
        .run();
    },
  };
}

const CLOSED = { probeClaimedBy: null, probeClaimedAt: null, probeWinner: null } as const;
export const later = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

export const toHold = ({ kind, reason, code, since, by }: HoldRow): Hold => ({ kind, reason, code, since, by });
