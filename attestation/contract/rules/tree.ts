import type { parse } from '@bufbuild/cel';

/** An expression of CEL, parsed: macros are loops already. */
export type Expr = ReturnType<typeof parse>['expr'];
type Kind = Expr['exprKind'];
export type Of<Case extends Kind['case']> =
  Extract<Kind, { case: Case }> extends { value: infer Value } ? Value : never;

/** What stands directly inside an expression, in the order of the text; not what a loop repeats. */
export function innerOf({ exprKind: kind }: Expr): Expr[] {
  switch (kind.case) {
    case 'selectExpr':
      return present([kind.value.operand]);
    case 'callExpr':
      return present([kind.value.target, ...kind.value.args]);
    case 'listExpr':
      return kind.value.elements;
    case 'structExpr':
      return present(
        kind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      );
    case 'comprehensionExpr':
      return present([kind.value.iterRange, kind.value.accuInit]);
    default:
      return [];
  }
}

/** What a loop does at each turn and at its end: its variables are bound here. */
export const repeatedBy = ({ loopCondition, loopStep, result }: Of<'comprehensionExpr'>): Expr[] =>
  present([loopCondition, loopStep, result]);

const present = (expressions: (Expr | undefined)[]): Expr[] => expressions.filter((one) => one !== undefined);
