import { formatAge } from '../attestation/duration.ts';
import type { Client, Query } from './client.ts';
import { type Colour, type Io, printJson } from './io.ts';
import { type Column, printTable } from './table.ts';

/** A thing as the API answers it. The CLI shows what it knows and keeps the rest for `--json`. */
export type Row = Readonly<Record<string, unknown>>;
export type Page = { items: Row[]; next: string | null };

/** What stands at a path of a row, if a table can show it. */
export function field(row: Row, ...path: string[]): string | number | undefined {
  const value = path.reduce<unknown>((inner, name) => (isRow(inner) ? inner[name] : undefined), row);
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').join(', ');
  return undefined;
}

export const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null;

/** How long ago a time was (or how long until), for people. */
export function ago(io: Io, time: string | number | undefined): string | undefined {
  if (typeof time !== 'string') return undefined;
  const ms = io.now().getTime() - Date.parse(time);
  return ms < 0 ? `in ${formatAge(-ms)}` : formatAge(ms);
}

export const STATE_COLOURS: Readonly<Record<string, Colour>> = {
  blocked: 'red',
  stuck: 'red',
  rejected: 'red',
  expired: 'red',
  broken: 'red',
  waiting: 'yellow',
  paused: 'yellow',
  draining: 'yellow',
  held: 'yellow',
  undecided: 'yellow',
  delivered: 'green',
  accepted: 'green',
};

export type ListOptions = { limit?: number; cursor?: string; all?: boolean; json?: boolean };

/** Prints one page of a list, or all of them: as a table, or as JSON of the API's own shape. `note`: what people read below the end of it. */
export async function printList(
  io: Io,
  client: Client,
  path: string,
  columns: readonly Column<Row>[],
  {
    query = {},
    limit,
    cursor,
    all,
    json,
    note,
  }: ListOptions & { query?: Query; note?: (items: readonly Row[]) => string },
): Promise<void> {
  const first = { ...query, limit: limit ?? (all ? 200 : undefined), cursor };
  const { items, next } = all
    ? await everything(client, path, first)
    : await client.request<Page>(path, { query: first });
  if (json) return printJson(io, { items, next });
  if (items.length === 0) return io.err('None.\n');
  printTable(io, columns, items);
  const more = cursorOf(next);
  io.err(more ? `There is more: --cursor ${more}, or --all.\n` : (note?.(items) ?? ''));
}

async function everything(client: Client, path: string, query: Query): Promise<Page> {
  const items: Row[] = [];
  for await (const page of pages(client, path, query)) items.push(...page);
  return { items, next: null };
}

/** Every page of a list, each asked for when it is wanted. */
export async function* pages(client: Client, path: string, query: Query): AsyncGenerator<Row[]> {
  for (let cursor: string | undefined; ; ) {
    const page: Page = await client.request<Page>(path, { query: { ...query, ...(cursor && { cursor }) } });
    yield page.items;
    cursor = cursorOf(page.next);
    if (!cursor) return;
  }
}

/** The cursor of the next page from the link to it. */
const cursorOf = (next: string | null | undefined): string | undefined =>
  next ? (new URL(next, 'http://localhost').searchParams.get('cursor') ?? undefined) : undefined;
