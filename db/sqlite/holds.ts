import { and, asc, count, eq, isNotNull, isNull, lt, ne } from 'drizzle-orm';
import { probeIntervalMs } from '../../attestation/delivery/timing.ts';
import type { DestinationGate, Holds } from '../holds.ts';
import { deliveries, destinations, holds, processes } from '../schema.ts';
import type { Log } from './audit.ts';
import type { Connection } from './connection.ts';
import { type HoldRow, type HoldRows, later, toHold } from './hold-rows.ts';

/** A claim that nobody won is over after this: its process closes it after 5 s, if it lives. */
const UNWON_CLAIM_MS = 15_000;
/** A claim whose winner never reports, though its process lives: it hangs. */
const WON_CLAIM_MS = 5 * 60_000;
/** A process that was not heard of for so long is gone, and its claim with it; it is heard of every 2 s. */
const SILENT_MS = 15_000;

/** Enough to see that it is many. */
const MOST_COUNTED = 10_000;

export function holdVerbs({ db, read, write }: Connection, log: Log, rows: HoldRows): Holds {
  const known = (name: string) =>
    db
      .select({ name: destinations.name })
      .from(destinations)
      .where(and(eq(destinations.name, name), isNull(destinations.deletedAt)))
      .get() !== undefined;
  /** Whether the process that claims the probe was heard of lately. */
  const isAlive = ({ probeClaimedBy }: HoldRow, at: string): boolean => {
    const seen =
      probeClaimedBy === null
        ? undefined
        : db.select({ at: processes.seenAt }).from(processes).where(eq(processes.id, probeClaimedBy)).get();
    return seen !== undefined && Date.parse(at) - Date.parse(seen.at) < SILENT_MS;
  };
  const broken = (destination: string) => rows.of(destination).find((hold) => hold.kind === 'broken');

  /** What needs an operator is left to him. */
  function leftSince(destination: string, liftedAt: string): number {
    const left = db
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(
        and(
          eq(deliveries.destination, destination),
          isNull(deliveries.finishedAt),
          lt(deliveries.createdAt, liftedAt),
          lt(deliveries.changedAt, liftedAt),
          ne(deliveries.state, 'blocked'),
        ),
      )
      .limit(MOST_COUNTED)
      .as('left');
    return db.select({ count: count() }).from(left).get()?.count ?? 0;
  }

  return {
    gates: () =>
      read(() => {
        const all = db.select().from(holds).orderBy(asc(holds.since)).all();
        return db
          .select()
          .from(destinations)
          .where(isNull(destinations.deletedAt))
          .orderBy(asc(destinations.name))
          .all()
          .map(({ name, spec, generation, liftedAt }) =>
            toGate(
              { name, spec, generation, liftedAt },
              all.filter((hold) => hold.destination === name),
            ),
          );
      }),

    draining: () =>
      read(() => {
        const lifted = db
          .select({ name: destinations.name, liftedAt: destinations.liftedAt })
          .from(destinations)
          .where(and(isNull(destinations.deletedAt), isNull(destinations.heldSince), isNotNull(destinations.liftedAt)))
          .all();
        return new Map(lifted.map(({ name, liftedAt }) => [name, liftedAt === null ? 0 : leftSince(name, liftedAt)]));
      }),

    of: (destination) => read(() => rows.of(destination).map(toHold)),

    pause: (destination, reason, { by, at }) =>
      write(() => {
        if (!known(destination)) return { found: false, changed: false };
        if (rows.of(destination).some((hold) => hold.kind === 'operator')) return { found: true, changed: false };
        rows.insert({ destination, kind: 'operator', reason, code: null, since: at, by: by.name });
        log({ by, at, action: 'destination.pause', target: destination, detail: { reason } });
        return { found: true, changed: true };
      }),

    resume: (destination, { by, at }) =>
      write(() => {
        if (!known(destination)) return { found: false, changed: false };
        const changed = rows.lift(destination, 'operator', at);
        if (changed) log({ by, at, action: 'destination.resume', target: destination });
        return { found: true, changed };
      }),

    break: (destination, cause, at) => write(() => known(destination) && rows.breakDown(destination, cause, at)),

    heal: (destination, how, at) => write(() => rows.heal(destination, how, at)),

    probeSoon: (destination, at) =>
      write(() => {
        db.update(holds)
          .set({ probeNextAt: at, probeFailed: 0 })
          .where(and(eq(holds.destination, destination), eq(holds.kind, 'broken')))
          .run();
      }),

    failProbe: (destination, reason, at) =>
      write(() => {
        const hold = broken(destination);
        if (hold) rows.failProbe(hold, reason, at);
      }),

    claimProbe: (destination, processId, at) =>
      write(() => {
        const held = rows.of(destination);
        const hold = held.find(({ kind }) => kind === 'broken');
        if (!hold || held.length > 1 || !isDue(hold, at) || (isClaimed(hold, at) && isAlive(hold, at))) return false;
        rows.claim(destination, processId, at);
        return true;
      }),

    abandonProbe: (destination, processId, at) =>
      write(() => {
        const hold = broken(destination);
        if (hold?.probeClaimedBy !== processId || hold.probeWinner !== null) return false;
        // Time for `test()`, which is the probe now, before anybody claims the next one.
        rows.closeClaim(destination, later(at, probeIntervalMs(hold.probeFailed)));
        return true;
      }),
  };
}

const isDue = (hold: HoldRow, at: string): boolean =>
  hold.probeNextAt === null || Date.parse(hold.probeNextAt) <= Date.parse(at);

function isClaimed(hold: HoldRow, at: string): boolean {
  if (hold.probeClaimedAt === null) return false;
  const ageMs = Date.parse(at) - Date.parse(hold.probeClaimedAt);
  return ageMs < (hold.probeWinner === null ? UNWON_CLAIM_MS : WON_CLAIM_MS);
}

function toGate(
  destination: Pick<typeof destinations.$inferSelect, 'name' | 'spec' | 'generation' | 'liftedAt'>,
  held: HoldRow[],
): DestinationGate {
  const broken = held.find((hold) => hold.kind === 'broken');
  return {
    ...destination,
    integration: destination.spec.integration,
    holds: held.map(toHold),
    probe: broken
      ? {
          nextAt: broken.probeNextAt ?? broken.since,
          failed: broken.probeFailed,
          claimedBy: broken.probeClaimedBy,
          claimedAt: broken.probeClaimedAt,
          winner: broken.probeWinner,
        }
      : null,
  };
}
