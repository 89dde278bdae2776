import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Client } from './client.ts';
import { confirmed } from './confirm.ts';
import { CliError, EXIT, refusal, usageError } from './exit.ts';
import { type Io, printable, printJson } from './io.ts';
import { apiPath, clientOf, examples } from './options.ts';
import { field, type Row } from './rows.ts';
import { printTable } from './table.ts';

type Verb = 'retry' | 'skip';
type Options = {
  destination?: string;
  pipeline?: string;
  replay?: string;
  code?: string;
  scope?: string;
  state?: string;
  olderThan?: string;
  stuck?: boolean;
  held?: boolean;
  allMatching?: boolean;
  reason?: string;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
};
type Repeat = { destination: string; integration: string; count: number };
type Outcome = {
  id: string | null;
  seenAt: string;
  count: number;
  effects: Row[];
  mayRepeat: Repeat[];
  unknown: string[];
  remaining: number;
  next: string | null;
};

const DONE = { retry: 'retried', skip: 'skipped' } as const;

/** `deliveries retry` and `deliveries skip`: of named ones, or of all open ones that options choose. */
export function addAct(deliveries: Command, io: Io, verb: Verb, description: string): void {
  const command = deliveries
    .command(verb)
    .description(description)
    .argument('[id...]', 'deliveries; or choose among open ones with the options')
    .option('--destination <name>', 'only to this destination')
    .option('--code <code>', 'only those stopped by this cause')
    .option('--scope <scope>', 'only of causes of this scope: retry, delivery, destination, or none')
    .option('--pipeline <project/pipeline>', 'only of this pipeline')
    .option('--replay <id>', 'only those that this replay queued')
    .option('--state <states>', 'only in these states, with commas')
    .option('--stuck', 'only stuck ones')
    .option('--held', 'only those whose destination is paused or broken')
    .option('--older-than <age>', 'only those open for longer, e.g. 2h, or since before a time')
    .option('--all-matching', 'every open one, where nothing else chooses')
    .option('--reason <text>', verb === 'skip' ? 'why; it is shown and kept in the audit' : 'why, for the audit')
    .option('--dry-run', 'show what it would do, and do nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print what was done as JSON');
  const reason = verb === 'skip' ? " --reason 'project retired'" : '';
  command
    .addHelpText(
      'after',
      examples(
        `waybill deliveries ${verb} dlv_5f0c…${reason}`,
        `waybill deliveries ${verb} --destination dtrack-prod --code http.500 --dry-run`,
        `waybill deliveries ${verb} --stuck --older-than 2h --yes${reason}`,
      ),
    )
    .action((ids: string[], options: Options, self: Command) => act(io, clientOf(self, io), verb, ids, options));
}

async function act(io: Io, client: Client, verb: Verb, ids: readonly string[], options: Options): Promise<void> {
  const filter = filterOf(options);
  const chooses = Object.keys(filter).length > 0 || options.allMatching === true;
  if (ids.length > 0 && chooses) throw usageError('Expected ids or options that choose, found both.');
  if (ids.length === 0 && !chooses)
    throw usageError(
      'Which deliveries?',
      'Give ids, or choose with --destination, --code, --pipeline, --stuck, --older-than…; --all-matching alone means every open one.',
    );
  if (verb === 'skip' && !options.dryRun && options.reason === undefined)
    throw usageError('Expected --reason: a skipped delivery never reaches its receiver.');
  const choice = ids.length > 0 ? { ids } : { filter };
  const { reason } = options;
  const post = (more: object, key?: string) =>
    client.request<Outcome>('/v1/deliveries/actions', {
      method: 'POST',
      json: { action: verb, ...choice, ...(reason !== undefined && { reason }), ...more },
      ...(key !== undefined && { headers: { 'idempotency-key': key } }),
    });
  if (ids.length > 0 && !options.dryRun) return actOnEach(io, client, verb, ids, options);

  const foreseen = await post({ dryRun: true });
  if (options.dryRun && options.json) return printJson(io, foreseen);
  if (options.dryRun || !options.json) show(io, verb, foreseen, options.dryRun ? io.out : io.err);
  if (options.dryRun) return io.err(`${counted(foreseen.count)} would be ${DONE[verb]}; nothing was done.\n`);
  if (foreseen.count > 0) await confirmed(io, `${VERBS[verb]} ${counted(foreseen.count)}?`, options.yes);
  const done = foreseen.count > 0 ? await actOnAll(io, post, foreseen) : foreseen;
  if (options.json) return printJson(io, done);
  io.out(`${DONE[verb]}  ${counted(done.count)}${done.id === null ? '' : `  (${done.id} in the audit)`}\n`);
}

