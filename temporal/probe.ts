import type { Database, DestinationGate } from '../db/database.ts';

/** A probe that found no delivery to try within this time closes; then the destination's test is the probe. */
const CLAIM_MS = 5000;

export type Prober = {
  db: Pick<Database, 'holds'>;
  processId: string;
  /** Starts a destination's test, which heals it or sets the next probe. Does not wait for it. */
  probeByTest(destination: string): void;
};

/** True while this process may let one delivery through to a broken destination (PROTOCOLS C). */
export async function mayProbe(
  { db, processId, probeByTest }: Prober,
  { name, probe }: Pick<DestinationGate, 'name' | 'probe'>,
  at: string,
): Promise<boolean> {
  const open = probe?.claimedBy === processId && probe.winner === null ? probe.claimedAt : null;
  // A winner that never reports must not keep its own process from the next claim: the database says when it is over.
  if (open === null) return db.holds.claimProbe(name, processId, at);
  if (Date.parse(at) - Date.parse(open) < CLAIM_MS) return true;
  if (await db.holds.abandonProbe(name, processId, at)) probeByTest(name);
  return false;
}
