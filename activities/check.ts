import type { Verification } from '../attestation/verdict.ts';
import { sharedSubjects } from '../attestation/verify/subjects.ts';
import type { Checked, JudgementRef, Verified } from '../workflows/steps.ts';
import { contractOf } from './contract.ts';
import type { Deps } from './deps.ts';
import { impossible } from './failure.ts';
import { holdAgainst } from './hold-against.ts';
import { keepIfLarge, readKept } from './large-result.ts';

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
    const held = await holdAgainst(deps, work, contractOf(work.contract), verification);
    if ('heavy' in held) return { ready: false, heavy: held.heavy };
    const said = held.statements.map(({ statement }) => statement);
    // What is accepted is vouched for and delivered: never what only one of several statements is about.
    const about =
      held.decision.verdict === 'accepted' ? sharedSubjects(said, work.parts) : said.flatMap(({ subject }) => subject);
    const subjects = about.map(({ name = '', digest }) => ({ name, digest }));
    const judged = { ...held.decision, subjects, verification: verification.statements };
    return { ready: true, decision: await keepIfLarge(deps.store, judged) };
  };
