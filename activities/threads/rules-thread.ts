import { createContext, Script } from 'node:vm';
import { evaluateRules, type Limit, RULE_MS, type RuleResult } from '../../attestation/contract/rules/evaluate.ts';
import type { RuleTask } from '../../attestation/contract/rules/instances.ts';

/** Runs in a worker thread of its own: what a rule can make slow or large holds up nobody else. */

// A rule's errors are values, made by the thousand; nobody reads where they were made.
Error.stackTraceLimit = 0;

const sandbox: { work: () => void } = { work: () => {} };
const context = createContext(sandbox);
const script = new Script('work()');

/**
 * Breaks the work off by itself, so that the thread lives on. What counts is the time that the thread really had: a rule
 * that was cut off while others held the machine is tried again, for as long as its 250 ms take there, at most a second.
 */
const limited: Limit = (work) => {
  const first = attempt(work, RULE_MS);
  if (first.done) return first;
  if (first.hadMs > RULE_MS * 0.8) return { done: false };
  const second = attempt(work, Math.min(4, RULE_MS / Math.max(1, first.hadMs)) * RULE_MS);
  return second.done ? second : { done: false };
};

function attempt<T>(work: () => T, ms: number): { done: true; value: T } | { done: false; hadMs: number } {
  const values: T[] = [];
  sandbox.work = () => {
    values.push(work());
  };
  const before = cpuMs();
  try {
    script.runInContext(context, { timeout: Math.ceil(ms) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return { done: false, hadMs: cpuMs() - before };
  }
  return { done: true, value: values[0] as T };
}

/** Of this thread. Older versions of Node cannot tell; then every rule that was cut off is tried twice. */
function cpuMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return 0;
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** It is no `Error` of this realm. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** All rules together where they are quick, as they should be: a limit costs more than they do. */
export function evaluate(task: RuleTask): RuleResult[] {
  const together = attempt(() => evaluateRules(task), RULE_MS);
  return together.done ? together.value : evaluateRules(task, limited);
}

/** The evaluator's modules, the first time through. */
export function warmRules(): void {
  evaluate({
    rules: [{ name: 'warm', expr: 'pipeline.name.matches("^w") && materials.all(m, m.size > 0)' }],
    statements: [],
    materials: [],
    pipeline: { project: 'warm', name: 'warm' },
    receivedAt: '2026-01-01T00:00:00.000Z',
  });
}
