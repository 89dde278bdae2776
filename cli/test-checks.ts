import { type Io, paint, printable } from './io.ts';
import { field, type Row } from './rows.ts';

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red', skipped: 'grey' } as const;

/** What the test of a destination found, with how to mend what failed. */
export function printTestChecks(io: Io, checks: readonly Row[]): void {
  for (const check of checks) {
    const outcome = String(field(check, 'outcome'));
    const colour = Object.hasOwn(COLOURS, outcome) ? COLOURS[outcome as keyof typeof COLOURS] : undefined;
    const said = printable(`${field(check, 'name')}: ${field(check, 'detail')}`);
    const remedy = field(check, 'remedy');
    io.out(
      `${paint(io, colour, outcome.padEnd(7))}  ${said}\n${remedy ? `         ${printable(String(remedy))}\n` : ''}`,
    );
  }
}
