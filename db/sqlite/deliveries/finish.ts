import { and, eq, sql } from 'drizzle-orm';
import { type DeliveryEvent, isFinal } from '../../../attestation/delivery/state.ts';
import type { AttemptResult, Cause } from '../../attempts.ts';
import type { Deliveries } from '../../deliveries.ts';
import { MissingRowError } from '../../errors.ts';
import { attempts } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import type { HoldRows } from '../hold-rows.ts';
import { placeholdersFor } from '../placeholders.ts';
import { clockSet } from './clock.ts';
import { prepareLearn } from './learn.ts';
import { prepareOrder } from './order.ts';
import { causeColumns, type DeliveryRow, type DeliveryRows, move, NO_CAUSE } from './rows.ts';

type Input = Parameters<Deliveries['finish']>[0];

/** The end of an attempt: its log, the state it leads to, and what it says about the destination. */
export function prepareFinish({ db, write }: Connection, rows: DeliveryRows, holds: HoldRows): Deliveries['finish'] {
  const log = prepareLogAttempt(db);
  const learn = prepareLearn(db, holds);
  const order = prepareOrder(db, rows);

  function finish(input: Input): Awaited<ReturnType<Deliveries['finish']>> {
    const { id, attempt, result, at } = input;
    const row = rows.need(id);
    log(row, input);
    // An attempt given up as unknown may still report; of that, only what cannot be undone counts.
    const counts = attempt === row.attempts || isDelivered(result);
    const moved = counts ? move(row, eventOf(input), at, changesBy(row, input, holds)) : undefined;
    // Given up, and now here: its workflow waits for another attempt, or for a hand, until the sweeper tells it.
    const after = moved && isWaited(row) && isFinal(moved.state) ? { ...moved, commandSentAt: at } : moved;
    const state = after ? rows.save(row, after) : row.state;
    if (after?.state === 'delivered') order.endOlder(after, at);
    return { state, brokenSuspected: learn(row, input) };
  }

  return (input) => write(() => finish(input));
}

function prepareLogAttempt(db: Connection['db']) {
  const columns = ['finishedAt', 'outcome', 'scope', 'code', 'message', 'status', 'latencyMs', 'bodyHead'] as const;
  const update = db
    .update(attempts)
    .set(placeholdersFor(attempts, columns))
    .where(and(eq(attempts.deliveryId, sql.placeholder('id')), eq(attempts.n, sql.placeholder('n'))))
    .prepare();
  return (row: DeliveryRow, { id, attempt, result, at }: Input): void => {
    const failed = result.outcome === 'failed' ? result : undefined;
    const said = 'message' in result ? (result.message ?? null) : null;
    const late = isFinal(row.state) && (isDelivered(result) || result.outcome === 'accepted');
    const { changes } = update.run({
      id,
      n: attempt,
      finishedAt: at,
      outcome: result.outcome,
      scope: failed?.scope ?? null,
      code: failed?.code ?? null,
      message: late ? `delivered anyway: it was ${row.state} already` : said,
      status: result.evidence.status ?? null,
      latencyMs: result.evidence.latencyMs === undefined ? null : Math.round(result.evidence.latencyMs),
      bodyHead: result.evidence.bodyHead ?? null,
    });
    if (changes !== 1) throw new MissingRowError(`attempt ${attempt} of delivery`, id);
  };
}

const isWaited = ({ state }: DeliveryRow): boolean => state !== 'trying' && state !== 'confirming';

const isDelivered = (result: AttemptResult): boolean =>
  result.outcome === 'delivered' || result.outcome === 'duplicate';

/** Its time is over, and this attempt neither ended it nor was refused. */
const overdueOf = ({ result, overdue }: Input): Cause | undefined =>
  result.outcome === 'pending' || (result.outcome === 'failed' && result.scope !== 'delivery') ? overdue : undefined;

function eventOf(input: Input): DeliveryEvent {
  const { result } = input;
  if (overdueOf(input)) return 'refused';
  switch (result.outcome) {
    case 'delivered':
    case 'duplicate':
      return 'delivered';
    case 'accepted':
      return 'accepted';
    case 'pending':
      return 'retry-later';
    case 'skipped':
      return 'unwanted';
    case 'failed':
      return result.scope === 'delivery' ? 'refused' : 'retry-later';
  }
}

function changesBy(row: DeliveryRow, input: Input, holds: HoldRows): Partial<DeliveryRow> {
  const { result, at } = input;
  const overdue = overdueOf(input);
  if (overdue) return { ...causeColumns(row, overdue, at), failures: row.failures + 1, nextAttemptAt: null };
  switch (result.outcome) {
    case 'delivered':
    case 'duplicate':
      return {
        ...NO_CAUSE,
        failures: 0,
        token: null,
        externalId: result.externalId ?? row.externalId,
        url: result.url ?? row.url,
      };
    case 'accepted':
      return {
        ...NO_CAUSE,
        failures: 0,
        token: result.token,
        url: result.url ?? row.url,
        acceptedAt: at,
        nextAttemptAt: result.nextAttemptAt,
        ...clockSet(row, holds.heldSince(row.destination), at),
      };
    case 'pending':
      return { failures: 0, nextAttemptAt: result.nextAttemptAt };
    case 'skipped':
      return { ...NO_CAUSE, failures: 0, skippedBy: 'integration', skippedReason: result.message };
    case 'failed':
      return {
        ...causeColumns(row, result, at),
        failures: row.failures + 1,
        nextAttemptAt: result.scope === 'delivery' ? null : result.nextAttemptAt,
      };
  }
}
