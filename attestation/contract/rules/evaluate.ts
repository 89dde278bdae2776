import { type CelResult, celType, isCelError } from '@bufbuild/cel';
import { createInstances, type Instance, type RuleTask } from './instances.ts';
import { compileRule, MAX_TURNS, type Program } from './program.ts';

/** How an evaluation ended. `of`: the statement (sha256) at which it did; absent for a rule about all of them. */
type Ended = { of?: string } & (
  | { outcome: 'true' | 'false' | 'timeout' | 'too-long' }
  /** `found`: type of the value. */
  | { outcome: 'not-boolean'; found: string }
  | { outcome: 'error'; message: string }
);
export type RuleResult = Ended & { rule: string };

/** Longest evaluation of one rule, in milliseconds of the time that its thread really had. */
export const RULE_MS = 250;

/** Runs work for a limited time; `done: false` when it was broken off. */
export type Limit = <T>(work: () => T) => { done: true; value: T } | { done: false };
const unlimited: Limit = (work) => ({ done: true, value: work() });

/**
 * Evaluates every rule, in order. Nothing but `true` passes: CEL's errors are objects, and count as true where one only
 * asks whether there is a value. Never throws for what a rule or an input is.
 */
export function evaluateRules(task: RuleTask, limit: Limit = unlimited): RuleResult[] {
  const instancesOf = createInstances(task);
  return task.rules.map(({ name, expr }) => {
    try {
      const program = programOf(expr);
      const instances = instancesOf(program.uses);
      const ended = limit(() => evaluateEach(program, instances));
      return { rule: name, ...(ended.done ? ended.value : { outcome: 'timeout' }) };
    } catch (error) {
      return { rule: name, outcome: 'error', message: messageOf(error) };
    }
  });
}

const programs = new Map<string, Program>();
const KEPT = 500;

function programOf(expr: string): Program {
  const known = programs.get(expr);
  if (known) return known;
  const compiled = compileRule(expr);
  if (!compiled.ok) throw new Error(compiled.fault.message);
  if (programs.size >= KEPT) programs.clear();
  programs.set(expr, compiled.program);
  return compiled.program;
}

/** A rule about one statement must hold for each; the first that it does not hold for is its result. */
function evaluateEach(program: Program, instances: readonly Instance[]): Ended {
  let left = MAX_TURNS;
  for (const { of, bindings } of instances) {
    const { value, turns } = program.run(bindings, left);
    left -= turns;
    const ended = left < 0 ? ({ outcome: 'too-long' } as const) : endOf(value);
    if (ended.outcome !== 'true') return of === undefined ? ended : { ...ended, of };
  }
  return { outcome: 'true' };
}

function endOf(value: CelResult): Ended {
  if (value === true) return { outcome: 'true' };
  if (value === false) return { outcome: 'false' };
  if (isCelError(value)) return { outcome: 'error', message: messageOf(value) };
  return { outcome: 'not-boolean', found: value === null ? 'null' : celType(value).name };
}

const MAX_MESSAGE = 200;
/** Short, and the same wherever it happened. */
function messageOf(error: unknown): string {
  if (error instanceof RangeError || (error instanceof Error && /call stack/.test(error.message)))
    return 'a list that it makes is too long; loop over what is there with all, exists or filter';
  const text = error instanceof Error ? error.message : 'unknown';
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 1)}…` : text;
}
