import { type CelResult, CelScalar, type CelValue, celEnv, celFunc, isCelList, isCelMap, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { re2 } from './patterns.ts';
import { parseRule, type RuleFault } from './syntax.ts';
import { type Expr, innerOf, repeatedBy } from './tree.ts';
import type { Variable } from './vocabulary.ts';

/** How many turns all loops of one evaluation may take together: the same everywhere, however busy the machine is. */
export const MAX_TURNS = 20_000;

export type Program = {
  uses: ReadonlySet<Variable>;
  /** `turns`: how many its loops took; more than `most` → they were broken off, and the value means nothing. */
  run(bindings: Record<string, unknown>, most: number): { value: CelResult; turns: number };
};

let turns = 0;
let allowed = 0;
/** Stands around the range of every loop. */
const SPEND = '@spend';
const spend = celFunc(SPEND, [CelScalar.DYN], CelScalar.DYN, (range: CelValue) => {
  if (isCelList(range) || isCelMap(range)) turns += range.size;
  // What comes of it is not looked at any more: the quickest way out.
  return turns > allowed ? [] : range;
});
const ENV = celEnv({ funcs: [...strings, spend], re2 });

/** A rule's expression, ready to run. */
export function compileRule(text: string): { ok: true; program: Program } | { ok: false; fault: RuleFault } {
  const read = parseRule(text);
  if (!read.ok) return read;
  meter(read.expr);
  const evaluate = plan(ENV, read.expr);
  const run: Program['run'] = (bindings, most) => {
    turns = 0;
    allowed = most;
    const value = evaluate(bindings as Parameters<typeof evaluate>[0]);
    return { value, turns };
  };
  return { ok: true, program: { uses: read.uses, run } };
}

/** Puts the meter around the range of each loop; the expression was checked, and its depth is bounded. */
function meter(expr: Expr): void {
  for (const inner of innerOf(expr)) meter(inner);
  if (expr.exprKind.case !== 'comprehensionExpr') return;
  const loop = expr.exprKind.value;
  for (const inner of repeatedBy(loop)) meter(inner);
  if (loop.iterRange) loop.iterRange = metered(loop.iterRange);
}

const metered = (range: Expr): Expr => ({
  $typeName: 'cel.expr.Expr',
  id: range.id,
  exprKind: {
    case: 'callExpr',
    value: { $typeName: 'cel.expr.Expr.Call', function: SPEND, args: [range] },
  },
});
