import { and, asc, desc, eq, gte, inArray, isNull, lt, max, min, not, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { decodeCursor, encodeCursor, toPage } from '../../cursor.ts';
import type { Deliveries, DeliveryRecord } from '../../deliveries.ts';
import type { DeliveryFilter } from '../../delivery-lists.ts';
import { attempts, deliveries, destinations } from '../../schema.ts';
import type { Page, PageRequest } from '../../verbs.ts';
import type { Connection } from '../connection.ts';
import { visibleTo } from '../globs.ts';
import { type DerivableRow, heldNow, selectDeliveries, stuckAt, toAttempt, toDelivery } from './records.ts';

export const NO_CAUSE_CODE = 'none';

/** Lists of deliveries and of their attempts. */
export function listVerbs({ db, read }: Connection): Pick<Deliveries, 'list' | 'attempts'> {
  const ofAttestation = selectDeliveries(db)
    .where(eq(deliveries.attestationId, sql.placeholder('attestation')))
    .orderBy(desc(deliveries.createdAt), desc(deliveries.id))
    .limit(sql.placeholder('limit'))
    .prepare();

  const list = (filter: DeliveryFilter, page: PageRequest, at: string): Page<DeliveryRecord> => {
    if (filter.open || filter.stuck) return listOpen(db, filter, page, at);
    const { attestation, ...others } = filter;
    // What every submission is answered with: prepared, where any other list is put together anew.
    const rows =
      attestation !== undefined && !page.cursor && Object.values(others).every((value) => value === undefined)
        ? ofAttestation.all({ attestation, limit: page.limit + 1 })
        : newestRows(db, filter, page, at);
    return toPage(
      rows,
      page,
      (row) => toDelivery(row, at),
      (row) => [row.createdAt, row.id],
    );
  };

  return {
    list: (filter, page, at) => read(() => list(filter, page, at)),

    attempts: (id, page) =>
      read(() => {
        const [before] = decodeCursor(page.cursor, [0] as const) ?? [];
        const rows = db
          .select()
          .from(attempts)
          .where(and(eq(attempts.deliveryId, id), before === undefined ? undefined : lt(attempts.n, before)))
          .orderBy(desc(attempts.n))
          .limit(page.limit + 1)
          .all();
        const first = db
          .select({ n: min(attempts.n) })
          .from(attempts)
          .where(eq(attempts.deliveryId, id))
          .get()?.n;
        return { ...toPage(rows, page, toAttempt, (row) => [row.n]), removed: (first ?? 1) - 1 };
      }),
  };
}

export function matching(filter: DeliveryFilter, at: string): SQL | undefined {
  const equal = (column: SQLiteColumn, value: string | undefined) =>
    value === undefined ? undefined : eq(column, value);
  const claim = (test: SQL, wanted: boolean | undefined) =>
    wanted === undefined ? undefined : wanted ? test : not(test);
  return and(
    filter.ids && (filter.ids.length === 0 ? sql`0` : inArray(deliveries.id, [...filter.ids])),
    filter.state && (filter.state.length === 0 ? sql`0` : inArray(deliveries.state, filter.state)),
    claim(isNull(deliveries.finishedAt), filter.open),
    claim(stuckAt(at), filter.stuck),
    claim(heldNow, filter.held),
    equal(deliveries.destination, filter.destination),
    equal(deliveries.attachmentUid, filter.attachmentUid),
    equal(deliveries.project, filter.project),
    equal(deliveries.pipeline, filter.pipeline),
    equal(deliveries.attestationId, filter.attestation),
    equal(deliveries.replayId, filter.replay),
    filter.code === NO_CAUSE_CODE ? isNull(deliveries.causeCode) : equal(deliveries.causeCode, filter.code),
    filter.scope === 'none' ? isNull(deliveries.causeScope) : equal(deliveries.causeScope, filter.scope),
    filter.olderThan === undefined
      ? undefined
      : and(isNull(deliveries.finishedAt), lt(deliveries.createdAt, filter.olderThan)),
    visibleTo(filter.visible, deliveries.project, deliveries.pipeline),
  );
}

function newestRows(db: Connection['db'], filter: DeliveryFilter, page: PageRequest, at: string): DerivableRow[] {
  const after = decodeCursor(page.cursor, ['', ''] as const);
  return selectDeliveries(db)
    .where(and(matching(filter, at), after && olderThan(after)))
    .orderBy(desc(deliveries.createdAt), desc(deliveries.id))
    .limit(page.limit + 1)
    .all();
}

/**
 * Stuck ones by age, then the others by age: two walks along the index of open deliveries. What was stuck on the first
 * page decides for all its pages (the cursor carries that time), so that none is lost or repeated while one turns them.
 */
function listOpen(db: Connection['db'], filter: DeliveryFilter, page: PageRequest, at: string): Page<DeliveryRecord> {
  const cursor = decodeCursor(page.cursor, ['', 0, '', ''] as const);
  const [firstAt, group, createdAt, id] = cursor ?? [at, 0, '', ''];
  const rows: DerivableRow[] = [];
  const groups = stuckAndNot(db, firstAt).map((test, number) => ({ test, number }));
  for (const { test, number } of groups.filter(({ number }) => number >= group)) {
    // The other group has none of them, and to see that takes a walk past all that is open.
    if (filter.stuck === (number === 1)) continue;
    const start = cursor && number === group ? newerThan([createdAt, id]) : undefined;
    const wanted = page.limit + 1 - rows.length;
    if (wanted === 0) break;
    rows.push(
      ...selectDeliveries(db)
        .where(and(isNull(deliveries.finishedAt), matching(filter, at), test, start))
        .orderBy(asc(deliveries.createdAt), asc(deliveries.id))
        .limit(wanted)
        .all(),
    );
  }
  const last = rows.slice(0, page.limit).at(-1);
  const wasStuck = (row: DerivableRow) => toDelivery(row, firstAt).stuck;
  return {
    items: rows.slice(0, page.limit).map((row) => toDelivery(row, at)),
    next:
      rows.length > page.limit && last
        ? encodeCursor([firstAt, wasStuck(last) ? 0 : 1, last.createdAt, last.id])
        : null,
  };
}

/** Each with a bound that the index of ages knows: by the shortest patience of any destination, and by the longest. */
function stuckAndNot(db: Connection['db'], at: string): [stuck: SQL | undefined, not: SQL | undefined] {
  const patience = db
    .select({ least: min(destinations.stuckAfterMs), most: max(destinations.stuckAfterMs) })
    .from(destinations)
    .get();
  const ago = (ms: number | null | undefined) => sql`${Date.parse(at) - (ms ?? 0)}`;
  const stuck = stuckAt(at);
  return [
    and(stuck, lt(deliveries.createdAt, ago(patience?.least))),
    and(not(stuck), gte(deliveries.createdAt, ago(patience?.most))),
  ];
}

type Position = readonly [createdAt: string, id: string];
const olderThan = ([createdAt, id]: Position): SQL =>
  sql`(${deliveries.createdAt}, ${deliveries.id}) < (${sql.param(createdAt, deliveries.createdAt)}, ${id})`;
const newerThan = ([createdAt, id]: Position): SQL =>
  sql`(${deliveries.createdAt}, ${deliveries.id}) > (${sql.param(createdAt, deliveries.createdAt)}, ${id})`;
