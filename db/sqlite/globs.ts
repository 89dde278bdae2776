import { type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';

/** SQLite's GLOB knows `?` and `[` too; in a glob of ours only `*` is special. */
const toSqliteGlob = (glob: string): string => glob.replace(/[?[]/g, '[$&]');

/** Rows of pipelines that match one of the globs over `project/pipeline`. No globs given: all; an empty list: none. */
export function visibleTo(
  globs: readonly string[] | undefined,
  project: SQLiteColumn,
  pipeline: SQLiteColumn,
): SQL | undefined {
  if (globs === undefined) return undefined;
  if (globs.length === 0) return sql`0`;
  const tests = globs.map((glob) => sql`${project} || '/' || ${pipeline} glob ${toSqliteGlob(glob)}`);
  return sql`(${sql.join(tests, sql` or `)})`;
}
