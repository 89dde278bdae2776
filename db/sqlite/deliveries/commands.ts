import { asc, eq, inArray } from 'drizzle-orm';
import { acts, effectOf } from '../../../attestation/delivery/action.ts';
import { isFinal } from '../../../attestation/delivery/state.ts';
import type { Deliveries } from '../../deliveries.ts';
import { deliveries } from '../../schema.ts';
import type { Actor } from '../../verbs.ts';
import type { Log } from '../audit.ts';
import type { Connection } from '../connection.ts';
import { selectDeliveries, toDelivery } from './records.ts';
import { causeColumns, type DeliveryRow, type DeliveryRows, move } from './rows.ts';

/** Who asks, when and why; `of` is the bulk action that it is part of. */
type Order<Reason> = { by: Actor; at: string; reason: Reason; of?: string };

/** What people, and the finding of a test, do to deliveries. */
export function commandVerbs(
  { db, write }: Connection,
  log: Log,
  rows: DeliveryRows,
): Pick<Deliveries, 'commandRetry' | 'skip' | 'act' | 'refuse'> {
  const record = (id: string, at: string) => {
    const row = selectDeliveries(db).where(eq(deliveries.id, id)).get();
    return row && toDelivery(row, at);
  };
  const note = (action: string, row: DeliveryRow, { by, at, reason, of }: Order<string | null>): void =>
    log({ by, at, action, target: row.id, detail: { reason, state: row.state, ...(of !== undefined && { of }) } });

  function retryRow(row: DeliveryRow, asked: Order<string | null>): void {
    if (isFinal(row.state)) return;
    rows.save(row, { ...row, commandAt: asked.at, commandBy: asked.by.name, commandSentAt: asked.at });
    note('delivery.retry', row, asked);
  }

  function skipRow(row: DeliveryRow, asked: Order<string>): boolean {
    const skipped = move(row, 'skip', asked.at, { skippedBy: asked.by.name, skippedReason: asked.reason });
    if (!skipped) return false;
    // Whoever acts tells the workflow; the sweeper does it again.
    rows.save(row, { ...skipped, commandSentAt: asked.at });
    note('delivery.skip', row, asked);
    return true;
  }

  return {
    commandRetry: (id, asked) =>
      write(() => {
        const row = rows.find(id);
        if (row) retryRow(row, asked);
        return record(id, asked.at);
      }),

    skip: (id, asked) =>
      write(() => {
        const row = rows.find(id);
        const done = row !== undefined && skipRow(row, asked);
        const delivery = record(id, asked.at);
        return delivery && { delivery, done };
      }),

    act: (input) =>
      write(() =>
        selectDeliveries(db)
          .where(inArray(deliveries.id, [...input.ids]))
          .orderBy(asc(deliveries.createdAt), asc(deliveries.id))
          .all()
          .map((row) => {
            const delivery = toDelivery(row, input.at);
            const effect = effectOf(input.action, { ...delivery, asked: delivery.command !== null });
            if (acts(effect) && input.action === 'retry') retryRow(row, input);
            if (acts(effect) && input.action === 'skip') skipRow(row, input);
            return { delivery, effect };
          }),
      ),

    refuse: (id, cause, at) =>
      write(() => {
        const row = rows.need(id);
        const refused =
          row.state === 'trying'
            ? undefined
            : move(row, 'refused', at, { ...causeColumns(row, cause, at), nextAttemptAt: null });
        return refused ? rows.save(row, refused) : row.state;
      }),
  };
}
