import { celEnv } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

/** What a rule may name. `statement`, `predicate` and `signer` are one of several: such a rule must hold for each. */
export const VARIABLES = [
  'statement',
  'predicate',
  'signer',
  'statements',
  'materials',
  'pipeline',
  'received',
] as const;
export type Variable = (typeof VARIABLES)[number];
export const isVariable = (name: string): name is Variable => (VARIABLES as readonly string[]).includes(name);

/** Fields of the values that always have the same; all are there, empty where nothing is known. */
export const RECORDS: Record<string, readonly string[]> = {
  statement: ['_type', 'subject', 'predicateType', 'predicate'],
  signer: ['kind', 'name', 'fingerprint', 'algorithm', 'profile', 'issuer', 'san', 'claims'],
  pipeline: ['project', 'name'],
};

/** Types can be named, as in `type(x) == string`. */
export const TYPES: readonly string[] = [
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
];

/** How the loops and `has` are written; written otherwise they are no calls. */
export const MACROS: Record<string, string> = {
  all: 'list.all(x, x > 0)',
  exists: 'list.exists(x, x > 0)',
  exists_one: 'list.exists_one(x, x > 0)',
  existsOne: 'list.existsOne(x, x > 0)',
  filter: 'list.filter(x, x > 0)',
  map: 'list.map(x, x + 1)',
  has: 'has(value.field)',
};

const PLAIN = celEnv({ funcs: strings });
/** Known to the evaluator itself. */
const OPERATORS = ['_&&_', '_||_', '_?_:_', '_[_]', '@not_strictly_false'];
const NAMES: ReadonlySet<string> = new Set([
  ...OPERATORS,
  ...[...PLAIN.funcs].map(({ name }) => name).filter((name) => !name.includes('.')),
]);
export const isFunction = (name: string): boolean => NAMES.has(name);
export const FUNCTION_NAMES: readonly string[] = [...NAMES].filter((name) => /^[a-z]/i.test(name));
