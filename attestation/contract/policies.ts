import type { SignedStatement } from '../materials/descriptors.ts';
import type { PlannedSlot } from '../materials/material.ts';
import type { Check } from '../verdict.ts';
import type { Asked } from './asked.ts';
import { claimed, failed, skipped, warned } from './check.ts';
import type { Contract, PolicyAttachment } from './contract.ts';
import { type Claims, type Evaluation, findClaims, isOf, parseReference } from './evaluations.ts';

/**
 * Policies and groups need their own engine; here they are held against the results that the predicate claims
 * (PROTOCOLS B): none → failed; violated or skipped → failed when gated, else warned; else `claimed`.
 */
export function checkPolicies(
  contract: Contract,
  statements: readonly SignedStatement[],
  slots: readonly PlannedSlot[],
): Asked[] {
  const claims = findClaims(statements);
  return [
    ...contract.policies.materials.map((policy) => ({
      check: checkPolicy(policy, claims, ({ material }) => isSelected(policy, material), slots),
      from: policy.enforceFrom,
    })),
    ...contract.policies.attestation.map((policy) => ({
      check: checkPolicy(policy, claims, ({ material }) => material === undefined, slots),
      from: policy.enforceFrom,
    })),
    ...contract.policyGroups.map((group) => {
      const wanted = parseReference(group.ref);
      const results = claims?.evaluations.filter(
        (result) => isOf(wanted, result.group) && !group.skip.includes(result.name),
      );
      const what = { what: `policy group ${group.ref}`, ref: group.ref, gate: group.gate, line: group.line };
      return { check: judge(what, results ?? [], claims), from: group.enforceFrom };
    }),
  ];
}

const isSelected = ({ selector }: PolicyAttachment, material: string | undefined): boolean => {
  if (material === undefined) return false;
  if (!selector?.name) return true;
  return selector.matchMode === 'PREFIX' ? material.startsWith(selector.name) : material === selector.name;
};

function checkPolicy(
  policy: PolicyAttachment,
  claims: Claims | undefined,
  isWanted: (result: Evaluation) => boolean,
  slots: readonly PlannedSlot[],
): Check {
  const about = { subject: policy.ref, contractLine: policy.line };
  if (policy.disabled) return skipped('policy.disabled', `The contract disables policy ${policy.ref}.`, about);
  const selected = slots.find(
    ({ slot }) => policy.selector?.matchMode === 'EXACT' && slot.name === policy.selector.name,
  );
  if (selected && selected.material === undefined && selected.checks.every(({ outcome }) => outcome === 'skipped')) {
    return skipped(
      'policy.not-applicable',
      `Policy ${policy.ref} is about material "${selected.slot.name}", which did not come.`,
      about,
    );
  }
  const wanted = policy.embedded ? { name: policy.ref } : parseReference(policy.ref);
  const results = claims?.evaluations.filter((result) => isWanted(result) && isOf(wanted, result.policy, result.name));
  return judge(
    { what: `policy ${policy.ref}`, ref: policy.ref, gate: policy.gate, line: policy.line },
    results ?? [],
    claims,
  );
}

type Wanted = { what: string; ref: string; gate: boolean | undefined; line: number };

function judge({ what, ref, gate, line }: Wanted, results: readonly Evaluation[], claims: Claims | undefined): Check {
  const about = { subject: ref, expected: 'a claimed result without violations', contractLine: line };
  if (!claims || (results.length === 0 && !(claims.counts && claims.counts.total > 0))) {
    const where = claims
      ? 'the predicate claims no result of it'
      : 'no Chainloop predicate was sent that could claim a result';
    return failed('policy.unclaimed', `The contract requires ${what}, and ${where}.`, {
      ...about,
      found: 'no result',
      remedy:
        'Make the attestation with the Chainloop CLI against this contract, so that the policy is evaluated there.',
    });
  }
  const fromCounts = results.length === 0 ? claims.counts : undefined;
  const violated = fromCounts ? fromCounts.hasViolations : results.some(({ violations }) => violations > 0);
  const wasSkipped = fromCounts ? fromCounts.hasSkipped : results.some((result) => result.skipped);
  const isGated =
    gate ??
    (results.some((result) => result.gate === true) ||
      (claims.isEnforced && results.every((result) => result.gate !== false)));
  const basis = fromCounts ? ' (counts only: the results themselves are elsewhere)' : '';
  if (violated || wasSkipped) {
    const count = results.reduce((sum, { violations }) => sum + violations, 0);
    const found = violated ? (fromCounts ? 'violations' : `${count} violation${count === 1 ? '' : 's'}`) : 'skipped';
    const code = violated ? 'policy.violated' : 'policy.skipped';
    const message = `The predicate claims that ${what} was ${violated ? `violated: ${found}` : 'skipped'}${basis}; it is ${isGated ? '' : 'not '}gated.`;
    return (isGated ? failed : warned)(code, message, {
      ...about,
      found,
      remedy: 'Mend what the policy complains of, and attest anew.',
    });
  }
  return claimed(
    'policy.claimed',
    `The predicate claims that ${what} was evaluated without violations${basis}; nobody here could verify it.`,
    { ...about, found: 'no violations' },
  );
}
