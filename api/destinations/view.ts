import type { z } from '@hono/zod-openapi';
import { OPEN_STATES } from '../../attestation/delivery/state.ts';
import type { Database } from '../../db/database.ts';
import type { DestinationRecord, Hold, StoredSecret } from '../../db/records.ts';
import type { Destination } from './schema.ts';

type View = z.output<typeof Destination>;

/** One destination with its holds and what waits for it. */
export async function viewDestination(db: Database, record: DestinationRecord, at: string): Promise<View> {
  const [holds, counts] = await Promise.all([db.holds.of(record.name), db.deliveries.counts(at)]);
  return view(record, holds, counts);
}

/** The same for a page of them, in as many queries. */
export async function viewDestinations(db: Database, at: string): Promise<(record: DestinationRecord) => View> {
  const [gates, counts] = await Promise.all([db.holds.gates(), db.deliveries.counts(at)]);
  const holds = new Map(gates.map((gate) => [gate.name, gate.holds]));
  return (record) => view(record, holds.get(record.name) ?? [], counts);
}

type Counts = Awaited<ReturnType<Database['deliveries']['counts']>>;

function view(
  { name, spec, secrets, generation, createdAt, updatedAt }: DestinationRecord,
  holds: Hold[],
  counts: Counts,
): View {
  const open = counts.filter((row) => row.destination === name && OPEN_STATES.some((state) => state === row.state));
  return {
    name,
    spec: { ...spec, secrets: viewSecrets(secrets) },
    generation,
    holds,
    deliveries: {
      open: open.reduce((sum, row) => sum + row.count, 0),
      stuck: open.reduce((sum, row) => sum + row.stuck, 0),
      oldest: open.flatMap((row) => row.oldest ?? []).sort()[0] ?? null,
    },
    createdAt,
    updatedAt,
  };
}

const viewSecrets = (secrets: Record<string, StoredSecret>) =>
  Object.fromEntries(
    Object.entries(secrets).map(([name, stored]) => [
      name,
      'ref' in stored ? { ref: stored.ref } : { sealed: true as const, keyId: stored.keyId },
    ]),
  );
