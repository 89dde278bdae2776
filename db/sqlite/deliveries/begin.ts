import { and, eq, gt, inArray, ne, sql } from 'drizzle-orm';
import { isFinal } from '../../../attestation/delivery/state.ts';
import type { Begun, Deliveries } from '../../database.ts';
import { deliveries } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { type HoldRow, type HoldRows, toHold } from '../hold-rows.ts';
import { clockSet, openForMs } from './clock.ts';
import { type DeliveryRow, type DeliveryRows, move, NO_COMMAND } from './rows.ts';

type Input = Parameters<Deliveries['begin']>[0];

/** The prologue of an attempt (PROTOCOLS C, D). The order of the questions matters: held writes nothing. */
export function prepareBegin({ db, write }: Connection, rows: DeliveryRows, holds: HoldRows): Deliveries['begin'] {
  const { underKey, onItsWay, newerDelivered } = prepareOrder(db);

  function begin(input: Input): Begun {
    const { id, phase, orderKey, at } = input;
    const row = rows.need(id);
    const answer = answerAtOnce(row, phase);
    if (answer) return answer;

    const held = holds.of(row.destination);
    const probe = held.length > 0 && isProbe(held, input);
    if (held.length > 0 && !probe) return { kind: 'held', holds: held.map(toHold) };

    rows.closeUnknown(id, at);
    const ordered = orderKey === null ? undefined : { ...underKey(row, orderKey), id };
    const behind = ordered && onItsWay.get(ordered)?.id;
    if (behind !== undefined) {
      // A stale `trying` would keep others waiting under its own key.
      const waiting = row.state === 'trying' && move(row, 'retry-later', at);
      if (waiting) rows.save(row, waiting);
      return { kind: 'busy', behind };
    }

    const heldSince = holds.heldSince(row.destination);
    const trying = move(row, 'try', at, { ...commandConsumed(row, heldSince, at), orderKey, nextAttemptAt: null });
    if (!trying) throw new Error(`a delivery that is ${row.state} cannot be tried`);
    const newer = ordered && phase === 'deliver' ? newerDelivered.get(ordered)?.id : undefined;
    const superseded = newer === undefined ? undefined : move(trying, 'superseded', at, { supersededBy: newer });
    if (superseded) return { kind: 'final', state: rows.save(row, superseded) };

    const expired = openForMs(trying, heldSince, at) > input.expiresAfterMs && move(trying, 'expired', at);
    if (expired) return { kind: 'final', state: rows.save(row, expired) };

    const attempt = row.attempts + 1;
    const going = { ...trying, attempts: attempt };
    rows.save(row, going);
    rows.openAttempt(going, phase, probe, at);
    if (probe) holds.win(row.destination, id);
    return { kind: 'go', attempt, probe };
  }

  return (input) => write(() => begin(input));
}

function prepareOrder(db: Connection['db']) {
  const sameKey = and(
    eq(deliveries.destination, sql.placeholder('destination')),
    eq(deliveries.orderKey, sql.placeholder('orderKey')),
    ne(deliveries.id, sql.placeholder('id')),
  );
  return {
    underKey: (row: DeliveryRow, orderKey: string) => ({
      destination: row.destination,
      orderKey,
      receivedSeq: row.receivedSeq,
    }),
    onItsWay: db
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(and(sameKey, inArray(deliveries.state, ['trying', 'confirming'])))
      .limit(1)
      .prepare(),
    newerDelivered: db
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(
        and(sameKey, eq(deliveries.state, 'delivered'), gt(deliveries.receivedSeq, sql.placeholder('receivedSeq'))),
      )
      .limit(1)
      .prepare(),
  };
}

function answerAtOnce(row: DeliveryRow, phase: Input['phase']): Begun | undefined {
  if (isFinal(row.state)) return { kind: 'final', state: row.state };
  if (row.state === 'confirming') return phase === 'deliver' ? { kind: 'confirming' } : undefined;
  if (row.state === 'blocked' && (phase === 'confirm' || row.commandAt === null)) return { kind: 'blocked' };
  // Nothing to confirm yet: it is being delivered again.
  return phase === 'confirm' ? { kind: 'busy', behind: row.id } : undefined;
}

/** Held by `broken` alone, and the one permit of this process's claim is free or this delivery's already. */
function isProbe(held: readonly HoldRow[], { id, processId }: Input): boolean {
  const [hold] = held;
  return (
    held.length === 1 &&
    hold?.kind === 'broken' &&
    hold.probeClaimedBy === processId &&
    (hold.probeWinner === null || hold.probeWinner === id)
  );
}

/** A retry command starts backoff and expiry again. */
const commandConsumed = (row: DeliveryRow, heldSince: string | null, at: string): Partial<DeliveryRow> =>
  row.commandAt === null ? {} : { ...NO_COMMAND, failures: 0, ...clockSet(row, heldSince, at) };
