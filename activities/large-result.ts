import type { ContentStore } from '../store/store.ts';
import type { Kept } from '../workflows/steps.ts';

/** Temporal refuses 2 MiB, and a step that is refused for its result would be tried for ever. */
const MOST_BYTES_IN_HISTORY = 128 * 1024;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** What a step found as it travels through the workflow: itself, or, when it is large, as the digest of its bytes in the store. */
export async function keepIfLarge<Result>(store: Pick<ContentStore, 'put'>, result: Result): Promise<Result | Kept> {
  const bytes = Buffer.from(JSON.stringify(result));
  if (bytes.byteLength <= MOST_BYTES_IN_HISTORY) return result;
  const { sha256 } = await store.put(bytes, { maxBytes: LARGEST });
  return { kept: sha256 };
}

/** The result that {@link keepIfLarge} gave away. */
export async function readKept<Result extends object>(
  store: Pick<ContentStore, 'read'>,
  result: Result | Kept,
): Promise<Result> {
  if (!('kept' in result)) return result;
  return JSON.parse((await store.read(result.kept, LARGEST)).toString('utf8')) as Result;
}
