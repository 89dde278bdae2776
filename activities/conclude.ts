import { planDeliveries } from '../attestation/delivery/plan.ts';
import { summarizeVerdict } from '../attestation/vsa.ts';
import type { Concluded as Recorded } from '../db/attestations.ts';
import type { Conclusion, JudgementWork } from '../db/judgements.ts';
import type { Concluded, Judged, JudgementRef, Kept } from '../workflows/steps.ts';
import type { Deps } from './deps.ts';
import { impossible } from './failure.ts';
import { hostable } from './hosted.ts';
import { readKept } from './large-result.ts';

/**
 * The last step before CI has its answer: verdict, materials and planned deliveries, in one transaction. When somebody
 * concluded before, what is recorded is returned and the decision is forgotten.
 */
export const createConclude =
  (deps: Deps) =>
  async ({ id, n }: JudgementRef, decision: Judged | Kept | null): Promise<Concluded> => {
    const at = deps.clock().toISOString();
    const work = await deps.db.attestations.pin(id, n, at);
    if (!work) throw impossible('JUDGEMENT_MISSING', `no judgement ${n} of ${id} on record`);
    // Decided already: what the decision was kept as may be gone by now.
    const concluded =
      decision && work.verdict === null
        ? await deps.db.attestations.conclude(
            id,
            n,
            await conclusionOf(deps, work, await readKept(deps.store, decision), at),
            at,
          )
        : await recorded(deps, id, n);
    return {
      verdict: concluded.verdict,
      duplicateOf: concluded.duplicateOf,
      contract: concluded.contract,
      pipeline: `${work.pipeline.project}/${work.pipeline.name}`,
      deliveries: await hostable(deps, concluded.deliveries),
    };
  };

async function recorded({ db }: Pick<Deps, 'db'>, id: string, n: number): Promise<Recorded> {
  const judgement = (await db.attestations.judgements(id)).find((candidate) => candidate.n === n);
  if (!judgement?.verdict) throw impossible('VERDICT_MISSING', `judgement ${n} of ${id} has no verdict on record`);
  return {
    verdict: judgement.verdict,
    duplicateOf: judgement.duplicateOf,
    contract: judgement.contract ? `${judgement.contract.name}@${judgement.contract.revision}` : '',
    deliveries: await db.hosts.hosted(judgement.workflowId),
  };
}

async function conclusionOf(
  deps: Pick<Deps, 'db' | 'integrations' | 'signVerdict' | 'publicUrl'>,
  { attestationId: id, n, pipeline: of, contract, statements }: JudgementWork,
  { verdict, checks, annotations, subjects, verification, ...decision }: Judged,
  at: string,
): Promise<Conclusion> {
  const materials = decision.materials.map((material) => ({
    ...material,
    size: material.size ?? 0,
  }));
  const { project, name: pipeline } = of;
  const attachments = verdict === 'accepted' ? await deps.db.attachments.all() : [];
  const deliveries = planDeliveries({
    attestationId: id,
    project,
    pipeline,
    materials: materials.map(({ sha256, type, name, bytes }) => ({ sha256, type, name, hasBytes: bytes !== 'absent' })),
    attachments: attachments.flatMap(({ uid, name, spec, integration }) => {
      const takes = deps.integrations[integration]?.takes;
      return takes ? [{ uid, name, spec, takes }] : [];
    }),
  });
  const attestation = { id, n, project, pipeline };
  const verifier = deps.publicUrl;
  const vsa = deps.signVerdict(
    summarizeVerdict({ verifier, attestation, contract, verdict, checks, verification, subjects, statements, at }),
  );
  return { verdict, checks, verification, annotations, subjects, materials, deliveries, vsa };
}
