import type { TrustedKey } from '../attestation/verify/keys.ts';
import type { JudgementRef, Verified } from '../workflows/steps.ts';
import { contractOf } from './contract.ts';
import type { Deps } from './deps.ts';
import { impossible } from './failure.ts';
import { readStatements } from './statements.ts';
import { ThreadLimitError } from './threads/pool.ts';

/**
 * The first step of a judgement: pins the contract's revision and the time, then verifies every statement against the
 * keys registered now and the built-in roots. Running twice gives the same: the pin stays.
 */
export const createVerify =
  (deps: Deps) =>
  async ({ id, n }: JudgementRef): Promise<Verified> => {
    const work = await deps.db.attestations.pin(id, n, deps.clock().toISOString());
    if (!work) throw impossible('JUDGEMENT_MISSING', `no judgement ${n} of ${id} on record`);
    if (work.verdict) return { decided: true };
    const [keys, statements] = await Promise.all([deps.db.trust.allKeys(), readStatements(deps.store, work)]);
    const { project, name: pipeline } = work.pipeline;
    const { threshold } = contractOf(work.contract).verification;
    try {
      const verification = await deps.threads.verify({
        statements,
        keys: keys.map((key) => key.parsed as TrustedKey),
        rules: { at: work.receivedAt, project, pipeline, threshold },
        sent: work.parts.map(({ sha256, sha512 }) => ({ sha256, sha512 })),
      });
      return { decided: false, ...verification };
    } catch (error) {
      if (!(error instanceof ThreadLimitError)) throw error;
      const message =
        'The signatures could not be verified in time; send the attestation again, and smaller if it is large.';
      return { decided: false, statements: [], checks: [{ code: 'verification.timeout', outcome: 'failed', message }] };
    }
  };
