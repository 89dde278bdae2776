import type { Database } from '../db/database.ts';
import type { DestinationGate } from '../db/holds.ts';

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

/**
 * Lets a broken destination be probed at once when what its secrets come from has changed, and when this process has just
 * started: it may know variables that none knew before. `stamps` has one for every destination that has secrets in files.
 */
export function createSecretWatch(
  { holds }: Pick<Database, 'holds'>,
  stamps: () => Promise<ReadonlyMap<string, string>>,
): (broken: readonly string[], at: string) => Promise<void> {
  let before: ReadonlyMap<string, string> | undefined;
  return async (broken, at) => {
    const now = await stamps();
    const changed = broken.filter((name) => before === undefined || before.get(name) !== now.get(name));
    before = now;
    for (const name of changed) await holds.probeSoon(name, at);
  };
}
