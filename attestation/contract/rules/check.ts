import type { Check } from '../../verdict.ts';
import type { Asked } from '../asked.ts';
import { failed, passed, short, warned } from '../check.ts';
import type { Contract, Rule } from '../contract.ts';
import { RULE_MS, type RuleResult } from './evaluate.ts';
import { MAX_TURNS } from './program.ts';

/** Every rule with what it came to, in the contract's order. A rule without a result was not evaluated, and fails. */
export function checkRules(contract: Contract, results: readonly RuleResult[]): Asked[] {
  const byName = new Map(results.map((result) => [result.rule, result]));
  return contract.rules.map((rule) => ({
    check: checkRule(rule, byName.get(rule.name)),
    from: rule.enforceFrom,
    rule: rule.name,
  }));
}

const CHEAPER = 'Let the rule ask for less: look at the facts of a material, or loop over less.';

function checkRule({ name, expr, mode, remedy, line }: Rule, result: RuleResult | undefined): Check {
  const about = { subject: name, expected: expr.length > 300 ? `${expr.slice(0, 299)}…` : expr, contractLine: line };
  const where = result?.of === undefined ? '' : ` for statement ${short(result.of)}`;
  if (result?.outcome === 'true') return passed('rule.passed', `Rule "${name}" holds.`, { ...about, found: 'true' });
  const fail = (code: string, message: string, found: string, otherwise: string): Check =>
    mode === 'warn'
      ? warned(code, `${message} The contract only warns of it.`, { ...about, found, remedy: remedy ?? otherwise })
      : failed(code, message, { ...about, found, remedy: remedy ?? otherwise });
  switch (result?.outcome) {
    case 'false':
      return fail('rule.failed', `Rule "${name}" does not hold${where}.`, 'false', 'Make it hold, and attest anew.');
    case 'not-boolean': {
      const message = `Rule "${name}" gives a value of type ${result.found}${where}; nothing but true passes.`;
      return fail('rule.not-boolean', message, result.found, 'Let the rule compare the value with what it should be.');
    }
    case 'too-long': {
      const message = `Rule "${name}" takes more than ${MAX_TURNS} turns in its loops${where}, and was broken off.`;
      return fail('rule.too-long', message, `more than ${MAX_TURNS} turns`, CHEAPER);
    }
    case 'timeout':
      return fail(
        'rule.timeout',
        `Rule "${name}" took longer than ${RULE_MS} ms, and was broken off.`,
        `over ${RULE_MS} ms`,
        CHEAPER,
      );
    default: {
      const message = result?.outcome === 'error' ? result.message : 'it has no result';
      const fix = 'Attest what the rule looks for, or let it ask with has() whether it is there.';
      return fail('rule.error', `Rule "${name}" could not be evaluated${where}: ${message}.`, message, fix);
    }
  }
}
