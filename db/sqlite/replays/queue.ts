import { and, eq, sql } from 'drizzle-orm';
import type { ReplayPlanned } from '../../../attestation/delivery/replay-page.ts';
import { replayWorkflowId } from '../../../attestation/names.ts';
import { attestations, deliveries, deliveryTotals, materials } from '../../schema.ts';
import { prepareInsertDelivery, prepareIsWanted } from '../attestations/new-deliveries.ts';
import type { Connection } from '../connection.ts';
import { type DeliveryRow, type DeliveryRows, move, NO_CAUSE, NO_COMMAND } from '../deliveries/rows.ts';
import { SEEN_TO_BY_REPLAY } from './rows.ts';

type Lane = { id: string; lane: number; at: string };

/** Queues a planned delivery for a lane, within the transaction that runs. False: it is there already, or wanted no more. */
export function prepareQueue(db: Connection['db'], rows: DeliveryRows) {
  const insert = prepareInsertDelivery(db);
  const isWanted = prepareIsWanted(db);
  const attestation = db
    .select()
    .from(attestations)
    .where(eq(attestations.id, sql.placeholder('id')))
    .prepare();
  const materialsOf = db
    .select({ name: materials.name, type: materials.type, sha256: materials.sha256 })
    .from(materials)
    .where(and(eq(materials.attestationId, sql.placeholder('id')), eq(materials.n, sql.placeholder('n'))))
    .orderBy(materials.position)
    .prepare();

  const uncount = db
    .update(deliveryTotals)
    .set({ count: sql`${deliveryTotals.count} - 1` })
    .where(
      and(
        eq(deliveryTotals.destination, sql.placeholder('destination')),
        eq(deliveryTotals.state, sql.placeholder('state')),
      ),
    )
    .prepare();

  /** The same delivery under the same key, as if it had come now; attempts count on, for each is on record. */
  function reopen(row: DeliveryRow | undefined, host: ReturnType<typeof hostOf>, at: string): boolean {
    const anew =
      row &&
      move(row, 'replay', at, { ...NO_CAUSE, ...NO_COMMAND, ...BEGUN_ANEW, ...host, createdAt: at, clockFrom: at });
    if (!anew) return false;
    const { changes } = db
      .update(deliveries)
      .set(anew)
      .where(and(eq(deliveries.id, row.id), eq(deliveries.state, row.state)))
      .run();
    if (changes !== 1) return false;
    uncount.run({ destination: row.destination, state: row.state });
    return true;
  }

  return ({ attestationId, effect, delivery }: ReplayPlanned, lane: Lane): boolean => {
    const host = hostOf(lane);
    if (effect === 'reopen') return isWanted(delivery) && reopen(rows.find(delivery.id), host, lane.at);
    const of = attestation.get({ id: attestationId });
    if (!of) return false;
    const among = delivery.materialSha256 === null ? [] : materialsOf.all({ id: of.id, n: of.latest });
    return insert(of, delivery, among, host, lane.at);
  };
}

const hostOf = ({ id, lane }: Lane) => ({
  workflowId: replayWorkflowId(id),
  hostCheckedAt: SEEN_TO_BY_REPLAY,
  replayId: id,
  replayLane: lane,
});

const BEGUN_ANEW = {
  finishedAt: null,
  nextAttemptAt: null,
  failures: 0,
  token: null,
  acceptedAt: null,
  supersededBy: null,
  skippedBy: null,
  skippedReason: null,
  heldMs: 0,
  clockHeldMs: 0,
} as const;
