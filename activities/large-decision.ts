import type { ContentStore } from '../store/store.ts';
import type { Judged, KeptDecision } from '../workflows/steps.ts';

/** Temporal refuses 2 MiB, and a step that is refused for its result would be tried for ever. */
const MOST_BYTES_IN_HISTORY = 128 * 1024;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** A decision as it travels through the workflow: itself, or, when it is large, as the digest of its bytes in the store. */
export async function keepIfLarge(store: Pick<ContentStore, 'put'>, decision: Judged): Promise<Judged | KeptDecision> {
  const bytes = Buffer.from(JSON.stringify(decision));
  if (bytes.byteLength <= MOST_BYTES_IN_HISTORY) return decision;
  const { sha256 } = await store.put(bytes, { maxBytes: LARGEST });
  return { kept: sha256 };
}

/** The decision that {@link keepIfLarge} gave away. */
export async function readDecision(
  store: Pick<ContentStore, 'read'>,
  decision: Judged | KeptDecision,
): Promise<Judged> {
  if (!('kept' in decision)) return decision;
  return JSON.parse((await store.read(decision.kept, LARGEST)).toString('utf8')) as Judged;
}
