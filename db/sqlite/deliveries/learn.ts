import { and, countDistinct, eq, isNull, sql } from 'drizzle-orm';
import type { Cause } from '../../attempts.ts';
import type { Deliveries } from '../../deliveries.ts';
import { deliveries, destinations } from '../../schema.ts';
import type { Connection } from '../connection.ts';
import type { HoldRows } from '../hold-rows.ts';
import type { DeliveryRow } from './rows.ts';

type Input = Parameters<Deliveries['finish']>[0];

/** What an attempt says about its destination: alive, the probe failed, or broken perhaps. Answers whether to test it. */
export function prepareLearn(db: Connection['db'], holds: HoldRows) {
  const byName = db
    .select({ delivery: destinations.strikeDelivery, attachment: destinations.strikeAttachment })
    .from(destinations)
    .where(eq(destinations.name, sql.placeholder('name')))
    .prepare();
  const setStrike = (name: string, delivery: string | null, attachment: string | null) =>
    db
      .update(destinations)
      .set({ strikeDelivery: delivery, strikeAttachment: attachment })
      .where(eq(destinations.name, name))
      .run();

  /** Attachments that have open deliveries there: an idle one cannot be the second witness. */
  const severalAttachments = (destination: string): boolean => {
    const row = db
      .select({ several: countDistinct(deliveries.attachmentUid) })
      .from(deliveries)
      .where(and(eq(deliveries.destination, destination), isNull(deliveries.finishedAt)))
      .get();
    return (row?.several ?? 0) > 1;
  };

  /** Two different deliveries in a row, of different attachments where there are several. */
  function strike(row: DeliveryRow, cause: Cause, at: string): void {
    const last = byName.get({ name: row.destination });
    const another =
      last?.delivery != null &&
      last.delivery !== row.id &&
      (last.attachment !== row.attachmentUid || !severalAttachments(row.destination));
    if (another) {
      setStrike(row.destination, null, null);
      holds.breakDown(row.destination, cause, at);
    } else if (last?.delivery == null) setStrike(row.destination, row.id, row.attachmentUid);
  }

  return (row: DeliveryRow, { id, result, testHasEffects, at }: Input): boolean => {
    const { destination } = row;
    const broken = holds.of(destination).find((hold) => hold.kind === 'broken');
    const isWinner = broken?.probeWinner === id;
    if (result.outcome === 'skipped') {
      if (isWinner) holds.closeClaim(destination, at); // nothing was called, nothing was proved
      return false;
    }
    if (result.outcome !== 'failed' || result.scope === 'delivery') {
      if (byName.get({ name: destination })?.delivery != null) setStrike(destination, null, null);
      if (broken)
        holds.heal(destination, `delivery ${id} was ${result.outcome === 'failed' ? 'refused' : result.outcome}`, at);
      return false;
    }
    if (isWinner) holds.failProbe(broken, result.message, at, { mayPass: result.scope === 'retry', code: result.code });
    if (broken || result.scope !== 'destination') return false;
    if (!testHasEffects) return true;
    strike(row, result, at);
    return false;
  };
}
