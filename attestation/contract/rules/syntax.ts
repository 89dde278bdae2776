import { parse } from '@bufbuild/cel';
import { nearest } from '../nearest.ts';
import { isPattern } from './patterns.ts';
import { type Expr, innerOf, type Of, repeatedBy } from './tree.ts';
import {
  FUNCTION_NAMES,
  isFunction,
  isVariable,
  MACROS,
  RECORDS,
  TYPES,
  VARIABLES,
  type Variable,
} from './vocabulary.ts';

type Parsed = ReturnType<typeof parse>;
/** What cannot be meant, and where: an offset into the expression, in UTF-16 units. */
export type RuleFault = { message: string; offset: number; nearest?: string };
export type Syntax = { ok: true; expr: Expr; uses: ReadonlySet<Variable> } | { ok: false; fault: RuleFault };

/** Longest expression, in UTF-8 bytes. */
const MAX_EXPRESSION_BYTES = 4096;
/** Deepest nesting of operators, calls and brackets; deeper ones would end in a stack overflow somewhere. */
const MAX_DEPTH = 64;
const tooDeep = `expected nesting of at most ${MAX_DEPTH} levels, found more`;
/** Deepest nesting of `all`, `exists`, `map` and the like: runs → results → locations of a SARIF is three. */
const MAX_NESTED_LOOPS = 3;

/**
 * Reads an expression of a rule, and finds what cannot be meant: unknown variables, functions and types, patterns that
 * are none, nesting beyond bounds. Values are not looked into: that a field is missing shows when the rule is evaluated.
 */
export function parseRule(text: string): Syntax {
  const size = Buffer.byteLength(text);
  if (size > MAX_EXPRESSION_BYTES)
    return refused(`expected an expression of at most ${MAX_EXPRESSION_BYTES} bytes, found ${size}`, 0);
  let parsed: Parsed;
  try {
    parsed = parse(text);
  } catch (error) {
    return { ok: false, fault: syntaxFault(error, text) };
  }
  const uses = new Set<Variable>();
  const walk = createWalk(uses, (id) => parsed.sourceInfo?.positions[String(id)] ?? 0);
  const fault = walk(parsed.expr, new Set(), 1, 0);
  return fault ? { ok: false, fault } : { ok: true, expr: parsed.expr, uses };
}

const refused = (message: string, offset: number): Syntax => ({ ok: false, fault: { message, offset } });

function syntaxFault(error: unknown, text: string): RuleFault {
  if (error instanceof RangeError) return { message: tooDeep, offset: 0 };
  const { rawMessage, location } = error as { rawMessage?: string; location?: { start?: { offset?: number } } };
  const offset = Math.min(location?.start?.offset ?? 0, text.length);
  const rest = text.slice(offset).trim();
  const found = rest === '' ? 'the end' : `"${rest.length > 20 ? `${rest.slice(0, 20)}…` : rest}"`;
  const expected = /but expecting (.*)$/s.exec(rawMessage ?? '')?.[1] ?? '';
  const short = expected.split(',').length > 4 || expected === '' ? 'an expression' : expected;
  return { message: `expected ${short.replace('end of input', 'an operator or the end')}, found ${found}`, offset };
}

type Walk = (expr: Expr, bound: ReadonlySet<string>, depth: number, loops: number) => RuleFault | undefined;

function createWalk(uses: Set<Variable>, offsetOf: (id: bigint) => number): Walk {
  const walk: Walk = (expr, bound, depth, loops) => {
    const offset = offsetOf(expr.id);
    if (depth > MAX_DEPTH) return { message: tooDeep, offset };
    const { exprKind: kind } = expr;
    const fault =
      checkOne(expr, bound, uses, offset) ?? first(innerOf(expr), (one) => walk(one, bound, depth + 1, loops));
    if (fault || kind.case !== 'comprehensionExpr') return fault;
    if (loops >= MAX_NESTED_LOOPS)
      return { message: `expected at most ${MAX_NESTED_LOOPS} loops inside each other, found more`, offset };
    const inside = new Set([...bound, kind.value.iterVar, kind.value.accuVar]);
    return first(repeatedBy(kind.value), (one) => walk(one, inside, depth + 1, loops + 1));
  };
  return walk;
}

/** What is wrong with an expression by itself. */
function checkOne(
  { exprKind: kind }: Expr,
  bound: ReadonlySet<string>,
  uses: Set<Variable>,
  offset: number,
): RuleFault | undefined {
  switch (kind.case) {
    case 'identExpr':
      return bound.has(kind.value.name) ? undefined : checkName(kind.value.name, offset, uses);
    case 'selectExpr':
      return checkField(kind.value, bound, offset);
    case 'callExpr':
      return checkCall(kind.value, offset);
    case 'structExpr':
      return kind.value.messageName === ''
        ? undefined
        : { message: `unknown type "${kind.value.messageName}"`, offset };
    default:
      return undefined;
  }
}

function first<T>(values: readonly T[], find: (value: T) => RuleFault | undefined): RuleFault | undefined {
  for (const value of values) {
    const fault = find(value);
    if (fault) return fault;
  }
  return undefined;
}

function checkName(name: string, offset: number, uses: Set<Variable>): RuleFault | undefined {
  if (isVariable(name)) {
    uses.add(name);
    return undefined;
  }
  return TYPES.includes(name) ? undefined : unknown('variable', name, VARIABLES, offset);
}

/** A field of a value whose fields are always the same. */
function checkField(
  { operand, field }: Of<'selectExpr'>,
  bound: ReadonlySet<string>,
  offset: number,
): RuleFault | undefined {
  if (operand?.exprKind.case !== 'identExpr') return undefined;
  const { name } = operand.exprKind.value;
  const fields = bound.has(name) || !Object.hasOwn(RECORDS, name) ? undefined : RECORDS[name];
  return fields === undefined || fields.includes(field)
    ? undefined
    : unknown(`field of ${name}`, field, fields, offset);
}

function checkCall({ function: name, args }: Of<'callExpr'>, offset: number): RuleFault | undefined {
  const usage = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined;
  if (usage !== undefined) return { message: `expected ${name} as in ${usage}`, offset };
  if (!isFunction(name)) return unknown('function', name, [...FUNCTION_NAMES, ...Object.keys(MACROS)], offset);
  const pattern = name === 'matches' ? args.at(-1)?.exprKind : undefined;
  if (pattern?.case !== 'constExpr' || pattern.value.constantKind.case !== 'stringValue') return undefined;
  const text = pattern.value.constantKind.value;
  return isPattern(text)
    ? undefined
    : { message: `expected an RE2 pattern of at most 512 characters, found "${text.slice(0, 80)}"`, offset };
}

function unknown(what: string, name: string, candidates: readonly string[], offset: number): RuleFault {
  const meant = nearest(name, candidates);
  const hint = meant ? `did you mean "${meant}"?` : `known are ${candidates.slice(0, 12).join(', ')}`;
  return { message: `unknown ${what} "${name}": ${hint}`, offset, ...(meant && { nearest: meant }) };
}
