/** Rows under a title, the first cell of each its name, the next three numbers. */
export function table(title: string, rows: string[][]): string {
  const widthOf = (at: number) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0));
  const pad = (cell: string, at: number) =>
    at === 0 || at > 3 ? cell.padEnd(widthOf(at)) : cell.padStart(widthOf(at));
  return [title, ...rows.map((cells) => `  ${cells.map(pad).join('  ')}`.trimEnd())].join('\n');
}
