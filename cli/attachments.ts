import type { Command } from 'commander';
import type { Io } from './io.ts';
import { NOUNS } from './nouns.ts';
import { clientOf } from './options.ts';
import { addRemoval } from './removal.ts';
import { type ListOptions, printList } from './rows.ts';

/** `attachments`: which pipelines go where. */
export function addAttachments(program: Command, io: Io): void {
  const attachments = program.command('attachments').description('list and delete what goes where; apply makes them');
  const columns = NOUNS.find(({ singular }) => singular === 'attachment')?.columns ?? (() => []);
  attachments
    .command('list')
    .description('all attachments')
    .option('--destination <name>', 'only to this destination')
    .option('--all', 'every page')
    .option('--json', 'print as JSON')
    .action(({ destination, ...options }: ListOptions & { destination?: string }, command: Command) =>
      printList(io, clientOf(command, io), '/v1/attachments', columns(io), { ...options, query: { destination } }),
    );
  addRemoval(attachments, io, 'attachment');
}
