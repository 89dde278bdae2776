import type { Command } from 'commander';
import type { Client } from './client.ts';
import { confirmed } from './confirm.ts';
import { refusal, usageError } from './exit.ts';
import { type Io, printable, printJson } from './io.ts';
import { apiPath, clientOf, examples } from './options.ts';
import { ago, field, type Row } from './rows.ts';
import { printTable } from './table.ts';

type Kind = 'destination' | 'attachment';
type Options = { reason?: string; keepOpen?: boolean; dryRun?: boolean; yes?: boolean; json?: boolean };
type Removal = {
  removed: boolean;
  attachments: string[];
  open: { count: number; states: Row[]; oldest: string | null; example: string | null };
  skipped: number;
  action: string | null;
};

/** `destinations delete` and `attachments delete`: says what it would strand, and asks. */
export function addRemoval(parent: Command, io: Io, kind: Kind): void {
  const command = parent
    .command('delete')
    .description(
      kind === 'destination'
        ? 'remove a receiver with its attachments; deliveries that are still open end skipped, for ever'
        : 'attach it no more; deliveries that are still open end skipped, or go on with --keep-open',
    )
    .argument('<name>')
    .option('--reason <text>', 'why; needed where deliveries are open, kept with each and in the audit')
    .option('--dry-run', 'show what it would strand, and do nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      examples(
        `waybill ${kind}s delete dtrack-old --dry-run`,
        `waybill ${kind}s delete dtrack-old --reason 'moved to dtrack-prod'`,
      ),
    );
  if (kind === 'attachment') command.option('--keep-open', 'let its open deliveries go on; no more are planned');
  command.action((name: string, options: Options, self: Command) =>
    remove(io, clientOf(self, io), kind, name, options),
  );
}

async function remove(io: Io, client: Client, kind: Kind, name: string, options: Options): Promise<void> {
  const path = apiPath(`${kind}s`, name);
  const ask = (query: Record<string, string | number | boolean>) =>
    client.request<Removal | ''>(path, { method: 'DELETE', query });
  const stranded = await ask({ dryRun: true });
  if (stranded === '') throw new Error('expected a dry run to say what it would strand');
  if (options.dryRun && options.json) return printJson(io, stranded);
  if (options.dryRun || !options.json) show(io, stranded, options.dryRun ? io.out : io.err);
  if (options.dryRun) return io.err('Nothing was done.\n');

  const { open, attachments } = stranded;
  const skips = open.count > 0 && !options.keepOpen;
  if (skips && options.reason === undefined)
    throw usageError(
      `Expected --reason: ${counted(open.count)} would never reach ${kind === 'destination' ? printable(name) : 'its receiver'}.`,
    );
  await confirmed(
    io,
    `Remove ${kind} ${printable(name)}${skips ? ` and skip ${counted(open.count)}` : ''}?`,
    options.yes,
  );
  const consent = {
    ...(skips && { skipOpen: true, expectAtMost: open.count, reason: options.reason ?? '' }),
    ...(options.keepOpen && { keepOpen: true }),
    ...(attachments.length > 0 && { detachAtMost: attachments.length }),
  };
  const done = await untilRemoved(io, () => ask(consent));
  if (options.json) return printJson(io, { ...stranded, dryRun: false, ...done });
  const audit = done.action === null ? '' : `  (${done.action} in the audit)`;
  io.out(`removed  ${printable(name)}${done.skipped > 0 ? `, skipped ${counted(done.skipped)}${audit}` : ''}\n`);
}

/** The same call goes on where the one before stopped; one that ends nothing more will never get there. */
async function untilRemoved(io: Io, call: () => Promise<Removal | ''>) {
  let skipped = 0;
  let action: string | null = null;
  for (;;) {
    const part = await call();
    if (part === '') return { removed: true, skipped, action };
    skipped += part.skipped;
    action ??= part.action;
    if (part.removed) return { removed: true, skipped, action };
    io.err(`${skipped} skipped so far\n`);
    if (part.skipped === 0)
      throw refusal('It is still needed: something new came meanwhile.', { remedy: 'Look again with --dry-run.' });
  }
}

function show(io: Io, { attachments, open }: Removal, out: (text: string) => void): void {
  if (attachments.length > 0) out(`attachments that go with it: ${attachments.map(printable).join(', ')}\n`);
  if (open.count === 0) {
    out('no delivery is open\n');
    return;
  }
  const oldest =
    open.oldest === null ? '' : `, the oldest for ${ago(io, open.oldest)} (${printable(open.example ?? '')})`;
  out(`${counted(open.count)} open${oldest}\n`);
  printTable({ ...io, out }, COLUMNS, open.states);
}

const COLUMNS = ['state', 'count', 'example'].map((name) => ({
  title: name.toUpperCase(),
  value: (row: Row) => field(row, name),
}));
const counted = (count: number): string => `${count} ${count === 1 ? 'delivery' : 'deliveries'}`;
