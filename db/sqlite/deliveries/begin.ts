import { afterLost, lostCause } from '../../../attestation/delivery/lost.ts';
import { isFinal } from '../../../attestation/delivery/state.ts';
import type { Begun, Deliveries } from '../../deliveries.ts';
import type { Connection } from '../connection.ts';
import { type HoldRow, type HoldRows, later, toHold } from '../hold-rows.ts';
import { clockSet, openForMs } from './clock.ts';
import { prepareOrder } from './order.ts';
import { causeColumns, type DeliveryRow, type DeliveryRows, move, NO_COMMAND } from './rows.ts';

type Input = Parameters<Deliveries['begin']>[0];

/** The prologue of an attempt (PROTOCOLS C, D). The order of the questions matters: held writes nothing. */
export function prepareBegin({ db, write }: Connection, rows: DeliveryRows, holds: HoldRows): Deliveries['begin'] {
  const order = prepareOrder(db, rows);

  /** Ends it when something newer was delivered under its key. */
  function supersede(row: DeliveryRow, now: DeliveryRow, { orderKey, at }: Input): Begun | undefined {
    const supersededBy = orderKey === null ? undefined : order.newerDelivered(row, orderKey);
    const superseded = supersededBy && move(now, 'superseded', at, { supersededBy });
    return superseded ? { kind: 'final', state: rows.save(row, superseded) } : undefined;
  }

  /** The attempt before ended with its worker, so many times in a row now: is it tried again, and when? */
  function recover(row: DeliveryRow, inARow: number, at: string): Begun | undefined {
    const after = afterLost(inARow);
    if (after.next === 'now') return undefined;
    const nextAttemptAt = after.next === 'later' ? later(at, after.waitMs) : null;
    const changes = { ...lostColumns(row, inARow, at), nextAttemptAt };
    const waiting = move(row, nextAttemptAt === null ? 'refused' : 'retry-later', at, changes);
    if (!waiting) return undefined;
    rows.save(row, waiting);
    return nextAttemptAt === null ? { kind: 'blocked' } : { kind: 'lost', inARow, nextAttemptAt };
  }

  function begin(input: Input): Begun {
    const { id, phase, orderKey, at } = input;
    const row = rows.need(id);
    const answer = answerAtOnce(row, phase);
    if (answer) return (answer.kind === 'blocked' && supersede(row, row, input)) || answer;

    const held = holds.of(row.destination);
    const probe = held.length > 0 && isProbe(held, input);
    if (held.length > 0 && !probe) return { kind: 'held', holds: held.map(toHold) };

    const calledSince = later(at, -input.attemptMs);
    if (rows.isCalling(row, calledSince)) return { kind: 'busy', behind: id };
    const lost = rows.closeUnknown(row, at);
    const recovered = lost > 0 && row.commandAt === null ? recover(row, lost, at) : undefined;
    if (recovered) return recovered;

    const behind = orderKey === null ? undefined : order.behind(row, orderKey, calledSince);
    if (behind !== undefined) {
      // A stale `trying` would keep others waiting under its own key.
      const waiting = row.state === 'trying' && move(row, 'retry-later', at);
      if (waiting) rows.save(row, waiting);
      return { kind: 'busy', behind };
    }

    const heldSince = holds.heldSince(row.destination);
    const trying = move(row, 'try', at, {
      ...(lost > 0 ? lostColumns(row, lost, at) : {}),
      ...commandConsumed(row, heldSince, at),
      orderKey,
      nextAttemptAt: null,
    });
    if (!trying) throw new Error(`a delivery that is ${row.state} cannot be tried`);
    const superseded = phase === 'deliver' ? supersede(row, trying, input) : undefined;
    if (superseded) return superseded;

    const openMs = openForMs(trying, heldSince, at);
    const expired = openMs > input.expiresAfterMs && move(trying, 'expired', at);
    if (expired) return { kind: 'final', state: rows.save(row, expired) };

    const attempt = row.attempts + 1;
    const going = { ...trying, attempts: attempt };
    rows.save(row, going);
    rows.openAttempt(going, phase, probe, at);
    if (probe) holds.win(row.destination, id);
    return { kind: 'go', attempt, probe, openMs };
  }

  return (input) => write(() => begin(input));
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

/** A lost attempt is a failure like another, as far as counting goes. */
const lostColumns = (row: DeliveryRow, inARow: number, at: string): Partial<DeliveryRow> => ({
  ...causeColumns(row, lostCause(inARow), at),
  failures: row.failures + 1,
});

/** A retry command starts backoff and expiry again. */
const commandConsumed = (row: DeliveryRow, heldSince: string | null, at: string): Partial<DeliveryRow> =>
  row.commandAt === null ? {} : { ...NO_COMMAND, failures: 0, ...clockSet(row, heldSince, at) };
