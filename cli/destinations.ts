import type { Command } from 'commander';
import { DESTINATION_COLUMNS } from './columns.ts';
import { refusal } from './exit.ts';
import { type Io, printable, printJson } from './io.ts';
import { apiPath, clientOf, examples } from './options.ts';
import { addRemoval } from './removal.ts';
import { type ListOptions, printList, type Row } from './rows.ts';
import { printTestChecks } from './test-checks.ts';

const TEST_MS = 90_000;

/** `destinations`: whether receivers work, and an operator's hold on them. */
export function addDestinations(program: Command, io: Io): void {
  const destinations = program.command('destinations').description('test, pause, resume and delete receivers');
  destinations
    .command('list')
    .description('all destinations, and what holds them')
    .option('--all', 'every page')
    .option('--json', 'print as JSON')
    .action((options: ListOptions, command: Command) =>
      printList(io, clientOf(command, io), '/v1/destinations', DESTINATION_COLUMNS(io), options),
    );
  destinations
    .command('test')
    .description(
      'ask a worker whether the receiver works: address, credentials, permissions (exit 1 when a check fails)',
    )
    .argument('<name>')
    .option('--json', 'print as JSON')
    .addHelpText('after', examples('waybill destinations test dtrack-prod'))
    .action(async (name: string, options: { json?: boolean }, command: Command) => {
      const path = `${apiPath('destinations', name)}/test`;
      const answer = await clientOf(command, io).request<{ checks?: Row[] }>(path, {
        method: 'POST',
        json: {},
        timeoutMs: TEST_MS,
      });
      const checks = answer.checks ?? [];
      if (options.json) printJson(io, answer);
      else printTestChecks(io, checks);
      if (checks.some(({ outcome }) => outcome === 'fail')) throw refusal(`The test of ${name} failed.`);
    });
  destinations
    .command('pause')
    .description('hold everything for a destination: nothing is sent, nothing is lost')
    .argument('<name>')
    .requiredOption('--reason <text>', 'why; it is shown with what is held')
    .addHelpText('after', examples("waybill destinations pause dtrack-prod --reason 'upgrade until noon'"))
    .action((name: string, options: { reason: string }, command: Command) =>
      hold(command, name, 'pause', { reason: options.reason }),
    );
  destinations
    .command('resume')
    .description('send what was held')
    .argument('<name>')
    .action((name: string, _options: unknown, command: Command) => hold(command, name, 'resume', {}));
  addRemoval(destinations, io, 'destination');

  const hold = async (command: Command, name: string, verb: 'pause' | 'resume', json: object) => {
    await clientOf(command, io).request(`${apiPath('destinations', name)}/${verb}`, { method: 'POST', json });
    io.out(`${verb === 'pause' ? 'paused' : 'resumed'}  ${printable(name)}\n`);
  };
}
