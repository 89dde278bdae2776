import { decide } from '../attestation/contract/decide.ts';
import { planRules } from '../attestation/contract/rules/task.ts';
import { findDescriptors, type SignedStatement } from '../attestation/materials/descriptors.ts';
import { digestText, type StoredLookup } from '../attestation/materials/digests.ts';
import { type Plan, planMaterials } from '../attestation/materials/plan.ts';
import type { Verification } from '../attestation/verdict.ts';
import type { Checked, JudgementRef, Verified } from '../workflows/steps.ts';
import { contractOf } from './contract.ts';
import type { Deps } from './deps.ts';
import { impossible } from './failure.ts';
import { inspectLight } from './inspect.ts';
import { keepIfLarge, readKept } from './large-result.ts';
import { readVerified } from './statements.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * The second step: which signed thing fills which slot, whether its bytes are what they say, and what the contract makes
 * of it all. Content that is too heavy for a local step is named first; it is inspected on its own, and this runs again.
 */
export const createCheck =
  (deps: Deps) =>
  async ({ id, n }: JudgementRef, verified: Verified & { decided: false }): Promise<Checked> => {
    const work = await deps.db.attestations.pin(id, n, deps.clock().toISOString());
    if (!work) throw impossible('JUDGEMENT_MISSING', `no judgement ${n} of ${id} on record`);
    const verification = await readKept<Verification>(deps.store, verified);
    const { project } = work.pipeline;
    const contract = contractOf(work.contract);
    const statements = await readVerified(deps.store, work, verification.statements);
    const stored = await lookUp(deps, project, statements);
    const plan = planMaterials({ contract, statements, sent: work.parts, stored });

    await keepInline(deps, project, plan);
    const inspected = await inspectLight(deps, { id, n }, plan.toInspect);
    if (inspected.heavy.length > 0) return { ready: false, heavy: inspected.heavy };

    const known = {
      contract,
      pipeline: { project, name: work.pipeline.name },
      verification,
      statements,
      plan,
      inspections: inspected.inspections,
    };
    const task = planRules({ ...known, receivedAt: work.receivedAt });
    const rules = task ? await deps.threads.rules(task) : [];
    const decision = decide({ ...known, rules, at: new Date(work.pinnedAt) });
    const subjects = statements.flatMap(({ statement }) =>
      statement.subject.map(({ name = '', digest }) => ({ name, digest })),
    );
    const judged = { ...decision, subjects, verification: verification.statements };
    return { ready: true, decision: await keepIfLarge(deps.store, judged) };
  };

/** Looks every signed digest up among the project's blobs beforehand: the plan itself reads nothing. */
async function lookUp(
  { db }: Pick<Deps, 'db'>,
  project: string,
  statements: readonly SignedStatement[],
): Promise<StoredLookup> {
  const digests = findDescriptors(statements).flatMap(({ digest }) => (digest ? [digest] : []));
  const found = new Map(
    [...(await db.blobs.findEach(project, digests))].map(([digest, blob]) => [digestText(digest), blob]),
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
    await db.blobs.record({ project, ...kept, at: clock().toISOString() });
  }
}
