import { and, desc, eq, gt, gte, isNull, sql } from 'drizzle-orm';
import { MOST_LOST } from '../../../attestation/delivery/lost.ts';
import { type DeliveryEvent, type DeliveryState, isFinal, transition } from '../../../attestation/delivery/state.ts';
import type { Cause } from '../../attempts.ts';
import { MissingRowError } from '../../errors.ts';
import { attempts, deliveries, deliveryTotals } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholderFor, placeholdersFor } from '../placeholders.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;
export type DeliveryRows = ReturnType<typeof prepareDeliveryRows>;
type Changes = Partial<Omit<DeliveryRow, 'id' | 'state'>>;

/** The row after the event, or undefined when the event does not apply to its state. Nothing is written. */
export function move(
  row: DeliveryRow,
  event: DeliveryEvent,
  at: string,
  changes: Changes = {},
): DeliveryRow | undefined {
  const state = transition(row.state, event);
  if (state === undefined) return undefined;
  const moved = { ...row, ...changes, state, changedAt: state === row.state ? row.changedAt : at };
  return isFinal(state) ? { ...moved, ...NO_COMMAND, finishedAt: at, nextAttemptAt: null } : moved;
}

/** The columns of a cause; it is as old as its first appearance in a row. */
export const causeColumns = (row: DeliveryRow, cause: Cause, at: string): Changes => ({
  causeScope: cause.scope,
  causeCode: cause.code,
  causeMessage: cause.message,
  causeFirstAt: row.causeScope === cause.scope && row.causeCode === cause.code ? row.causeFirstAt : at,
  causeLastAt: at,
});

export const NO_CAUSE = {
  causeScope: null,
  causeCode: null,
  causeMessage: null,
  causeFirstAt: null,
  causeLastAt: null,
} as const satisfies Changes;

export const NO_COMMAND = { commandAt: null, commandBy: null, commandSentAt: null } as const satisfies Changes;

/** Finds and saves deliveries within the transaction that runs. */
export function prepareDeliveryRows(db: Connection['db']) {
  const byId = db
    .select()
    .from(deliveries)
    .where(eq(deliveries.id, sql.placeholder('id')))
    .prepare();
  const mutable = [
    'state',
    'changedAt',
    'finishedAt',
    'nextAttemptAt',
    'attempts',
    'failures',
    'causeScope',
    'causeCode',
    'causeMessage',
    'causeFirstAt',
    'causeLastAt',
    'token',
    'acceptedAt',
    'externalId',
    'url',
    'orderKey',
    'supersededBy',
    'skippedBy',
    'skippedReason',
    'commandAt',
    'commandBy',
    'commandSentAt',
    'clockFrom',
    'clockHeldMs',
  ] as const;
  const update = db
    .update(deliveries)
    .set(placeholdersFor(deliveries, mutable))
    .where(and(eq(deliveries.id, sql.placeholder('id')), eq(deliveries.state, sql.placeholder('stateBefore'))))
    .prepare();
  const countFinal = db
    .insert(deliveryTotals)
    .values({ destination: sql.placeholder('destination'), state: sql.placeholder('state'), count: 1 })
    .onConflictDoUpdate({
      target: [deliveryTotals.destination, deliveryTotals.state],
      set: { count: sql`${deliveryTotals.count} + 1` },
    })
    .prepare();
  const openAttempt = db
    .insert(attempts)
    .values({
      deliveryId: sql.placeholder('deliveryId'),
      n: sql.placeholder('n'),
      phase: sql.placeholder('phase'),
      startedAt: sql.placeholder('startedAt'),
      probe: sql.placeholder('probe'),
    })
    .prepare();
  const closeUnknown = db
    .update(attempts)
    .set({ finishedAt: placeholderFor('at', attempts.finishedAt), outcome: 'unknown' })
    .where(and(eq(attempts.deliveryId, sql.placeholder('id')), isNull(attempts.finishedAt)))
    .prepare();

  const calling = db
    .select({ n: attempts.n })
    .from(attempts)
    .where(
      and(
        eq(attempts.deliveryId, sql.placeholder('id')),
        isNull(attempts.finishedAt),
        gt(attempts.startedAt, placeholderFor('since', attempts.startedAt)),
      ),
    )
    .prepare();
  const latest = db
    .select({ outcome: attempts.outcome })
    .from(attempts)
    .where(
      and(
        eq(attempts.deliveryId, sql.placeholder('id')),
        gte(attempts.startedAt, placeholderFor('since', attempts.startedAt)),
      ),
    )
    .orderBy(desc(attempts.n))
    .limit(MOST_LOST)
    .prepare();

  const find = (id: string): DeliveryRow | undefined => byId.get({ id });
  return {
    find,

    need(id: string): DeliveryRow {
      const row = find(id);
      if (!row) throw new MissingRowError('delivery', id);
      return row;
    },

    /** Compare-and-set on the state that the decision was made from. */
    save(before: DeliveryRow, after: DeliveryRow): DeliveryState {
      const { changes } = update.run({ ...after, stateBefore: before.state });
      if (changes !== 1) throw new Error(`expected delivery ${before.id} to be ${before.state} still`);
      if (before.finishedAt === null && after.finishedAt !== null) {
        countFinal.run({ destination: after.destination, state: after.state });
      }
      return after.state;
    },

    /** Opens the row's latest attempt. */
    openAttempt(row: DeliveryRow, phase: 'deliver' | 'confirm', probe: boolean, at: string): void {
      openAttempt.run({ deliveryId: row.id, n: row.attempts, phase, startedAt: at, probe });
    },

    /** Skipped in the middle of a call that began after `since`, and begun anew: that call may run still. */
    isCalling: ({ id, state, attempts }: DeliveryRow, since: string): boolean =>
      state === 'queued' && attempts > 0 && calling.get({ id, since }) !== undefined,

    /**
     * Closes the attempt whose worker never reported. Answers how many ended so in a row, this one included, since the
     * clock of the delivery was set; 0 when there was none to close.
     */
    closeUnknown({ id, clockFrom }: DeliveryRow, at: string): number {
      if (closeUnknown.run({ id, at }).changes === 0) return 0;
      const outcomes = latest.all({ id, since: clockFrom });
      const reported = outcomes.findIndex(({ outcome }) => outcome !== 'unknown');
      return Math.max(1, reported === -1 ? outcomes.length : reported);
    },
  };
}
