import { createHash } from 'node:crypto';
import SqliteFile from 'better-sqlite3';
import type { Database } from '../../db/database.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';

/** A database as years of use leave it, or one day on which much goes wrong. */
export type Shape = {
  name: string;
  rows: number;
  open: number;
  /** The open ones were created within these hours before {@link SEEDED_AT}, evenly; the others within 90 days. */
  openWithinHours: number;
  /** Held destinations that nearly all open ones wait for; 0 = open ones everywhere. */
  broken: number;
};

export const SEEDED_AT = new Date('2026-03-01T12:00:00Z');
const DESTINATIONS = 20;
/** Deliveries of one attestation, one each to neighbouring destinations. */
const FAN_OUT = 4;
const PIPELINES = 40;
const HOUR_MS = 3_600_000;
const BY = { by: { id: 'bench', name: 'bench' }, at: new Date(SEEDED_AT.getTime() - 91 * 24 * HOUR_MS).toISOString() };

export const destinationName = (at: number): string => `receiver-${String(at).padStart(2, '0')}`;

/**
 * Fills a new file with deliveries, their attestations and attempts, as the product would have written them: by SQL, its
 * indexes made at the end, as they are declared. Only what lists and summaries never read (statements, checks) is empty.
 */
export async function seedRows(path: string, shape: Shape): Promise<void> {
  const db = openSqliteDatabase({ path });
  const seededAt = SEEDED_AT.toISOString();
  await putResources(db);
  db.close();
  const file = new SqliteFile(path);
  try {
    file.pragma('synchronous = off');
    file.pragma('foreign_keys = off');
    file.pragma('cache_size = -200000');
    file.function('digest', { deterministic: true }, (kind, at) =>
      createHash('sha256').update(`${kind}/${at}`).digest('hex').slice(0, 32),
    );
    const indexes = file
      .prepare("select name, sql from sqlite_schema where type = 'index' and sql is not null")
      .all() as { name: string; sql: string }[];
    file.transaction(() => {
      for (const { name } of indexes) file.exec(`drop index ${name}`);
      insertRows(file, shape);
      for (const { sql } of indexes) file.exec(sql);
    })();
    file.pragma('wal_checkpoint(truncate)');
  } finally {
    file.close();
  }
  const again = openSqliteDatabase({ path });
  const hold = { scope: 'destination', code: 'http.401', message: 'the receiver knows no such key' } as const;
  for (let at = 0; at < shape.broken; at += 1) await again.holds.break(destinationName(at), hold, seededAt);
  again.close();
}

async function putResources(db: Database): Promise<void> {
  await db.contracts.put({ name: 'bench', text: 'schemaVersion: v1\n', digest: 'none', ...BY });
  for (let at = 0; at < PIPELINES; at += 1)
    await db.pipelines.put({
      project: `project-${at % 8}`,
      name: `pipeline-${at}`,
      spec: { contract: 'bench' },
      ...BY,
    });
  for (let at = 0; at < DESTINATIONS; at += 1) {
    const name = destinationName(at);
    const config = { url: `https://${name}.example` };
    const spec = { integration: 'webhook', config, allow: [], limits: {}, stuckAfter: at % 5 === 4 ? '4h' : '15m' };
    await db.destinations.put({ name, spec, secrets: {}, ...BY });
    await db.attachments.put({
      name,
      spec: { destination: name, pipelines: ['*/*'], materials: {}, options: {} },
      ...BY,
    });
  }
}

