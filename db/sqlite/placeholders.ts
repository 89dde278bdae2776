import { getTableColumns, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';

/** One placeholder per column, named like it: for prepared inserts of whole rows. */
export const placeholders = <T extends SQLiteTable>(table: T): { [K in keyof T['$inferSelect']]-?: Placeholder } =>
  Object.fromEntries(Object.keys(getTableColumns(table)).map((name) => [name, sql.placeholder(name)])) as {
    [K in keyof T['$inferSelect']]-?: Placeholder;
  };

/** A value of a prepared update, written down as the column does it. */
export const placeholderFor = (name: string, column: SQLiteColumn): SQL =>
  sql`${sql.param(sql.placeholder(name), column)}`;

/** The same for several columns, each named like itself. */
export const placeholdersFor = <T extends SQLiteTable, K extends keyof T['$inferSelect'] & string>(
  table: T,
  names: readonly K[],
): Record<K, SQL> => {
  const columns = getTableColumns(table) as Record<string, SQLiteColumn>;
  return Object.fromEntries(names.map((name) => [name, placeholderFor(name, columns[name] as SQLiteColumn)])) as Record<
    K,
    SQL
  >;
};
