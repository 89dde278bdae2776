import type { Check } from '../verdict.ts';
import type { Asked } from './asked.ts';
import { skipped, warned } from './check.ts';
import type { Contract, Exception } from './contract.ts';

/**
 * Checks that an exception may excuse: what a contract asks for. Never who signed, and nothing of a signature: nothing
 * unverified is ever accepted.
 */
export const EXCUSABLE = [
  'material.missing',
  'material.ambiguous',
  'material.type-differs',
  'material.bytes-missing',
  'material.digest-unsupported',
  'material.not-output',
  'material.invalid',
  'material.not-inspected',
  'material.not-validated',
  'group.missing',
  'annotation.missing',
  'annotation.differs',
  'env.missing',
  'runner.unknown',
  'runner.mismatch',
  'runner.proof-too-weak',
  'signer.threshold',
  'time.unproven',
  'age.unproven',
  'age.exceeded',
  'policy.unclaimed',
  'policy.violated',
  'policy.skipped',
  'rule.failed',
  'rule.error',
  'rule.not-boolean',
  'rule.too-long',
  'rule.timeout',
] as const;
const excusable: readonly string[] = EXCUSABLE;

/** Turns the failures that an exception covers on this day into warnings that say why; an expired one only says that it is. */
export function excuse(contract: Contract, asked: readonly Asked[], today: string): Check[] {
  const inForce = contract.exceptions.filter(({ until }) => today <= until);
  const expired = contract.exceptions.filter(({ until }) => today > until);
  const checks = asked.map((one) => {
    const exception = one.check.outcome === 'failed' ? inForce.find((candidate) => covers(candidate, one)) : undefined;
    return exception ? excused(one.check, exception) : one.check;
  });
  return [...checks, ...expired.map(sayExpired)];
}

/** Whether an exception for a code is in force on this day, whatever it is about. */
export const isExcused = (contract: Contract, check: (typeof EXCUSABLE)[number], today: string): boolean =>
  contract.exceptions.some((exception) => exception.check === check && today <= exception.until);

const covers = (exception: Exception, { check, material, rule }: Asked): boolean =>
  excusable.includes(check.code) &&
  (exception.check === undefined || exception.check === check.code) &&
  (exception.rule === undefined || exception.rule === rule) &&
  (exception.material === undefined || exception.material === material) &&
  (exception.about === undefined || exception.about === check.subject);

function excused({ code, outcome: _, message, ...more }: Check, { until, reason, approvedBy, line }: Exception): Check {
  const text = `${message} Accepted until ${until} by the exception on line ${line} (${approvedBy}): ${reason}`;
  return warned(code, text, more);
}

function sayExpired(exception: Exception): Check {
  const what = [exception.rule && `rule ${exception.rule}`, exception.material && `material "${exception.material}"`]
    .concat(exception.check)
    .filter(Boolean)
    .join(', ');
  return skipped('exception.expired', `The exception for ${what} ended on ${exception.until}, and does nothing.`, {
    subject: what,
    expected: `at most ${exception.until}`,
    remedy: 'Take it out of the contract, or agree on a new date.',
    contractLine: exception.line,
  });
}
