import { randomUUID } from 'node:crypto';
import { parseDuration } from '../attestation/duration.ts';
import type { Client } from './client.ts';
import { confirmed } from './confirm.ts';
import { refusal, usageError } from './exit.ts';
import { type Io, printable, printJson } from './io.ts';
import { follow } from './replay-follow.ts';
import { field, isRow, type Row } from './rows.ts';
import { printTable } from './table.ts';

export type StartOptions = {
  to?: string;
  mode?: string;
  attachment?: string;
  pipeline?: string[];
  type?: string[];
  since?: string;
  until?: string;
  includeSkipped?: boolean;
  reason?: string;
  dryRun?: boolean;
  yes?: boolean;
  follow?: boolean;
  json?: boolean;
};
type Foreseen = Row & {
  count: number;
  atLeast: boolean;
  throughSeq: number;
  effects: Row[];
  attachments: Row[];
  mayRepeat: Row[];
  holds: Row[];
};

/** So long the server may count; the answer comes within the time that is waited for. */
const COUNTING = { headers: { prefer: 'wait=45' }, timeoutMs: 60_000 };

/** Shows what a replay would do, asks, starts it, and follows it to its end. */
export async function startReplay(io: Io, client: Client, options: StartOptions): Promise<void> {
  const { to } = options;
  if (to === undefined) throw usageError('Where to?', 'Name the destination with --to; or see waybill replay --help.');
  const spec = specOf(io, to, options);
  const post = <T>(more: object, headers: Record<string, string> = {}) =>
    client.request<T>('/v1/replays', {
      method: 'POST',
      json: { ...spec, ...more },
      ...COUNTING,
      headers: { ...COUNTING.headers, ...headers },
    });
  const foreseen = await post<Foreseen>({ dryRun: true });
  const { count: expectAtMost, throughSeq } = foreseen;
  if (options.json && (options.dryRun || expectAtMost === 0)) return printJson(io, foreseen);
  if (!options.json) show(io, to, foreseen, options.dryRun ? io.out : io.err);
  if (options.dryRun) return io.err(`${counted(foreseen)} would be queued; nothing was done.\n`);
  if (foreseen.atLeast)
    throw refusal('There are more than could be counted; nothing was done.', {
      remedy: 'Replay in parts: narrow it with --since, --until or --pipeline.',
    });
  if (expectAtMost === 0) return io.out(`Nothing to replay to ${printable(to)}.\n`);
  await confirmed(io, `Replay ${counted(foreseen)} to ${to}?`, options.yes);

  const { reason } = options;
  const started = await post<Row>(
    { expectAtMost, throughSeq, ...(reason !== undefined && { reason }) },
    { 'idempotency-key': randomUUID() },
  );
  // What was missing a moment ago has arrived meanwhile.
  if (started.id === null) return options.json ? printJson(io, started) : io.out('Nothing is left to replay.\n');
  const id = String(started.id);
  if (!options.json) io.out(`started  ${id}  ${counted({ count: Number(started.total), atLeast: false })}\n`);
  if (options.follow === false) return options.json ? printJson(io, started) : undefined;
  return follow(io, client, id, options);
}

function specOf(io: Io, destination: string, options: StartOptions): object {
  const { mode = 'missing', attachment, pipeline: pipelines, type: types, includeSkipped } = options;
  const since = options.since === undefined ? undefined : timeOf(io, '--since', options.since);
  const until = options.until === undefined ? undefined : timeOf(io, '--until', options.until);
  const given = { destination, mode, attachment, pipelines, types, since, until, includeSkipped };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A time, or how long ago. */
function timeOf(io: Io, option: string, text: string): string {
  const ms = parseDuration(text);
  const time =
    ms === undefined && /^\d{4}-\d\d-\d\d/.test(text)
      ? new Date(text)
      : new Date(io.now().getTime() - (ms ?? Number.NaN));
  if (Number.isNaN(time.getTime()))
    throw usageError(
      `Expected an age such as 30d, or a time such as 2026-03-01T00:00:00Z, for ${option}, found ${JSON.stringify(text)}.`,
    );
  return time.toISOString();
}

function show(io: Io, to: string, { effects, attachments, mayRepeat, holds }: Foreseen, out: Io['out']): void {
  if (effects.length > 0) printTable({ ...io, out }, EFFECT_COLUMNS, effects);
  if (attachments.length > 1) {
    out('\n');
    printTable({ ...io, out }, ATTACHMENT_COLUMNS, attachments);
  }
  for (const row of mayRepeat) {
    const what = `up to ${field(row, 'count')} messages may be posted to ${printable(to)} once more`;
    const why =
      row.dedupe === 'key' ? 'a repeat has a new key, by which it cannot tell' : 'cannot recognise duplicates';
    io.err(`Warning: ${what}; ${printable(String(field(row, 'integration')))}: ${why}.\n`);
  }
  for (const hold of holds.filter(isRow)) {
    const how = hold.kind === 'operator' ? 'paused' : 'broken';
    io.err(`${printable(`${to} is ${how}: ${field(hold, 'reason')}. Nothing is delivered before that is over.`)}\n`);
  }
}

const counted = ({ count, atLeast }: Pick<Foreseen, 'count' | 'atLeast'>): string =>
  `${atLeast ? 'at least ' : ''}${count} ${count === 1 ? 'delivery' : 'deliveries'}`;

const EFFECTS: Readonly<Record<string, string>> = {
  create: 'sent: it was never owed before',
  reopen: 'sent: it ended without arriving, and begins anew under its key',
  repeat: 'sent once more, under a new key: it had arrived',
  open: 'nothing: it is on its way',
  delivered: 'nothing: it has arrived',
  superseded: 'nothing: something newer has arrived',
  skipped: 'nothing: somebody gave it up (--include-skipped)',
};

const EFFECT_COLUMNS = [
  { title: 'COUNT', value: (row: Row) => field(row, 'count') },
  { title: 'WHAT HAPPENS', value: (row: Row) => EFFECTS[String(row.effect)] ?? field(row, 'effect') },
  { title: 'EXAMPLE', value: (row: Row) => field(row, 'example', 'delivery') ?? field(row, 'example', 'attestation') },
];
const ATTACHMENT_COLUMNS = [
  { title: 'ATTACHMENT', value: (row: Row) => field(row, 'attachment') },
  { title: 'COUNT', value: (row: Row) => field(row, 'count') },
];