/** Call after call until none is left; a call that fails says how far it came. */
async function actOnAll(
  io: Io,
  post: (more: object, key: string) => Promise<Outcome>,
  { count: expectAtMost, seenAt }: Outcome,
): Promise<Outcome> {
  let all: Outcome | undefined;
  try {
    do {
      const cursor = all?.next;
      const part = await post({ expectAtMost, seenAt, ...(cursor && { cursor }) }, randomUUID());
      all = all ? together(all, part) : part;
      if (all.next !== null) io.err(`${all.count} done, ${all.remaining} left\n`);
    } while (all.next !== null);
    return all;
  } catch (error) {
    if (all) io.err(`${all.count} were done before this; the same command goes on with the rest.\n`);
    throw error;
  }
}

function together(before: Outcome, part: Outcome): Outcome {
  const effects = [...before.effects];
  for (const effect of part.effects) {
    const at = effects.findIndex((known) => ALIKE.every((name) => known[name] === effect[name]));
    if (at === -1) effects.push(effect);
    else effects[at] = { ...effects[at], count: Number(effects[at]?.count) + Number(effect.count) };
  }
  return { ...part, count: before.count + part.count, effects };
}
const ALIKE = ['destination', 'state', 'effect'];

/** Named ones one by one: each has its own answer. */
async function actOnEach(io: Io, client: Client, verb: Verb, ids: readonly string[], options: Options): Promise<void> {
  const done: { id: string; outcome: string }[] = [];
  for (const id of ids) {
    const { outcome, held } = await actOnOne(client, verb, id, options.reason);
    done.push({ id, outcome });
    if (!options.json) io.out(`${outcome.padEnd(8)}  ${printable(id)}\n`);
    if (held !== undefined) io.err(`${printable(held)} is held: it is tried once the destination delivers again.\n`);
  }
  if (options.json) printJson(io, { items: done });
  const refused = done.filter(({ outcome }) => outcome !== DONE[verb]).length;
  if (refused > 0) throw refusal(`${refused} of ${done.length} deliveries were not ${DONE[verb]}.`);
}

async function actOnOne(client: Client, verb: Verb, id: string, reason: string | undefined) {
  try {
    const { held, destination } = await client.request<Row>(`${apiPath('deliveries', id)}/${verb}`, {
      method: 'POST',
      json: reason === undefined ? {} : { reason },
      headers: { 'idempotency-key': randomUUID() },
    });
    return { outcome: DONE[verb], held: verb === 'retry' && held === true ? String(destination) : undefined };
  } catch (error) {
    // One that ended meanwhile does not stop the others; a server that is away does.
    if (error instanceof CliError && error.exit === EXIT.refused) return { outcome: `refused: ${error.message}` };
    throw error;
  }
}

function filterOf({ destination, pipeline, replay, code, scope, state, olderThan, stuck, held }: Options): object {
  const chosen = { destination, pipeline, replay, code, scope, state: state?.split(','), olderThan, stuck, held };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
}

function show(io: Io, verb: Verb, { effects, mayRepeat, unknown }: Outcome, out: (text: string) => void): void {
  if (effects.length > 0) printTable({ ...io, out }, EFFECT_COLUMNS(verb), effects);
  for (const id of unknown) out(`unknown   ${printable(id)}\n`);
  for (const { destination, integration, count } of mayRepeat) {
    const what = `up to ${count} messages may be posted to ${printable(destination)} again`;
    io.err(`Warning: ${what}; ${printable(integration)} cannot recognise duplicates.\n`);
  }
}

const VERBS = { retry: 'Retry', skip: 'Skip' } as const;
const counted = (count: number): string => `${count} ${count === 1 ? 'delivery' : 'deliveries'}`;

const EFFECT_COLUMNS = (verb: Verb) => [
  { title: 'DESTINATION', value: (row: Row) => field(row, 'destination') },
  { title: 'STATE', value: (row: Row) => field(row, 'state') },
  { title: 'COUNT', value: (row: Row) => field(row, 'count') },
  { title: 'WHAT HAPPENS', value: (row: Row) => EFFECTS[verb][String(row.effect)] ?? field(row, 'effect') },
  { title: 'EXAMPLE', value: (row: Row) => field(row, 'example') },
];

const LEFT = { final: 'nothing: it has ended', asked: 'nothing: a retry was asked for already' };
const EFFECTS: Record<Verb, Record<string, string>> = {
  retry: { ...LEFT, now: 'tried at once', held: 'held: tried once the destination delivers again' },
  skip: { ...LEFT, now: 'ends now, for ever' },
};
