import { Context } from '@temporalio/activity';
import { type Inspection, notInspected } from '../attestation/materials/inspection.ts';
import type { ToInspect } from '../attestation/materials/plan.ts';
import { maxBytesOf, validatorOf } from '../attestation/materials/types.ts';
import { TooLargeError } from '../store/store.ts';
import type { HeavyContent, JudgementRef } from '../workflows/steps.ts';
import type { Deps } from './deps.ts';
import { ThreadLimitError } from './threads/pool.ts';

/** Larger content is inspected by an activity of its own, with heartbeat, and the result is kept. */
const LIGHT_BYTES = 1024 * 1024;
const BEAT_MS = 5000;

type Inspecting = Pick<Deps, 'db' | 'store' | 'threads' | 'clock'>;
type Inspected = { result: Inspection; isCutOff: boolean };

/** What is known of the contents, or light enough to be found out now; the rest is named. */
export async function inspectLight(
  deps: Inspecting,
  ref: JudgementRef,
  wanted: readonly ToInspect[],
): Promise<{ inspections: Map<string, Inspection>; heavy: HeavyContent[] }> {
  const inspections = new Map<string, Inspection>();
  const heavy: HeavyContent[] = [];
  for (const { key, sha256, type, size } of wanted) {
    const content = { sha256, type };
    const known = size > LIGHT_BYTES ? await findKnown(deps, ref, content) : await inspectNow(deps, ref, content);
    if (known) inspections.set(key, known);
    else heavy.push(content);
  }
  return { inspections, heavy };
}

/** Inspects one heavy content and keeps the result by (digest, type, validator), for this judgement and every later one. */
export const createInspect =
  (deps: Deps) =>
  async (ref: JudgementRef, content: HeavyContent): Promise<void> => {
    const activity = Context.current();
    const beat = setInterval(() => activity.heartbeat(), BEAT_MS);
    try {
      await keep(deps, ref, content, await inspectBytes(deps, content));
    } finally {
      clearInterval(beat);
    }
  };

async function findKnown(
  { db }: Pick<Deps, 'db'>,
  ref: JudgementRef,
  { sha256, type }: HeavyContent,
): Promise<Inspection | undefined> {
  const known =
    (await db.blobs.findInspection(sha256, type, validatorOf(type))) ??
    (await db.blobs.findInspection(sha256, type, cutOffIn(ref)));
  return known as Inspection | undefined;
}

/** Looking again is quicker than remembering, unless it had to be cut off. */
async function inspectNow(deps: Inspecting, ref: JudgementRef, content: HeavyContent): Promise<Inspection> {
  const known = await deps.db.blobs.findInspection(content.sha256, content.type, cutOffIn(ref));
  if (known) return known as Inspection;
  const inspected = await inspectBytes(deps, content);
  if (inspected.isCutOff) await keep(deps, ref, content, inspected);
  return inspected.result;
}

async function keep(
  { db, clock }: Inspecting,
  ref: JudgementRef,
  { sha256, type }: HeavyContent,
  { result, isCutOff }: Inspected,
): Promise<void> {
  const validator = isCutOff ? cutOffIn(ref) : result.validator;
  await db.blobs.saveInspection({ sha256, type, validator, result, at: clock().toISOString() });
}

/** What was cut off counts for this judgement only: another time the machine may have more time for it. */
const cutOffIn = ({ id, n }: JudgementRef): string => `cut off in ${id}/${n}`;

/** Content that cannot be looked at in full, in time, is not validated: what nobody looked at does not count. */
async function inspectBytes(
  { store, threads }: Pick<Deps, 'store' | 'threads'>,
  { sha256, type }: HeavyContent,
): Promise<Inspected> {
  const maxBytes = maxBytesOf(type);
  try {
    const bytes = await store.read(sha256, maxBytes);
    return { result: await threads.inspect({ bytes, type }), isCutOff: false };
  } catch (error) {
    if (error instanceof TooLargeError) {
      const message = `expected at most ${maxBytes} bytes, found more: too long to validate`;
      return { result: notInspected(type, message), isCutOff: false };
    }
    if (!(error instanceof ThreadLimitError)) throw error;
    const what = error.limit === 'time' ? 'it took too long' : 'it needs too much memory';
    return { result: notInspected(type, `${what} to validate`), isCutOff: true };
  }
}
