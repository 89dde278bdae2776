import type { Command } from 'commander';
import { DELIVERY_COLUMNS, state } from './columns.ts';
import { addAct } from './deliveries-act.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { printRow } from './one.ts';
import { apiPath, clientOf, examples, wholeNumber } from './options.ts';
import { ago, field, isRow, type ListOptions, printList, type Row } from './rows.ts';
import { printTable } from './table.ts';

type Filter = {
  held?: boolean;
  destination?: string;
  pipeline?: string;
  code?: string;
  replay?: string;
  stuck?: boolean;
  state?: string;
};

/** `deliveries`: what is stuck, why and since when, and what an operator can do about it. */
export function addDeliveries(program: Command, io: Io): void {
  const deliveries = program.command('deliveries').description('see what is stuck and why; retry or skip it');
  addList(deliveries, io);
  const one = (name: string, description: string) =>
    deliveries.command(name).description(description).argument('<id>').option('--json', 'print as JSON');
  one('show', 'one delivery').action(async (id: string, options: { json?: boolean }, command: Command) => {
    const row = await clientOf(command, io).request<Row>(apiPath('deliveries', id));
    return options.json ? printJson(io, row) : printRow(io, row);
  });
  one('attempts', 'every try of one delivery')
    .option('--all', 'every page')
    .action((id: string, options: ListOptions, command: Command) =>
      printList(io, clientOf(command, io), `${apiPath('deliveries', id)}/attempts`, ATTEMPT_COLUMNS(io), {
        ...options,
        note: whatIsGone,
      }),
    );
  filtered(deliveries.command('causes').description('open deliveries grouped by what stops them'))
    .option('--json', 'print as JSON')
    .action(async (options: Filter & { json?: boolean }, command: Command) => {
      const { items } = await clientOf(command, io).request<{ items: Row[] }>('/v1/deliveries/causes', {
        query: queryOf(options),
      });
      if (options.json) return printJson(io, { items });
      if (items.length === 0) return io.err('None.\n');
      printTable(io, CAUSE_COLUMNS(io), items);
      for (const cause of items) printRemedies(io, cause);
    });
  addAct(deliveries, io, 'retry', 'try again now instead of at the next planned time');
  addAct(deliveries, io, 'skip', 'give up on purpose; the reason is kept');
}

function addList(deliveries: Command, io: Io): void {
  filtered(deliveries.command('list').description('open deliveries, stuck ones first'))
    .option('--state <state>', 'only in this state (final ones too)')
    .option('--final', 'those that ended, instead of open ones')
    .option('--limit <n>', 'items per page', wholeNumber)
    .option('--cursor <cursor>', 'where to go on')
    .option('--all', 'every page')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      examples('waybill deliveries list --stuck', 'waybill deliveries list --destination dtrack-prod --json'),
    )
    .action((options: Filter & ListOptions & { final?: boolean }, command: Command) => {
      const open = options.state ? undefined : !options.final;
      return printList(io, clientOf(command, io), '/v1/deliveries', DELIVERY_COLUMNS(io), {
        ...options,
        query: { ...queryOf(options), open },
      });
    });
}

const filtered = (command: Command): Command =>
  command
    .option('--stuck', 'only stuck ones')
    .option('--held', 'only those whose destination is paused or broken')
    .option('--destination <name>', 'only to this destination')
    .option('--pipeline <project/pipeline>', 'only of this pipeline')
    .option('--replay <id>', 'only those that this replay queued');

const queryOf = ({ stuck, held, destination, pipeline, replay, code, state: inState }: Filter) => ({
  stuck,
  held,
  destination,
  pipeline,
  replay,
  code,
  state: inState,
});

const ATTEMPT_COLUMNS = (io: Io) => [
  { title: 'N', value: (row: Row) => field(row, 'n') },
  { title: 'PHASE', value: (row: Row) => field(row, 'phase') },
  { title: 'AGO', value: (row: Row) => ago(io, field(row, 'startedAt')) },
  state('OUTCOME', 'outcome'),
  { title: 'STATUS', value: (row: Row) => field(row, 'status') },
  { title: 'MS', value: (row: Row) => field(row, 'latencyMs') },
  { title: 'CODE', value: (row: Row) => field(row, 'code') },
  { title: 'MESSAGE', value: (row: Row) => field(row, 'message') },
];

const CAUSE_COLUMNS = (io: Io) => [
  { title: 'DESTINATION', value: (row: Row) => field(row, 'destination') },
  { title: 'SCOPE', value: (row: Row) => field(row, 'scope') },
  { title: 'CODE', value: (row: Row) => field(row, 'code') },
  { title: 'COUNT', value: (row: Row) => field(row, 'count') },
  {
    title: 'STUCK',
    value: (row: Row) => field(row, 'stuck'),
    colour: (row: Row) => (Number(row.stuck) > 0 ? ('red' as const) : undefined),
  },
  { title: 'HELD', value: (row: Row) => field(row, 'held') },
  { title: 'OLDEST', value: (row: Row) => ago(io, field(row, 'oldest')) },
  { title: 'EXAMPLE', value: (row: Row) => field(row, 'example', 'message') },
];

/** What a cause means and what can be done about it, the first thing first. */
function printRemedies(io: Io, cause: Row): void {
  const { remedies } = cause;
  if (!Array.isArray(remedies)) return;
  const what = [field(cause, 'destination'), field(cause, 'code')].filter((part) => part !== 'none').join(' ');
  const means = field(cause, 'means');
  io.out(`\n${paint(io, 'bold', printable(means ? `${what}: ${means}` : what))}\n`);
  for (const remedy of remedies.filter(isRow)) {
    const command = field(remedy, 'command');
    io.out(`  ${String(field(remedy, 'action')).padEnd(12)}  ${printable(String(field(remedy, 'say')))}\n`);
    if (command) io.out(`${' '.repeat(16)}${paint(io, 'grey', printable(String(command)))}\n`);
  }
}

/** Attempts are numbered from 1, and the oldest go first. */
function whatIsGone(items: readonly Row[]): string {
  const gone = Number(items.at(-1)?.n ?? 1) - 1;
  if (gone <= 0) return '';
  return gone === 1 ? 'An older attempt is not kept any more.\n' : `${gone} older attempts are not kept any more.\n`;
}
