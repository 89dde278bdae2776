import { signaturesNeeded } from '../attestation/contract/asked.ts';
import type { Check } from '../attestation/verdict.ts';
import type { JudgementRef, Verified } from '../workflows/steps.ts';
import { contractOf } from './contract.ts';
import type { Deps } from './deps.ts';
import { impossible } from './failure.ts';
import { keepIfLarge } from './large-result.ts';
import { readStatements } from './statements.ts';
import { ThreadLimitError } from './threads/pool.ts';
import { ROOT_UNUSABLE } from './threads/trust.ts';
import { loadTrust } from './trust.ts';

/**
 * The first step of a judgement: pins the contract's revision and the time, then verifies every statement against the
 * keys and roots registered now, and the roots that are built in. Running twice gives the same contract and time.
 */
export const createVerify =
  (deps: Pick<Deps, 'db' | 'store' | 'threads' | 'builtIn' | 'clock' | 'log'>) =>
  async ({ id, n }: JudgementRef): Promise<Verified> => {
    const work = await deps.db.attestations.pin(id, n, deps.clock().toISOString());
    if (!work) throw impossible('JUDGEMENT_MISSING', `no judgement ${n} of ${id} on record`);
    if (work.verdict) return { decided: true };
    const [trust, statements] = await Promise.all([loadTrust(deps), readStatements(deps.store, work)]);
    const { project, name: pipeline } = work.pipeline;
    const threshold = signaturesNeeded(contractOf(work.contract), new Date(work.pinnedAt));
    try {
      const verification = await deps.threads.verify({
        statements,
        trust,
        rules: { at: work.receivedAt, project, pipeline, threshold },
        sent: work.parts.map(({ sha256, sha512 }) => ({ sha256, sha512 })),
      });
      reportUnusable(deps.log, verification.checks);
      return { decided: false, ...(await keepIfLarge(deps.store, verification)) };
    } catch (error) {
      if (!(error instanceof ThreadLimitError)) throw error;
      const message =
        'The signatures could not be verified in time; send the attestation again, and smaller if it is large.';
      return { decided: false, statements: [], checks: [{ code: 'verification.timeout', outcome: 'failed', message }] };
    }
  };

/** A sender reads of it in the checks; whoever can mend it reads the log. */
function reportUnusable(log: Deps['log'], checks: readonly Check[]): void {
  for (const { code, subject, message } of checks)
    if (code === ROOT_UNUSABLE) log.error({ code, root: subject }, message);
}
