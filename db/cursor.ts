import { InvalidCursorError } from './errors.ts';
import type { Page, PageRequest } from './verbs.ts';

type Key = readonly (string | number)[];

/** An opaque cursor: the sort key of the last item on a page. */
export const encodeCursor = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The sort key in a cursor; `like` says how many parts it has and of which types. Throws `InvalidCursorError`. */
export function decodeCursor<K extends Key>(cursor: string | undefined, like: K): K | undefined {
  if (cursor === undefined) return undefined;
  const key = parse(cursor);
  const fits =
    Array.isArray(key) && key.length === like.length && key.every((part, i) => typeof part === typeof like[i]);
  if (!fits) throw new InvalidCursorError();
  return key as unknown as K;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** A page out of up to `limit + 1` rows: the one too many only tells that there is more. */
export function toPage<Row, T>(
  rows: readonly Row[],
  request: PageRequest,
  toItem: (row: Row) => T,
  keyOf: (row: Row) => Key,
): Page<T> {
  const shown = rows.slice(0, request.limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next: rows.length > request.limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}

/**
 * A page of what is listed by its name. `rowsAfter` returns up to `limit` rows whose name is greater than `name`, in the
 * order of names; every name is greater than the empty one, with which the first page begins.
 */
export function pageByName<Row extends { name: string }, T>(
  request: PageRequest,
  rowsAfter: (name: string, limit: number) => readonly Row[],
  toItem: (row: Row) => T,
): Page<T> {
  const [after] = decodeCursor(request.cursor, [''] as const) ?? [''];
  return toPage(rowsAfter(after, request.limit + 1), request, toItem, ({ name }) => [name]);
}
