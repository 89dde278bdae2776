import type { RuleResult } from '../../attestation/contract/rules/evaluate.ts';
import type { RuleTask } from '../../attestation/contract/rules/instances.ts';
import { createLimitedPool, ThreadLimitError, threadModule } from './limited.ts';

/** Every rule within its 250 ms, twice, and the reading of the statements before them. */
const ALL_MS = 40_000;
const WARM_MS = 30_000;
const MEMORY_MB = 512;

export type RuleThreads = {
  /** One result per rule, in order. Never throws for what a rule does: one that needs too much has that as its result. */
  evaluate(task: RuleTask): Promise<RuleResult[]>;
  close(): Promise<void>;
};

/** Threads that evaluate rules, the first one warm when this resolves. Nobody else's work waits behind them. */
export async function startRuleThreads({ size = 2, allMs = ALL_MS } = {}): Promise<RuleThreads> {
  const pool = createLimitedPool(threadModule('rules-thread'), { size, memoryMb: MEMORY_MB });
  await pool.run('warmRules', undefined, WARM_MS);
  const evaluate = (task: RuleTask) => pool.run<RuleResult[]>('evaluate', task, allMs);
  return {
    evaluate: async (task) => {
      try {
        return await evaluate(task);
      } catch (error) {
        if (!(error instanceof ThreadLimitError)) throw error;
        return oneByOne(task, evaluate);
      }
    },
    close: () => pool.close(),
  };
}

/** A thread that had to be given up does not say which rule was too much for it. */
async function oneByOne(task: RuleTask, evaluate: (task: RuleTask) => Promise<RuleResult[]>): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  for (const rule of task.rules) {
    try {
      results.push(...(await evaluate({ ...task, rules: [rule] })));
    } catch (error) {
      if (!(error instanceof ThreadLimitError)) throw error;
      const what = error.limit === 'memory' ? `more than ${MEMORY_MB} MiB of memory` : 'too much time';
      results.push({ rule: rule.name, outcome: 'error', message: `it needs ${what}` });
    }
  }
  return results;
}
