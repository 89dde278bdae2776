import { and, desc, eq, gt, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { attempts, deliveries } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import { placeholderFor } from '../placeholders.ts';
import { type DeliveryRow, type DeliveryRows, move } from './rows.ts';

/** Ended by one delivery at most; the others end at their next look, or with the next delivery under their key. */
const MOST_ENDED = 100;

/** Who else there is under one order key at one destination: PROTOCOLS D, order. */
export function prepareOrder(db: Connection['db'], rows: DeliveryRows) {
  const sameKey = and(
    eq(deliveries.destination, sql.placeholder('destination')),
    eq(deliveries.orderKey, sql.placeholder('orderKey')),
    ne(deliveries.id, sql.placeholder('id')),
  );
  const onItsWay = db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(sameKey, inArray(deliveries.state, ['trying', 'confirming'])))
    .limit(1)
    .prepare();
  const calledSince = placeholderFor('calledSince', attempts.startedAt);
  const stillCalling = db
    .select({ id: deliveries.id })
    .from(deliveries)
    .innerJoin(attempts, and(eq(attempts.deliveryId, deliveries.id), eq(attempts.n, deliveries.attempts)))
    .where(
      and(
        sameKey,
        eq(deliveries.state, 'skipped'),
        gt(deliveries.finishedAt, calledSince),
        isNull(attempts.finishedAt),
        gt(attempts.startedAt, calledSince),
      ),
    )
    .limit(1)
    .prepare();
  const newer = db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(sameKey, eq(deliveries.state, 'delivered'), gt(deliveries.receivedSeq, sql.placeholder('receivedSeq'))))
    .orderBy(desc(deliveries.receivedSeq))
    .limit(1)
    .prepare();
  const older = db
    .select()
    .from(deliveries)
    .where(
      and(
        sameKey,
        or(eq(deliveries.state, 'blocked'), eq(deliveries.state, 'waiting')),
        lt(deliveries.receivedSeq, sql.placeholder('receivedSeq')),
      ),
    )
    .orderBy(deliveries.state)
    .limit(MOST_ENDED)
    .prepare();
  const under = ({ id, destination, receivedSeq }: DeliveryRow, orderKey: string) => ({
    id,
    destination,
    receivedSeq,
    orderKey,
  });

  return {
    /** On its way; or skipped in the middle of a call that may still run, as one that began after `calledSince` may. */
    behind: (row: DeliveryRow, orderKey: string, calledSince: string): string | undefined =>
      (onItsWay.get(under(row, orderKey)) ?? stillCalling.get({ ...under(row, orderKey), calledSince }))?.id,

    newerDelivered: (row: DeliveryRow, orderKey: string): string | undefined => newer.get(under(row, orderKey))?.id,

    /**
     * What was delivered ends the older ones that are not on their way: a blocked one would wait for a hand that it needs
     * no more. The sweeper tells their workflows.
     */
    endOlder(row: DeliveryRow, at: string): void {
      if (row.orderKey === null) return;
      for (const one of older.all(under(row, row.orderKey))) {
        const ended = move(one, 'superseded', at, { supersededBy: row.id });
        if (ended) rows.save(one, { ...ended, commandSentAt: at });
      }
    },
  };
}
