import { Context } from '@temporalio/activity';
import { type Inspection, MAX_INSPECTED_BYTES, validatorOf } from '../attestation/materials/inspect.ts';
import type { ToInspect } from '../attestation/materials/plan.ts';
import { defaultMediaType } from '../attestation/materials/types.ts';
import { TooLargeError } from '../store/store.ts';
import type { HeavyContent, JudgementRef } from '../workflows/steps.ts';
import type { Deps } from './deps.ts';
import { ThreadTimeoutError } from './threads/pool.ts';

/** Larger content is inspected by an activity of its own, with heartbeat. */
const LIGHT_BYTES = 1024 * 1024;
const BEAT_MS = 5000;

type Inspected = { inspections: Map<string, Inspection>; heavy: HeavyContent[] };

/** What is known of the contents, or light enough to be found out now; the rest is named. */
export async function inspectLight(
  deps: Pick<Deps, 'db' | 'store' | 'threads' | 'clock'>,
  wanted: readonly ToInspect[],
): Promise<Inspected> {
  const inspections = new Map<string, Inspection>();
  const heavy: HeavyContent[] = [];
  for (const { key, sha256, type, size } of wanted) {
    const known = (await deps.db.blobs.findInspection(sha256, type, validatorOf(type))) as Inspection | undefined;
    if (known) inspections.set(key, known);
    else if (size > LIGHT_BYTES) heavy.push({ sha256, type });
    else inspections.set(key, await inspectAndKeep(deps, { sha256, type }));
  }
  return { inspections, heavy };
}

/** Inspects one heavy content and keeps the result by (digest, type, validator), for this judgement and every later one. */
export const createInspect =
  (deps: Deps) =>
  async (_ref: JudgementRef, content: HeavyContent): Promise<void> => {
    const activity = Context.current();
    const beat = setInterval(() => activity.heartbeat(), BEAT_MS);
    try {
      await inspectAndKeep(deps, content);
    } finally {
      clearInterval(beat);
    }
  };

async function inspectAndKeep(
  deps: Pick<Deps, 'db' | 'store' | 'threads' | 'clock'>,
  { sha256, type }: HeavyContent,
): Promise<Inspection> {
  const result = await inspectBytes(deps, sha256, type);
  const at = deps.clock().toISOString();
  await deps.db.blobs.saveInspection({ sha256, type, validator: result.validator, result, at });
  return result;
}

/** Content that cannot be looked at in full, in time, is not valid: what nobody looked at does not count. */
async function inspectBytes(
  { store, threads }: Pick<Deps, 'store' | 'threads'>,
  sha256: string,
  type: string,
): Promise<Inspection> {
  try {
    return await threads.inspect({ bytes: await store.read(sha256, MAX_INSPECTED_BYTES), type });
  } catch (error) {
    if (error instanceof TooLargeError)
      return refused(type, `expected at most ${MAX_INSPECTED_BYTES} bytes, found more: too long to validate`);
    if (error instanceof ThreadTimeoutError) return refused(type, 'it took too long to validate');
    throw error;
  }
}

const refused = (type: string, message: string): Inspection => ({
  type,
  validator: validatorOf(type),
  valid: false,
  problems: [{ message }],
  facts: {},
  mediaType: defaultMediaType(type),
});
