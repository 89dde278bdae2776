import type { z } from '@hono/zod-openapi';
import type { Integration } from '../../activities/integrations/define.ts';
import { limitsInEffect } from '../../activities/integrations/support/limits.ts';
import { standingOf } from '../../attestation/delivery/standing.ts';
import { OPEN_STATES } from '../../attestation/delivery/state.ts';
import type { Database } from '../../db/database.ts';
import type { DestinationRecord, StoredSecret } from '../../db/destinations.ts';
import type { DestinationGate } from '../../db/holds.ts';
import type { ApiDeps } from '../deps.ts';
import type { Destination } from './schema.ts';

type View = z.output<typeof Destination>;

type Viewing = Pick<ApiDeps, 'db' | 'integrations'>;

/** One destination: how it stands, and what waits for it. */
export const viewDestination = async (deps: Viewing, record: DestinationRecord, at: string): Promise<View> =>
  (await viewDestinations(deps, at))(record);

/** The same for a page of them, in as many queries. */
export async function viewDestinations(
  { db, integrations }: Viewing,
  at: string,
): Promise<(record: DestinationRecord) => View> {
  const [gates, counts, draining] = await Promise.all([
    db.holds.gates(),
    db.deliveries.counts(at),
    db.holds.draining(),
  ]);
  const known = new Map(gates.map((gate) => [gate.name, gate]));
  return (record) => ({
    ...view(record, known.get(record.name), draining.get(record.name) ?? 0, counts),
    limits: viewLimits(record, integrations[record.spec.integration]),
  });
}

const viewLimits = ({ spec }: DestinationRecord, integration: Integration | undefined): View['limits'] =>
  integration ? limitsInEffect(spec, integration) : null;

type Counts = Awaited<ReturnType<Database['deliveries']['counts']>>;

function view(
  { name, spec, secrets, generation, createdAt, updatedAt }: DestinationRecord,
  gate: DestinationGate | undefined,
  left: number,
  counts: Counts,
): Omit<View, 'limits'> {
  const open = counts.filter((row) => row.destination === name && OPEN_STATES.some((state) => state === row.state));
  const sum = (rows: Counts, of: 'count' | 'stuck') => rows.reduce((total, row) => total + row[of], 0);
  const holds = gate?.holds ?? [];
  return {
    name,
    spec: { ...spec, secrets: viewSecrets(secrets) },
    generation,
    ...standingOf({ holds, liftedAt: gate?.liftedAt ?? null, left }),
    holds,
    probe: viewProbe(gate?.probe ?? null),
    deliveries: {
      open: sum(open, 'count'),
      stuck: sum(open, 'stuck'),
      blocked: sum(
        open.filter(({ state }) => state === 'blocked'),
        'count',
      ),
      draining: holds.length > 0 ? 0 : left,
      oldest: open.flatMap((row) => row.oldest ?? []).sort()[0] ?? null,
    },
    createdAt,
    updatedAt,
  };
}

const viewProbe = (probe: DestinationGate['probe']): View['probe'] =>
  probe && {
    nextAt: probe.nextAt,
    failed: probe.failed,
    running:
      probe.claimedBy === null || probe.claimedAt === null
        ? null
        : { by: probe.claimedBy, since: probe.claimedAt, delivery: probe.winner },
  };

const viewSecrets = (secrets: Record<string, StoredSecret>) =>
  Object.fromEntries(
    Object.entries(secrets).map(([name, stored]) => [
      name,
      'ref' in stored ? { ref: stored.ref } : { sealed: true as const, keyId: stored.keyId },
    ]),
  );
