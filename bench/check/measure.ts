import { startRuleThreads } from '../../activities/threads/rules.ts';
import { decide } from '../../attestation/contract/decide.ts';
import { parseContract } from '../../attestation/contract/parse.ts';
import { evaluateRules, type RuleResult } from '../../attestation/contract/rules/evaluate.ts';
import type { RuleTask } from '../../attestation/contract/rules/instances.ts';
import { planRules } from '../../attestation/contract/rules/task.ts';
import { inspectMaterial } from '../../attestation/materials/inspect.ts';
import { planMaterials } from '../../attestation/materials/plan.ts';
import { type Spread, spreadOf } from '../stats.ts';
import { type Ended, timeHostile } from './hostile.ts';
import { createSubject, type Subject } from './subject.ts';
import { measureValidation, type Validated } from './validation.ts';

/** One decision after the other, in ms by the clock. */
export type CheckReport = {
  /** `whole`: as the step `check` does it, the rules in their thread; the others are parts of it, or beside it. */
  whole: Spread;
  plan: Spread;
  inspect: Spread;
  rulesInThread: Spread;
  rulesHere: Spread;
  decide: Spread;
  parse: Spread;
  hostile: Ended[];
  validation: Validated[];
};

const AT = new Date('2026-03-01T12:00:00Z');
const pipeline = { project: 'bench', name: 'bench' };

/** Ten materials and five rules, again and again for `ms` each; then the rules that must fail. */
export async function measureCheck(ms: number, say: (line: string) => void): Promise<CheckReport> {
  const subject = createSubject();
  const threads = await startRuleThreads();
  try {
    say('check: a contract with ten materials and five rules');
    const plan = planOf(subject);
    const inspections = inspect(subject, plan);
    const task = taskOf(subject, plan, inspections);
    const results = evaluateRules(task);
    const whole = await times(ms, async () => {
      const planned = planOf(subject);
      const inspected = inspect(subject, planned);
      const rules = await threads.evaluate(taskOf(subject, planned, inspected));
      expectAccepted(decideOn(subject, planned, inspected, rules));
    });
    return {
      whole,
      plan: await times(ms, () => planOf(subject)),
      inspect: await times(ms, () => inspect(subject, plan)),
      rulesInThread: await times(ms, () => threads.evaluate(task)),
      rulesHere: await times(ms, () => evaluateRules(task)),
      decide: await times(ms, () => decideOn(subject, plan, inspections, results)),
      parse: await times(ms, () => parseContract(subject.text, 'bench')),
      hostile: await sayHostile(say, threads.evaluate),
      validation: await measureValidation(say),
    };
  } finally {
    await threads.close();
  }
}

async function sayHostile(say: (line: string) => void, evaluate: (task: RuleTask) => Promise<RuleResult[]>) {
  say('check: rules that loop, grow, or give something else than true');
  return timeHostile(evaluate);
}

type Plan = ReturnType<typeof planMaterials>;
type Inspections = ReadonlyMap<string, ReturnType<typeof inspectMaterial>>;

const planOf = ({ contract, statements, sent }: Subject): Plan =>
  planMaterials({ contract, statements, sent, stored: () => undefined });

const inspect = ({ bytes }: Subject, plan: Plan): Inspections =>
  new Map(
    plan.toInspect.map(({ key, sha256, type }) => [key, inspectMaterial(bytes.get(sha256) ?? Buffer.alloc(0), type)]),
  );

const known = ({ contract, statements, verified }: Subject, plan: Plan, inspections: Inspections) => ({
  contract,
  pipeline,
  verification: { statements: verified, checks: [] },
  statements,
  plan,
  inspections,
});

function taskOf(subject: Subject, plan: Plan, inspections: Inspections): RuleTask {
  const task = planRules({ ...known(subject, plan, inspections), receivedAt: AT.toISOString() });
  if (!task) throw new Error('expected rules, found none');
  return task;
}

const decideOn = (subject: Subject, plan: Plan, inspections: Inspections, rules: RuleResult[]) =>
  decide({ ...known(subject, plan, inspections), rules, at: AT });

function expectAccepted({ verdict, checks }: ReturnType<typeof decide>): void {
  const failed = checks.find(({ outcome }) => outcome === 'failed');
  if (verdict !== 'accepted') throw new Error(`expected an acceptance, found ${failed?.message}`);
}

async function times(ms: number, work: () => unknown): Promise<Spread> {
  const found: number[] = [];
  const until = performance.now() + ms;
  for (let warm = 0; warm < 20; warm += 1) await work();
  while (found.length === 0 || performance.now() < until) {
    const since = performance.now();
    await work();
    found.push(performance.now() - since);
  }
  return spreadOf(found);
}
