import { customType } from 'drizzle-orm/sqlite-core';

/** A time: whole milliseconds in the table, so that SQL can reckon with it; ISO 8601 UTC everywhere else. */
export const time = customType<{ data: string; driverData: number | null }>({
  dataType: () => 'integer',
  // Values of placeholders come here even when they are null; what is read comes only when it is not.
  toDriver: (iso: string | null) => (iso === null ? null : toMs(iso)),
  fromDriver: (ms) => new Date(Number(ms)).toISOString(),
});

function toMs(iso: string): number {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) throw new RangeError(`expected a time as ISO 8601, found ${JSON.stringify(iso)}`);
  return ms;
}
