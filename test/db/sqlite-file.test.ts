import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import SqliteFile from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseBusyError, DatabaseVersionError, DiskFullError } from '../../db/errors.ts';
import { whyNoRoom } from '../../db/sqlite/room.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { createWorld, t, who } from './world.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-db-'));
  path = join(dir, 'waybill.db');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const seqs = async (db: ReturnType<typeof openSqliteDatabase>) => {
  const all: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await db.attestations.list({}, { limit: 500, cursor });
    all.push(...page.items.map(({ receivedSeq }) => receivedSeq));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
};

describe('one SQLite file', () => {
  it('is shared by processes that open it and write to it at once; nobody is told that it is busy', async () => {
    const names = ['a', 'b', 'c'];
    const count = 60;
    const script = new URL('./writer.ts', import.meta.url);
    const children = names.map((name): ChildProcess => fork(script, [path, name, String(count)], { execArgv: [] }));
    await Promise.all(children.map((child) => once(child, 'message')));
    const exits = children.map((child) => once(child, 'exit'));
    for (const child of children) child.send('go');
    expect(await Promise.all(exits)).toEqual(names.map(() => [0, null]));
    const db = openSqliteDatabase({ path });
    const received = await seqs(db);
    expect(new Set(received).size).toBe(names.length * count);
    expect((await db.audit.list({ action: 'test' }, { limit: 1000 })).items).toHaveLength(names.length * count);
    db.close();
  });

  it('keeps everything when it is opened again', async () => {
    const first = openSqliteDatabase({ path });
    const world = await createWorld(first);
    await world.accept('one', 1);
    first.close();
    const second = openSqliteDatabase({ path });
    expect((await second.attestations.get('att_one'))?.judgement.verdict).toBe('accepted');
    second.close();
  });

  it('waits for another writer without blocking, and gives up after its patience', async () => {
    const db = openSqliteDatabase({ path, patienceMs: 200 });
    const other = new SqliteFile(path);
    other.exec('begin immediate');
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    await expect(db.leases.take('x', 'p', 1000, t(0))).rejects.toThrow(DatabaseBusyError);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(0);
    const taken = db.leases.take('x', 'p', 1000, t(0));
    other.exec('commit');
    expect(await taken).toBe(true);
    expect(await db.processes.live('api', t(0))).toEqual([]);
    other.close();
    db.close();
  });

  it('says that the disk is full, keeps what it has, and goes on when there is room', async () => {
    const db = openSqliteDatabase({ path, maxBytes: 512 * 1024 });
    const world = await createWorld(db);
    const fill = async () => {
      for (let i = 0; i < 200; i++) {
        await db.contracts.put({ name: `c${i}`, text: 'x'.repeat(8192), digest: `d${i}`, ...who(i) });
      }
    };
    await expect(fill()).rejects.toThrow(DiskFullError);
    expect(await db.pipelines.get('acme', 'api')).toEqual(world.pipeline);
    const { items } = await db.contracts.list({ limit: 500 });
    const put = await db.audit.list({ action: 'contract.put' }, { limit: 500 });
    expect(put.items).toHaveLength(items.length);
    db.close();
    const larger = openSqliteDatabase({ path });
    expect(await larger.contracts.put({ name: 'more', text: 'x'.repeat(8192), digest: 'm', ...who(1) })).toMatchObject({
      created: true,
    });
    larger.close();
  });

  it.skipIf(process.platform === 'win32')(
    'says that it may not grow when a limit or quota refuses a write, keeps what it has, and goes on without it',
    async () => {
      const db = openSqliteDatabase({ path });
      await createWorld(db);
      db.close();
      const script = fileURLToPath(new URL('./filler.ts', import.meta.url));
      const child = spawn('sh', ['-c', 'ulimit -f 2000; exec "$0" "$@"', process.execPath, script, path]);
      const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      expect(JSON.parse(said)).toEqual({
        name: 'DiskFullError',
        message: expect.stringContaining('refused (SQLITE_IOERR_WRITE, EFBIG)'),
        contracts: expect.any(Number),
      });
      expect(readdirSync(dir).filter((name) => name.includes('room'))).toEqual([]);
      const larger = openSqliteDatabase({ path });
      expect((await larger.contracts.list({ limit: 500 })).items).toHaveLength(JSON.parse(said).contracts);
      expect(await larger.contracts.put({ name: 'z', text: 'x'.repeat(8192), digest: 'z', ...who(1) })).toMatchObject({
        created: true,
      });
      larger.close();
    },
  );

  it('does not take a disk for full that has room, nor one that fails otherwise', () => {
    expect(whyNoRoom(path)).toBeUndefined();
    expect(whyNoRoom(join(dir, 'none', 'waybill.db'))).toBeUndefined();
  });

  it.skipIf(!existsSync('/dev/full'))('sees a full disk', () => {
    symlinkSync('/dev/full', `${path}-room-${process.pid}`);
    expect(whyNoRoom(path)).toBe('ENOSPC');
  });

  it('writes a change and its audit entry together or not at all', async () => {
    const db = openSqliteDatabase({ path });
    const world = await createWorld(db);
    await world.connect('dt');
    const id = await world.deliver('one', 1);
    const other = new SqliteFile(path);
    other.exec(`create trigger no_audit before insert on audit begin select raise(abort, 'no audit'); end`);
    await expect(db.deliveries.skip(id, { ...who(2), reason: 'x' })).rejects.toThrow('no audit');
    await expect(db.holds.pause('dt', 'x', who(2))).rejects.toThrow('no audit');
    await expect(db.contracts.put({ name: 'c', text: 'x', digest: 'x', ...who(2) })).rejects.toThrow('no audit');
    expect(await world.get(id)).toMatchObject({ state: 'queued', held: false });
    expect(await db.contracts.get('c')).toBeUndefined();
    other.close();
    db.close();
  });

  it('writes through to the disk, keeps a log beside it, and minds its references', () => {
    openSqliteDatabase({ path }).close();
    const file = new SqliteFile(path);
    expect(file.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(file.pragma('foreign_key_check')).toEqual([]);
    file.close();
  });

  it.each([
    ['of another version', "update migrations set hash = 'f00d' where rowid = 1", 'tables of another version (f00d)'],
    ['of a later version', "insert into migrations values ('f00d', 1)", 'tables of another version (f00d)'],
    ['without a history', 'drop table migrations', /tables that are not its own \(\w+\)/],
  ])('does not touch a database %s, and says what to do', async (_, change, found) => {
    openSqliteDatabase({ path }).close();
    const file = new SqliteFile(path);
    file.exec(change);
    const tables = () => file.prepare('select name, sql from sqlite_schema order by name').all();
    const before = tables();
    expect(() => openSqliteDatabase({ path })).toThrow(DatabaseVersionError);
    expect(() => openSqliteDatabase({ path })).toThrow(found);
    expect(() => openSqliteDatabase({ path })).toThrow(/start the version that wrote it, or move the file away/);
    expect(tables()).toEqual(before);
    file.close();
  });

  it('brings the tables of the first version up to date, and keeps what they hold', async () => {
    const first = readFileSync(new URL('../../db/migrations/0000_start.sql', import.meta.url), 'utf8');
    const file = new SqliteFile(path);
    file.exec(first);
    file.exec('create table migrations (hash text primary key, created_at integer not null)');
    file.prepare('insert into migrations values (?, 1)').run(createHash('sha256').update(first).digest('hex'));
    file.exec("insert into trusted_keys values ('release', '{}', 1, 1)");
    file.close();
    const db = openSqliteDatabase({ path });
    expect(await db.trust.allKeys()).toMatchObject([{ name: 'release' }]);
    expect(await db.trust.putRoot({ name: 'acme-ca', spec: '{}', ...who(1) })).toMatchObject({ created: true });
    db.close();
  });

  it('has no column for what is derived', () => {
    openSqliteDatabase({ path }).close();
    const file = new SqliteFile(path);
    const columns = file.prepare("select name from pragma_table_info('deliveries')").pluck().all();
    expect(columns).not.toContain('held');
    expect(columns).not.toContain('stuck');
    file.close();
  });

  it.each([
    ['deliveries_open_by_age', 'select id from deliveries where finished_at is null order by created_at, id limit 1'],
    [
      'deliveries_open_by_destination',
      "select id from deliveries where finished_at is null and destination = 'x' order by created_at, id",
    ],
    [
      'COVERING INDEX deliveries_open_summary',
      'select sum(attempts) from destinations cross join deliveries where destination = name and finished_at is null group by name, state, cause_scope, cause_code',
    ],
    [
      'deliveries_open_by_look',
      'select workflow_id from deliveries where finished_at is null and host_checked_at < 5 order by host_checked_at limit 1',
    ],
    [
      'deliveries_by_destination',
      "select id from deliveries where destination = 'x' order by created_at desc, id desc",
    ],
    [
      'deliveries_by_order',
      "select id from deliveries where destination = 'x' and order_key = 'y' and state in ('trying')",
    ],
    [
      'deliveries_commanded',
      'select id from deliveries where command_sent_at < 5 and destination not in (select destination from holds) order by command_sent_at',
    ],
    [
      'deliveries_by_replay_age',
      "select id from deliveries where replay_id = 'x' order by created_at desc, id desc limit 51",
    ],
    ['judgements_to_sweep', 'select n from judgements where verdict is null and swept_at < 5 order by swept_at'],
    ['judgements_undecided', 'select n from judgements where verdict is null and created_at < 5 order by created_at'],
  ])('answers the questions of every second from the index %s', (index, question) => {
    openSqliteDatabase({ path }).close();
    const file = new SqliteFile(path);
    const plan = file.prepare(`explain query plan ${question}`).all() as { detail: string }[];
    expect(plan.map(({ detail }) => detail).join('\n')).toContain(index);
    file.close();
  });
});
