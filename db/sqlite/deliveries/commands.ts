import { eq } from 'drizzle-orm';
import { isFinal } from '../../../attestation/delivery/state.ts';
import type { Deliveries } from '../../database.ts';
import { deliveries } from '../../schema.ts';
import type { Log } from '../audit.ts';
import type { Connection } from '../connection.ts';
import { selectDeliveries, toDelivery } from './records.ts';
import { causeColumns, type DeliveryRows, move } from './rows.ts';

/** What people, and the finding of a test, do to one delivery. */
export function commandVerbs(
  { db, write }: Connection,
  log: Log,
  rows: DeliveryRows,
): Pick<Deliveries, 'commandRetry' | 'skip' | 'refuse'> {
  const record = (id: string, at: string) => {
    const row = selectDeliveries(db).where(eq(deliveries.id, id)).get();
    return row && toDelivery(row, at);
  };

  return {
    commandRetry: (id, { by, at, reason }) =>
      write(() => {
        const row = rows.find(id);
        if (row && !isFinal(row.state)) {
          rows.save(row, { ...row, commandAt: at, commandBy: by.name, commandSentAt: at });
          log({ by, at, action: 'delivery.retry', target: id, detail: { reason, state: row.state } });
        }
        return record(id, at);
      }),

    skip: (id, { by, at, reason }) =>
      write(() => {
        const row = rows.find(id);
        const skipped = row && move(row, 'skip', at, { skippedBy: by.name, skippedReason: reason });
        if (skipped) {
          rows.save(row, skipped);
          log({ by, at, action: 'delivery.skip', target: id, detail: { reason, state: row.state } });
        }
        const delivery = record(id, at);
        return delivery && { delivery, done: skipped !== undefined };
      }),

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
