import type { Contract } from '../attestation/contract/contract.ts';
import { type Decision, decide } from '../attestation/contract/decide.ts';
import { planRules } from '../attestation/contract/rules/task.ts';
import { findDescriptors, type SignedStatement } from '../attestation/materials/descriptors.ts';
import { digestText, type StoredLookup } from '../attestation/materials/digests.ts';
import { type Plan, planMaterials } from '../attestation/materials/plan.ts';
import type { Verification } from '../attestation/verdict.ts';
import type { JudgementWork } from '../db/judgements.ts';
import type { HeavyContent } from '../workflows/steps.ts';
import type { Deps } from './deps.ts';
import { inspectLight } from './inspect.ts';
import { readVerified } from './statements.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;

type Held = { heavy: HeavyContent[] } | { decision: Decision; statements: SignedStatement[] };

/**
 * What a contract makes of a judgement's statements and bytes, as of the time that was pinned: which signed thing fills
 * which slot, whether its bytes are what they say, the rules, the decision. Content that is heavy and that nobody has
 * inspected yet is named instead.
 */
export async function holdAgainst(
  deps: Deps,
  work: JudgementWork,
  contract: Contract,
  verification: Verification,
): Promise<Held> {
  const { project, name } = work.pipeline;
  const statements = await readVerified(deps.store, work, verification.statements);
  const stored = await lookUp(deps, project, statements);
  const plan = planMaterials({ contract, statements, sent: work.parts, stored });

  await keepInline(deps, project, plan);
  const { heavy, inspections } = await inspectLight(deps, { id: work.attestationId, n: work.n }, plan.toInspect);
  if (heavy.length > 0) return { heavy };

  const known = { contract, pipeline: { project, name }, verification, statements, plan, inspections };
  const task = planRules({ ...known, receivedAt: work.receivedAt });
  const rules = task ? await deps.threads.rules(task) : [];
  return { decision: decide({ ...known, rules, at: new Date(work.pinnedAt) }), statements };
}

/** Looks every signed digest up among the project's blobs beforehand: the plan itself reads nothing. */
async function lookUp(
  { db }: Pick<Deps, 'db'>,
  project: string,
  statements: readonly SignedStatement[],
): Promise<StoredLookup> {
  const digests = findDescriptors(statements).flatMap(({ digest }) => (digest ? [digest] : []));
  const found = new Map(
    [...(await db.blobs.claimEach(project, digests))].map(([digest, blob]) => [digestText(digest), blob]),
  );
  return (digest) => found.get(digestText(digest));
}

/** Bytes that stand inside a verified statement become bytes of the store, so that they can be inspected and delivered. */
async function keepInline(
  { store, db, clock }: Pick<Deps, 'store' | 'db' | 'clock'>,
  project: string,
  plan: Plan,
): Promise<void> {
  for (const content of plan.inline.values()) {
    const kept = await store.put(content, { maxBytes: LARGEST });
    await db.blobs.record({ project, ...kept, isClaimed: true, at: clock().toISOString() });
  }
}
