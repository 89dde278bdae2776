import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import SqliteFile from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { DatabaseBusyError, DatabaseVersionError, DiskFullError } from '../errors.ts';
import { whyNoRoom } from './room.ts';

/** SQLite itself waits this long for another process: it blocks the event loop meanwhile. */
const BLOCKING_WAIT_MS = 10;
const LONGEST_PAUSE_MS = 50;
const DEFAULT_PATIENCE_MS = 15_000;

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

/** What verbs are made of: statements, and the two ways to run them. */
export type Connection = {
  db: BetterSQLite3Database;
  /** One consistent view; `work` is synchronous and only reads. */
  read<T>(work: () => T): Promise<T>;
  /** One immediate transaction; `work` is synchronous, may run again, and nothing of it stays when it throws. */
  write<T>(work: () => T): Promise<T>;
};

export type SqliteOptions = {
  /** File, or `:memory:`. Its folder must exist. */
  path: string;
  /** How long a verb waits for other writers before it fails with `DatabaseBusyError`. */
  patienceMs?: number;
  /** Largest size of the file; beyond it verbs fail with `DiskFullError`. */
  maxBytes?: number;
};

export function connect(options: SqliteOptions): Connection & { close(): void } {
  const patienceMs = options.patienceMs ?? DEFAULT_PATIENCE_MS;
  const file = new SqliteFile(options.path, { timeout: DEFAULT_PATIENCE_MS });
  try {
    retryNow(() => file.pragma('journal_mode = WAL'));
    file.pragma('synchronous = FULL');
    migrate(file);
    file.pragma('foreign_keys = ON');
    file.pragma(`busy_timeout = ${BLOCKING_WAIT_MS}`);
    if (options.maxBytes !== undefined) {
      const pageBytes = Number(file.pragma('page_size', { simple: true }));
      file.pragma(`max_page_count = ${Math.floor(options.maxBytes / pageBytes)}`);
    }
  } catch (error) {
    file.close();
    throw asKnownError(error, options.path);
  }
  const transaction = file.transaction((work: () => unknown) => work());
  return {
    db: drizzle(file, { casing: 'snake_case' }),
    read: (work) => patiently(() => transaction.deferred(work) as ReturnType<typeof work>, { ...options, patienceMs }),
    write: (work) =>
      patiently(() => transaction.immediate(work) as ReturnType<typeof work>, { ...options, patienceMs }),
    close: () => {
      file.close();
    },
  };
}

/** Waits out other writers without blocking the event loop, with jitter so that two of them do not stay in step. */
async function patiently<T>(run: () => T, { path, patienceMs }: { path: string; patienceMs: number }): Promise<T> {
  const startedMs = performance.now();
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error)) throw asKnownError(error, path);
      const waitedMs = performance.now() - startedMs;
      if (waitedMs >= patienceMs) throw new DatabaseBusyError(waitedMs, { cause: error });
    }
    await wait(pauseMs * (0.5 + Math.random()));
  }
}

const OTHER_TABLES =
  "select name from sqlite_schema where type = 'table' and name not in ('migrations', 'sqlite_sequence')";

/** Several processes may open at once: whoever has the write lock migrates, the others find it done. */
function migrate(file: SqliteFile.Database): void {
  const known = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  const apply = file.transaction(() => {
    file.exec('create table if not exists migrations (hash text primary key, created_at integer not null)');
    const done = file.prepare('select hash from migrations').pluck().all();
    const unknown = done.filter((hash) => !known.some((migration) => migration.hash === hash));
    if (unknown.length > 0) throw new DatabaseVersionError(file.name, `tables of another version (${unknown[0]})`);
    const others = done.length === 0 ? file.prepare(OTHER_TABLES).pluck().all() : [];
    if (others.length > 0) throw new DatabaseVersionError(file.name, `tables that are not its own (${others[0]})`);
    for (const migration of known.filter(({ hash }) => !done.includes(hash))) {
      for (const statement of migration.sql) file.exec(statement);
      file.prepare('insert into migrations values (?, ?)').run(migration.hash, migration.folderMillis);
    }
  });
  retryNow(() => apply.immediate());
}

/** At start there is no event loop to keep free; switching to WAL can be busy in spite of SQLite's own waiting. */
function retryNow<T>(run: () => T): T {
  const idle = new Int32Array(new SharedArrayBuffer(4));
  for (const startedMs = performance.now(); ; ) {
    try {
      return run();
    } catch (error) {
      const waitedMs = performance.now() - startedMs;
      if (!isBusy(error)) throw error;
      if (waitedMs >= DEFAULT_PATIENCE_MS) throw new DatabaseBusyError(waitedMs, { cause: error });
    }
    Atomics.wait(idle, 0, 0, 10 + Math.random() * 20);
  }
}

/** SQLite's code, through drizzle's wrapping. */
function codeOf(error: unknown): string {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && typeof inner.code === 'string' && inner.code.startsWith('SQLITE_')) return inner.code;
  }
  return '';
}
const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY');

/** Where SQLite says "disk I/O error" for want of room, as it does for quotas and limits; a broken disk stays one. */
const PERHAPS_NO_ROOM = ['SQLITE_IOERR_WRITE', 'SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_SHMSIZE'];
function asKnownError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === 'SQLITE_FULL') return new DiskFullError({ cause: error });
  const reason = PERHAPS_NO_ROOM.includes(code) ? whyNoRoom(path) : undefined;
  return reason === undefined ? error : new DiskFullError({ refused: `${code}, ${reason}`, cause: error });
}
