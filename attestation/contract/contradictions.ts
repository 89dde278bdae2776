import type { Contract } from './contract.ts';
import type { PlacedError } from './explain.ts';
import { nearest } from './nearest.ts';
import { parseRule } from './rules/syntax.ts';
import { PROVABLE_RUNNERS } from './runner-table.ts';

type Path = readonly PropertyKey[];

/** What is wrong with a contract though each of its fields is well-formed. `root`: where its terms stand in the file. */
export const findContradictions = (contract: Contract, root: Path): PlacedError[] => [
  ...repeatedNames('material', contract.materials, [...root, 'materials']),
  ...repeatedNames('rule', contract.rules, [...root, 'rules']),
  ...unprovableRunner(contract, root),
  ...brokenRules(contract, [...root, 'rules']),
  ...strayExceptions(contract, [...root, 'exceptions']),
];

function repeatedNames(what: string, named: readonly { name: string; line: number }[], root: Path): PlacedError[] {
  const first = new Map<string, number>();
  return named.flatMap(({ name, line }, i) => {
    const before = first.get(name);
    if (before === undefined) first.set(name, line);
    if (before === undefined) return [];
    return [
      {
        code: 'contract.repeated-name',
        at: [...root, i, 'name'],
        message: `Expected each ${what} name once, found "${name}" again (first on line ${before}).`,
      },
    ];
  });
}

/** A contract that nothing can satisfy is refused when it is written, not when a build stands still. */
function unprovableRunner({ runner }: Contract, root: Path): PlacedError[] {
  if (!runner || runner.proof === 'self-declared' || PROVABLE_RUNNERS.includes(runner.type)) return [];
  const message = `Expected a runner that can be proven by ${runner.proof} (${PROVABLE_RUNNERS.join(', ')}), found ${runner.type}: use proof: self-declared.`;
  return [{ code: 'contract.unsatisfiable', at: [...root, 'runner', 'proof'], message }];
}

/** All expressions of a contract together, in UTF-8 bytes: reading them takes up to 40 ms per KiB. */
const MAX_RULES_BYTES = 32 * 1024;

function brokenRules({ rules }: Contract, root: Path): PlacedError[] {
  const size = rules.reduce((sum, { expr }) => sum + Buffer.byteLength(expr), 0);
  if (size > MAX_RULES_BYTES) {
    const message = `Expected rules of at most ${MAX_RULES_BYTES} bytes together, found ${size}.`;
    return [{ code: 'contract.invalid-rule', at: root, message }];
  }
  return rules.flatMap(({ name, expr }, i) => {
    const read = parseRule(expr);
    if (read.ok) return [];
    const { message, offset, nearest: meant } = read.fault;
    return [
      {
        code: 'contract.invalid-rule',
        at: [...root, i, 'expr'],
        offset,
        message: `Rule "${name}": ${message}${/[.?!]$/.test(message) ? '' : '.'}`,
        ...(meant !== undefined && { nearest: meant }),
      },
    ];
  });
}

/** An exception from what the contract does not ask for was meant for something else. */
function strayExceptions({ exceptions, rules, materials }: Contract, root: Path): PlacedError[] {
  const stray = (
    what: 'rule' | 'material',
    name: string | undefined,
    known: readonly { name: string }[],
    i: number,
  ) => {
    if (name === undefined || known.some((one) => one.name === name)) return [];
    const names = known.map((one) => one.name);
    const meant = nearest(name, names);
    const hint = meant ? `did you mean "${meant}"?` : `it has ${names.join(', ') || 'none'}.`;
    const message = `Expected a ${what} of this contract, found "${name}": ${hint}`;
    return [{ code: 'contract.unknown-name', at: [...root, i, what], message, ...(meant && { nearest: meant }) }];
  };
  return exceptions.flatMap(({ rule, material }, i) => [
    ...stray('rule', rule, rules, i),
    ...stray('material', material, materials, i),
  ]);
}
