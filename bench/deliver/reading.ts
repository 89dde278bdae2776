import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import type { Database } from '../../db/database.ts';
import type { DeliveryFilter } from '../../db/delivery-lists.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { type Spread, spreadOf } from '../stats.ts';
import { destinationName, SEEDED_AT, type Shape, seedRows } from './rows.ts';
import { measureWay, type Way } from './way.ts';

/** How long a question takes, and how often it was asked. `first`: of a process that has just opened the file. */
type Asked = { what: string; first: number; spread: Spread; found: number };
export type Reading = {
  shape: Shape;
  seconds: number;
  bytes: { file: number; deliveries: number; indexes: number; attempts: number };
  asked: Asked[];
  way: Way;
};

const PAGE = 100;
const AT = SEEDED_AT.toISOString();
/** Before any of them was created. */
const EARLY = new Date(SEEDED_AT.getTime() - 365 * 86_400_000).toISOString();

/** Fills a database in a folder of its own and asks it what the console, the API and the metrics ask. */
export async function measureReading(home: string, shape: Shape, askMs: number): Promise<Reading> {
  const dir = mkdtempSync(join(home, 'rows-'));
  const path = join(dir, 'waybill.db');
  try {
    const since = performance.now();
    await seedRows(path, shape);
    const seconds = (performance.now() - since) / 1000;
    const asked: Asked[] = [];
    for (const [what, ask] of Object.entries(questions())) asked.push(await timeOne(path, what, ask, askMs));
    const bytes = sizes(path);
    return { shape, seconds, bytes, asked, way: await measureWay(path) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

type Question = (db: Database) => Promise<number>;

function questions(): Record<string, Question> {
  const list =
    (filter: DeliveryFilter, pages: number, at = AT): Question =>
    async (db) => {
      let cursor: string | undefined;
      let found = 0;
      for (let page = 0; page < pages; page += 1) {
        const answer = await db.deliveries.list(filter, { limit: PAGE, cursor }, at);
        found = answer.items.length;
        if (answer.next === null) break;
        cursor = answer.next;
      }
      return found;
    };
  const one = { destination: destinationName(0) };
  return {
    'stuck list, first page': list({ stuck: true }, 1),
    'stuck list, all of ten pages': list({ stuck: true }, 10),
    'open list, first page': list({ open: true }, 1),
    'open list without the stuck ones': list({ open: true, stuck: false }, 1),
    'stuck list when nothing is stuck': list({ stuck: true }, 1, EARLY),
    'stuck list of one destination': list({ stuck: true, ...one }, 1),
    'list of blocked ones': list({ state: ['blocked'] }, 1),
    'newest deliveries': list({}, 1),
    causes: async (db) => (await db.deliveries.causes({ open: true }, AT)).length,
    'causes of one destination': async (db) => (await db.deliveries.causes({ open: true, ...one }, AT)).length,
    'causes of blocked ones': async (db) => (await db.deliveries.causes({ state: ['blocked'] }, AT)).length,
    'causes within three pipelines': async (db) =>
      (await db.deliveries.causes({ open: true, visible: ['project-1/*', 'project-2/pipeline-2'] }, AT)).length,
    'tally of all open ones': async (db) => (await db.deliveries.tally({ open: true, olderThan: AT }, AT)).length,
    'tally of one cause': async (db) =>
      (await db.deliveries.tally({ open: true, olderThan: AT, code: 'http.401', scope: 'destination', ...one }, AT))
        .length,
    "the sweeper's next ten hosts": async (db) => (await db.hosts.toCheck(AT, 10, AT)).length,
    counts: async (db) => (await db.deliveries.counts(AT)).length,
  };
}

async function timeOne(path: string, what: string, ask: Question, ms: number): Promise<Asked> {
  const db = openSqliteDatabase({ path });
  try {
    const times: number[] = [];
    let found = 0;
    const until = performance.now() + ms;
    do {
      const since = performance.now();
      found = await ask(db);
      times.push(performance.now() - since);
    } while (performance.now() < until);
    const [first = Number.NaN, ...others] = times;
    return { what, first, spread: spreadOf(others.length > 0 ? others : times), found };
  } finally {
    db.close();
  }
}

function sizes(path: string): Reading['bytes'] {
  const file = new SqliteFile(path, { readonly: true });
  try {
    const of = (test: string) =>
      Number(file.prepare(`select sum(pgsize) from dbstat where aggregate = true and ${test}`).pluck().get());
    return {
      file: statSync(path).size,
      deliveries: of("name = 'deliveries'"),
      indexes: of("name in (select name from sqlite_schema where tbl_name = 'deliveries' and type = 'index')"),
      attempts: of("name in (select name from sqlite_schema where tbl_name = 'attempts')"),
    };
  } finally {
    file.close();
  }
}
