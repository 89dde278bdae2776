import { setTimeout as delay } from 'node:timers/promises';
import { openSecret, type SealedSecret, sealSecret } from '../attestation/delivery/seal.ts';
import type { Database } from '../db/database.ts';
import type { Deps } from './deps.ts';

/** The key that seals now, and those that open. */
type Keyring = { current(): { id: string; key: Buffer }; find(id: string): Buffer | undefined };
type Resealing = { db: Pick<Database, 'destinations'>; keys: Keyring; clock: () => Date; log: Deps['log'] };

const EVERY_MS = 5000;

/** Looks now and then, until it is stopped, whether another key has come to seal with, and seals anew what it should. */
export function keepSealed(resealing: Resealing): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async () => {
    while (!signal.aborted) {
      await reseal(resealing).catch((error: unknown) =>
        resealing.log.warn({ error: String(error) }, 'secrets could not be sealed anew; tried again'),
      );
      await delay(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  };
  const ended = run();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/**
 * Seals every secret with the present key that is sealed with another. Several processes may do it at once, and a secret
 * that is replaced meanwhile stays as it is. The values, and so the deliveries, notice nothing.
 */
export async function reseal({ db, keys, clock, log }: Resealing): Promise<void> {
  const present = keys.current();
  const count = { resealed: 0, unopened: 0 };
  for (const { name, secrets } of await db.destinations.all()) {
    for (const [field, from] of Object.entries(secrets)) {
      if (!('sealed' in from) || from.keyId === present.id) continue;
      const to = sealedAnew(keys, present, from);
      if (to === undefined) count.unopened += 1;
      else if (await db.destinations.reseal(name, field, { from, to, at: clock().toISOString() })) count.resealed += 1;
    }
  }
  const { id: key } = present;
  if (count.resealed > 0) log.info({ key, ...count }, 'secrets were sealed anew with the present key');
}

function sealedAnew(
  { find }: Keyring,
  present: { id: string; key: Buffer },
  secret: SealedSecret,
): SealedSecret | undefined {
  const key = find(secret.keyId);
  try {
    return key && sealSecret(present.key, present.id, openSecret(key, secret));
  } catch {
    return undefined;
  }
}
