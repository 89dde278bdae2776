import { type Command, Option } from 'commander';
import type { Client } from './client.ts';
import { REPLAY_COLUMNS } from './columns.ts';
import { confirmed } from './confirm.ts';
import { usageError } from './exit.ts';
import { type Io, printable, printJson } from './io.ts';
import { printReplay } from './one.ts';
import { apiPath, clientOf, examples, several, wholeNumber } from './options.ts';
import { follow } from './replay-follow.ts';
import { type StartOptions, startReplay } from './replay-start.ts';
import { field, type ListOptions, printList, type Row } from './rows.ts';

/** Commander gives what a subcommand shares with `replay` to the latter: both are looked at. */
type Shared = { reason?: string; yes?: boolean; json?: boolean };
const optionsOf = (command: Command): Shared => command.optsWithGlobals<Shared>();

/** `replay`: to a destination what it never got, or once more what it lost; and what becomes of it. */
export function addReplay(program: Command, io: Io): void {
  const replay = program
    .command('replay')
    .description('send to a destination what it never got, or once more what it lost')
    .option('--to <destination>', 'where to')
    .addOption(
      new Option(
        '--mode <mode>',
        'missing: what never reached it (default). again: that, and once more what was delivered',
      ).choices(['missing', 'again']),
    )
    .option('--attachment <name>', 'only what this attachment owes')
    .option('--pipeline <project/pipeline>', 'only of this pipeline; * stands for anything (repeatable)', several)
    .option('--type <type>', 'only materials of this type (repeatable)', several)
    .option('--since <when>', 'only what was received since: an age such as 30d, or a time')
    .option('--until <when>', 'only what was received before')
    .option('--include-skipped', 'what was skipped, too: somebody gave it up')
    .option('--reason <text>', 'why, for the audit')
    .option('--dry-run', 'show what it would do, and do nothing')
    .option('--yes', 'do not ask')
    .option('--no-follow', 'start it, and do not wait for its end')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `${examples(
        'waybill replay --to lake --dry-run',
        "waybill replay --to lake --pipeline 'skynet/*' --since 30d --reason 'attached today'",
        "waybill replay --to dtrack-prod --mode again --since 2026-03-01 --until 2026-03-03 --reason 'restored from a backup'",
        'waybill replay follow rpl_5f0c…',
      )}

It shows what it would do and asks first. Ctrl-C only stops the showing: the replay goes on.
Exit code 1: it was refused or cancelled, or not all of it arrived.`,
    )
    .action((options: StartOptions, command: Command) => startReplay(io, clientOf(command, io), options));
  addLooks(replay, io);
  addTurns(replay, io);
}

type Filter = { destination?: string; state?: string };

function addLooks(replay: Command, io: Io): void {
  replay
    .command('list')
    .description('replays, newest first')
    .option('--destination <name>', 'only to this destination')
    .option('--state <states>', 'only running, paused, done or cancelled ones, with commas')
    .option('--limit <n>', 'items per page', wholeNumber)
    .option('--cursor <cursor>', 'where to go on')
    .option('--all', 'every page')
    .option('--json', 'print as JSON')
    .addHelpText('after', examples('waybill replay list --state running,paused'))
    .action(({ destination, state, ...options }: ListOptions & Filter, command: Command) => {
      refuseAims(replay);
      const how = { ...options, ...optionsOf(command), query: { destination, state } };
      return printList(io, clientOf(command, io), '/v1/replays', REPLAY_COLUMNS(io), how);
    });
  replay
    .command('get')
    .description('how far one is, and why it does not get on')
    .argument('<id>')
    .option('--json', 'print as JSON')
    .action(async (id: string, _: unknown, command: Command) => {
      const row = await clientOf(command, io).request<Row>(apiPath('replays', id));
      return optionsOf(command).json ? printJson(io, row) : printReplay(io, row);
    });
  replay
    .command('follow')
    .description('show how far one is until it has ended')
    .argument('<id>')
    .option('--json', 'print only how it ended, as JSON')
    .action((id: string, _: unknown, command: Command) => follow(io, clientOf(command, io), id, optionsOf(command)));
}

const AIMS = ['to', 'mode', 'attachment', 'pipeline', 'type', 'since', 'until', 'includeSkipped', 'dryRun'];

/** What says what is sent is no filter of a list: to leave it out would show more than was asked for. */
function refuseAims(replay: Command): void {
  const given = replay.options.find((option) => {
    const name = option.attributeName();
    return AIMS.includes(name) && replay.getOptionValue(name) !== undefined;
  });
  if (given)
    throw usageError(
      `${given.long} says what a new replay sends; the list takes --destination and --state.`,
      'See waybill replay list --help.',
    );
}

function addTurns(replay: Command, io: Io): void {
  const one = (name: string, description: string) => replay.command(name).description(description).argument('<id>');
  one('pause', 'hold one: what is on its way arrives, nothing more is begun')
    .option('--reason <text>', 'why; it is shown')
    .action((id: string, _: unknown, command: Command) =>
      turn(io, clientOf(command, io), id, 'pause', optionsOf(command).reason),
    );
  one('resume', 'let a paused one go on')
    .option('--reason <text>', 'why, for the audit')
    .action((id: string, _: unknown, command: Command) =>
      turn(io, clientOf(command, io), id, 'resume', optionsOf(command).reason),
    );
  one('cancel', 'give one up: its open deliveries end skipped; what arrived stays')
    .option('--reason <text>', 'why; it is shown with what was skipped (needed)')
    .option('--yes', 'do not ask')
    .addHelpText('after', examples("waybill replay cancel rpl_5f0c… --reason 'wrong pipeline'"))
    .action(async (id: string, _: unknown, command: Command) => {
      const { reason, yes } = optionsOf(command);
      if (reason === undefined) throw usageError('Expected --reason: what is open never reaches its receiver.');
      const client = clientOf(command, io);
      const row = await client.request<Row>(apiPath('replays', id));
      const open = Math.max(Number(row.queued) - Number(row.ended), 0);
      const what = `Its ${open} open ${open === 1 ? 'delivery ends' : 'deliveries end'} skipped; what arrived stays.`;
      // One that has ended is answered by the server, which knows it best.
      if (row.finishedAt === null)
        await confirmed(
          io,
          `Cancel the replay to ${printable(String(field(row, 'spec', 'destination')))}? ${what}`,
          yes,
        );
      await turn(io, client, id, 'cancel', reason);
    });
}

const DONE = { pause: 'paused', resume: 'resumed', cancel: 'cancelled' } as const;

async function turn(io: Io, client: Client, id: string, verb: keyof typeof DONE, reason: string | undefined) {
  const json = reason === undefined ? {} : { reason };
  await client.request(`${apiPath('replays', id)}/${verb}`, { method: 'POST', json });
  io.out(`${DONE[verb]}  ${printable(id)}\n`);
}
