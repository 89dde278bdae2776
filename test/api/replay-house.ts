import type { DeliveryState } from '../../attestation/delivery/state.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { createHouse, envelope, type House } from './house.ts';

/** Where the rows are, and what time it is. */
export type Rows = Pick<House, 'db' | 'clock'>;

/** A house with accepted attestations, and a destination `lake` that was attached to nothing when they came. */
export async function houseToReplay(seeds: readonly string[], more: Parameters<typeof createHouse>[0] = {}) {
  const house = createHouse(more);
  await house.pipeline();
  const operator = (await house.token('operate')).token;
  const ids: string[] = [];
  const add = async (seed: string, path?: string) => {
    const answer = await house.submit(operator, envelope(seed), {}, path);
    ids.push(((await answer.json()) as { id: string }).id);
    house.pass(60_000);
  };
  for (const seed of seeds) await add(seed);
  await house.destination('lake');
  return { house, operator, ids, add };
}

const now = (house: Rows) => house.clock().toISOString();

/** Queues one more delivery of a replay for each attestation, as a lane of its workflow does, and returns their ids. */
export async function queueAll(house: Rows, replay: string, attestations: readonly string[]): Promise<string[]> {
  const record = await house.db.replays.get(replay);
  const attachments = await house.db.attachments.all();
  const attachment = attachments.find(({ spec }) => spec.destination === record?.spec.destination);
  if (!record || !attachment) throw new Error('expected a replay and its attachment');
  const planned = attestations.map((attestationId) => ({
    attestationId,
    effect: 'create' as const,
    delivery: {
      id: `dlv_${attestationId.slice(4)}`,
      attachmentUid: attachment.uid,
      attachment: attachment.name,
      destination: record.spec.destination,
      materialSha256: null,
    },
  }));
  const { cursorSeq: fromSeq, throughSeq: toSeq } = record;
  const queued = await house.db.replays.queue({ id: replay, lane: 0, fromSeq, toSeq, planned, at: now(house) });
  if (!queued) throw new Error('expected the replay to run');
  return planned.map(({ delivery }) => delivery.id);
}

/** One attempt, as a worker writes it. */
export async function attempt(house: Rows, id: string, as: 'delivered' | 'blocked'): Promise<void> {
  const begun = await house.db.deliveries.begin({
    id,
    phase: 'deliver',
    processId: 'p1',
    orderKey: null,
    expiresAfterMs: 1e9,
    attemptMs: 60_000,
    at: now(house),
  });
  if (begun.kind !== 'go') throw new Error(`expected an attempt, got ${begun.kind}`);
  const evidence = { status: 200, latencyMs: 9 };
  const refused = { scope: 'delivery', code: 'http.422', message: 'no such project', nextAttemptAt: null } as const;
  const result =
    as === 'delivered'
      ? { outcome: 'delivered' as const, evidence }
      : { outcome: 'failed' as const, evidence, ...refused };
  await house.db.deliveries.finish({ id, attempt: begun.attempt, testHasEffects: false, at: now(house), result });
}

/** Has the workflow's lane look: a replay of which nothing goes on any more is done. */
export const take = (house: Rows, id: string) =>
  house.db.replays.take({
    id,
    lane: 0,
    lanes: 1,
    window: 100,
    news: { arrived: false, refused: 0, said: '' },
    at: now(house),
  });

/** The only delivery of an attestation, brought into a state. */
export async function bring(
  house: Rows,
  attestation: string,
  to: Extract<DeliveryState, 'delivered' | 'skipped' | 'expired'>,
) {
  const { items } = await house.db.deliveries.list({ attestation }, { limit: 1 }, now(house));
  const id = items[0]?.id ?? '';
  if (to === 'delivered') return attempt(house, id, 'delivered');
  if (to === 'skipped') return void (await house.db.deliveries.skip(id, { by: SYSTEM, at: now(house), reason: 'x' }));
  const lookedAt = { id, phase: 'deliver', processId: 'p1', orderKey: null, attemptMs: 1 } as const;
  await house.db.deliveries.begin({
    ...lookedAt,
    expiresAfterMs: 0,
    at: new Date(house.clock().getTime() + 1).toISOString(),
  });
}
