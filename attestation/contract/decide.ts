import { textEntries } from '../json.ts';
import type { SignedStatement } from '../materials/descriptors.ts';
import type { Inspection } from '../materials/inspect.ts';
import type { Plan } from '../materials/plan.ts';
import { type Check, type Verdict, type Verification, verdictOf } from '../verdict.ts';
import { type Asked, ask, settle } from './asked.ts';
import { failed, short, warned } from './check.ts';
import { chainloopPredicates, checkAnnotations, checkEnvironment } from './claims.ts';
import type { Contract, RunnerProof, RunnerType } from './contract.ts';
import { type DecidedMaterial, decideMaterials } from './decide-material.ts';
import { checkPolicies } from './policies.ts';
import { checkRules } from './rules/check.ts';
import type { RuleResult } from './rules/evaluate.ts';
import { checkRunner, findRunners, type TokenIdentity } from './runner.ts';
import { checkSigners } from './signers.ts';
import { checkTime } from './time.ts';

export type Decision = {
  verdict: Verdict;
  checks: Check[];
  materials: DecidedMaterial[];
  owner: Contract['owner'];
  /** Best evidence of where the attestation was made, whether or not the contract asks. */
  runner: { type: RunnerType; proof: RunnerProof } | null;
  /** The contract's annotations with the values that the sender claims. */
  annotations: Record<string, string>;
};

/** What is known of a judgement when its contract is held against it. */
export type Known = {
  contract: Contract;
  pipeline: { project: string; name: string };
  verification: Verification;
  statements: readonly SignedStatement[];
  plan: Plan;
  inspections: ReadonlyMap<string, Inspection>;
};

/**
 * Second phase of the decision: everything that the contract says, held against verified statements, the plan and the
 * inspections it asked for. Pure: the same input decides the same, in the same order. What was not looked at fails.
 */
export function decide(
  input: Known & {
    at: Date;
    tokenIdentity?: TokenIdentity;
    keysRegistered?: readonly string[];
    /** What the contract's rules came to; one without a result fails. */
    rules?: readonly RuleResult[];
  },
): Decision {
  const { contract, verification, statements, plan, at } = input;
  const { slots, extras } = decideMaterials(plan, input.inspections);
  const { enforceFrom } = contract.verification;
  const asked = [
    ...ask(verification.checks),
    ...ask(checkEveryStatement(verification, statements)),
    ...askSigners(contract, verification, input.keysRegistered),
    ...ask(checkTime(contract, verification, at), { from: enforceFrom }),
    ...ask(checkRunner(contract, verification, statements, input.tokenIdentity), {
      from: contract.runner?.enforceFrom,
    }),
    ...ask(checkPipeline(input.pipeline, statements)),
    ...slots.flatMap((slot) => slot.asked),
    ...plan.checks.map((check) => ({ check, from: groupFrom(contract, check) })),
    ...extras.flatMap((extra) => extra.asked),
    ...checkEnvironment(contract, statements),
    ...checkAnnotations(contract, statements),
    ...checkPolicies(contract, statements, plan.slots),
    ...checkRules(contract, input.rules ?? []),
  ];
  const checks = settle(contract, asked, at);
  const evidence = findRunners(verification, statements, input.tokenIdentity);
  const best =
    evidence.find(({ proof }) => proof === 'certificate') ??
    evidence.find(({ proof }) => proof === 'token') ??
    evidence[0];
  return {
    verdict: verdictOf(checks),
    checks,
    materials: [...slots, ...extras].flatMap(({ material }) => (material ? [material] : [])),
    owner: contract.owner,
    runner: best ? { type: best.type, proof: best.proof } : null,
    annotations: annotationsOf(contract, statements),
  };
}

/**
 * A stranger's certificate is refused in any case. Which of the registered keys count, and how many, can be announced.
 */
function askSigners(contract: Contract, verification: Verification, keysRegistered?: readonly string[]): Asked[] {
  const certified = new Set(
    verification.statements.flatMap(({ sha256, signers }) =>
      signers.some(({ kind }) => kind === 'certificate') ? [sha256] : [],
    ),
  );
  return checkSigners(contract, verification, keysRegistered).map((check) => {
    const isTrust = check.code === 'signer.undeclared' && check.subject !== undefined && certified.has(check.subject);
    return { check, from: isTrust ? undefined : contract.verification.enforceFrom };
  });
}

/** A group is enforced as soon as one of its members is. */
function groupFrom(contract: Contract, { code, subject }: Check): string | undefined {
  if (code !== 'group.missing') return undefined;
  const days = contract.materials.flatMap(({ group, enforceFrom }) => (group === subject ? [enforceFrom] : []));
  return days.includes(undefined) ? undefined : days.sort()[0];
}

/** Fails closed when verification and statements are not about the same set, or nothing was verified at all. */
function checkEveryStatement(verification: Verification, statements: readonly SignedStatement[]): Check[] {
  const good = new Set(
    verification.statements.filter(({ result }) => result !== 'invalid').map(({ sha256 }) => sha256),
  );
  const checks: Check[] = [];
  for (const { sha256, result } of verification.statements) {
    const isExplained = verification.checks.some(
      (check) => check.outcome === 'failed' && (check.subject === undefined || check.subject === sha256),
    );
    if (result === 'invalid' && !isExplained) checks.push(unverified(sha256));
  }
  for (const { sha256 } of statements) {
    if (!good.has(sha256) && !verification.statements.some((statement) => statement.sha256 === sha256))
      checks.push(unverified(sha256));
  }
  if (verification.statements.length === 0 && verdictOf(verification.checks) === 'accepted')
    checks.push(unverified('none'));
  return checks;
}

const unverified = (sha256: string): Check =>
  failed('statement.unverified', `Statement ${short(sha256)} was not verified, and nothing unverified counts.`, {
    subject: sha256,
    expected: 'a verified statement',
    found: 'no verification',
    remedy: 'Sign the statement with a registered key or a declared certificate.',
  });

/** A predicate that names another pipeline may still be meant for this one; it is said, and decided by people. */
function checkPipeline(pipeline: { project: string; name: string }, statements: readonly SignedStatement[]): Check[] {
  return chainloopPredicates(statements).flatMap(({ metadata }) => {
    const names = new Map(textEntries(metadata));
    const [project, name] = [names.get('project'), names.get('name')];
    if (!project || !name || (project === pipeline.project && name === pipeline.name)) return [];
    const expected = `${pipeline.project}/${pipeline.name}`;
    return [
      warned(
        'pipeline.differs',
        `The predicate says that it was made for ${project}/${name}, and it was sent for ${expected}.`,
        { expected, found: `${project}/${name}`, remedy: 'Send it for the pipeline that it was made for.' },
      ),
    ];
  });
}

function annotationsOf(contract: Contract, statements: readonly SignedStatement[]): Record<string, string> {
  const claims = new Map(chainloopPredicates(statements).flatMap(({ annotations }) => textEntries(annotations)));
  return Object.fromEntries(
    contract.annotations
      .flatMap(({ name, value }) => [[name, value ?? claims.get(name) ?? '']])
      .filter(([, value]) => value !== ''),
  );
}
