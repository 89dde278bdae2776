import { type Colour, type Io, paint, printable } from './io.ts';

/** A column of a table for people: its title and what it shows of a row. Nothing to show is a dash. */
export type Column<Row> = {
  title: string;
  value(row: Row): string | number | null | undefined;
  colour?(row: Row): Colour | undefined;
};

/** Prints rows as an aligned table. The last column takes what is left of the terminal's width. */
export function printTable<Row>(io: Io, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const cells = rows.map((row) => columns.map((column) => cell(column.value(row))));
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  io.out(
    `${paint(
      io,
      'bold',
      line(
        io,
        columns.map((column) => column.title),
        widths,
      ),
    )}\n`,
  );
  for (const [index, row] of rows.entries()) {
    io.out(
      `${line(
        io,
        cells[index] ?? [],
        widths,
        columns.map((column) => column.colour?.(row)),
      )}\n`,
    );
  }
}

/** Prints the fields of one thing, a line each; those with nothing to show are left out. */
export function printFields(io: Io, fields: readonly (readonly [string, string | number | null | undefined])[]): void {
  const shown = fields.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  for (const [name, value] of shown) {
    io.out(`${paint(io, 'grey', name.padEnd(width))}  ${printable(String(value))}\n`);
  }
}

const cell = (value: string | number | null | undefined): string =>
  value === null || value === undefined || value === '' ? '-' : printable(String(value));

function line(
  io: Io,
  cells: readonly string[],
  widths: readonly number[],
  colours: readonly (Colour | undefined)[] = [],
): string {
  const last = cells.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  const room = io.isTerminal && io.columns ? Math.max(io.columns - before, 12) : Number.POSITIVE_INFINITY;
  return cells
    .map((text, at) => {
      const fitted = at === last ? cut(text, room) : text.padEnd(widths[at] ?? 0);
      return paint(io, colours[at], fitted);
    })
    .join('  ');
}

const cut = (text: string, room: number): string => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