/** Row `i` of `rows`, in the order of creation; the last `open` of them are open. */
function insertRows(file: SqliteFile.Database, { rows, open, openWithinHours, broken }: Shape): void {
  const now = SEEDED_AT.getTime();
  const within = openWithinHours * HOUR_MS;
  const start = now - 90 * 24 * HOUR_MS;
  const bind = { rows, open, ended: rows - open, now, within, start, broken, fanOut: FAN_OUT, pipelines: PIPELINES };
  const run = (sql: string) =>
    file
      .prepare(`with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < @rows) ${sql}`)
      .run(used(sql, bind));
  run(`insert into attestations (received_seq, id, pipeline_uid, project, pipeline, received_at, received_by, statement_digest, statements, latest)
    select i + 1, 'att_' || digest('attestation', i), p.uid, p.project, p.name, ${CREATED}, 'bench', digest('statement', i), '[]', 1
    from n cross join pipelines p on p.name = 'pipeline-' || (i / @fanOut % @pipelines) where i % @fanOut = 0`);
  file.exec(`insert into judgements (attestation_id, n, created_at, received_at, workflow_id, parts, swept_at, verdict, decided_at, checks, verification, annotations, subjects)
    select id, 1, received_at, received_at, 'attestation/' || project || '/' || pipeline || '/' || id || '/1', '[]', received_at, 'accepted', received_at, '[]', '[]', '{}', '[]' from attestations`);
  run(`insert into deliveries (id, attestation_id, received_seq, project, pipeline, attachment_uid, attachment, destination,
      idempotency_key, state, created_at, changed_at, finished_at, next_attempt_at, attempts, failures,
      cause_scope, cause_code, cause_message, cause_first_at, cause_last_at, workflow_id, host_checked_at, held_ms, clock_from, clock_held_ms)
    select 'dlv_' || digest('delivery', i), t.id, t.received_seq, t.project, t.pipeline, a.uid, a.name, a.destination,
      'dlv_' || digest('delivery', i), ${STATE}, ${CREATED}, ${CREATED} + 900, iif(${OPEN}, null, ${CREATED} + 900),
      iif(${OPEN} and i / 7 % 8 > 1, @now + (i % 900) * 1000, null), iif(${OPEN}, 4, 1), iif(${OPEN}, 4, 0),
      iif(${FAILED}, ${SCOPE}, null), iif(${FAILED}, ${CODE}, null),
      iif(${FAILED}, 'expected the receiver to take the document, it answered "temporarily out of order", see its log', null),
      iif(${FAILED}, ${CREATED} + 500, null), iif(${FAILED}, @now - i % 900000, null),
      'attestation/' || t.project || '/' || t.pipeline || '/' || t.id || '/1', @now - i % 60000, 0, ${CREATED}, 0
    from n cross join attestations t on t.received_seq = (i - i % @fanOut) + 1
      cross join attachments a on a.name = printf('receiver-%02d', ${RECEIVER})`);
  file.exec(`insert into attempts (delivery_id, n, phase, started_at, finished_at, outcome, scope, code, message, status, latency_ms, body_head, probe)
    select d.id, tries.n, 'deliver', d.created_at + tries.n, d.created_at + tries.n + 40, iif(d.cause_code is null, 'delivered', 'failed'),
      d.cause_scope, d.cause_code, d.cause_message, iif(d.cause_code is null, 204, 503), 40,
      iif(d.cause_code is null, '', '<html><body>' || d.cause_message || printf('%.900c', '-')), 0
    from deliveries d join (select 1 as n union all select 2 union all select 3 union all select 4) tries on tries.n <= d.attempts`);
  file.exec(`insert into delivery_totals (destination, state, count)
    select destination, state, count(*) from deliveries where finished_at is not null group by 1, 2`);
}

/** Whole numbers: those of JavaScript are bound as fractions. */
const used = (sql: string, bind: Record<string, number>): Record<string, bigint> =>
  Object.fromEntries(
    Object.entries(bind)
      .filter(([name]) => name === 'rows' || sql.includes(`@${name}`))
      .map(([name, value]) => [name, BigInt(value)]),
  );

const OPEN = '(i >= @ended)';
const CREATED =
  '(iif(i - i % @fanOut >= @ended, @now - @within + ((i - i % @fanOut) - @ended) * @within / @open, @start + (i - i % @fanOut) * (@now - @within - @start) / @rows))';
const STATE = `iif(${OPEN}, iif(i / 7 % 8 = 0, 'queued', iif(i / 7 % 8 = 1, 'blocked', 'waiting')), iif(i % 97 = 0, 'skipped', iif(i % 89 = 0, 'superseded', 'delivered')))`;
const FAILED = `(${OPEN} and i / 7 % 8 > 0)`;
const SCOPE = `iif(i / 7 % 8 = 1, 'delivery', iif(i / 7 % 8 < 4, 'destination', 'retry'))`;
const CODE = `iif(i / 7 % 8 = 1, 'http.400', iif(i / 7 % 8 < 4, 'http.401', iif(i / 7 % 8 = 4, 'timeout', 'http.503')))`;
/** Nine of ten open ones wait for what is broken. */
const RECEIVER = `iif(${OPEN} and @broken > 0 and i % 10 > 0, i % max(@broken, 1), (i + i / @fanOut) % ${DESTINATIONS})`;
