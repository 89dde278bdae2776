import { type Command, Option } from 'commander';
import { parseDuration } from '../attestation/duration.ts';
import { TokenRole } from '../attestation/resources.ts';
import { TOKEN_COLUMNS } from './columns.ts';
import { usageError } from './exit.ts';
import { type Io, printable, printJson } from './io.ts';
import { apiPath, clientOf, examples, several } from './options.ts';
import { field, type ListOptions, printList, type Row } from './rows.ts';

type CreateOptions = { role: TokenRole; name: string; scope?: string[]; expires?: string; json?: boolean };

/** `token`: who may do what. A token is shown once, when it is created. */
export function addToken(program: Command, io: Io): void {
  const token = program.command('token').description('create, list and revoke tokens');
  token
    .command('create')
    .description('create a token and print it, alone, on standard output: it is never shown again')
    .requiredOption('--name <text>', 'what it is for')
    .addOption(new Option('--role <role>', 'what it may do').choices(TokenRole.options).default('submit'))
    .option('--scope <project/pipeline>', 'only for these pipelines (globs); repeatable (default: everything)', several)
    .option('--expires <duration>', 'how long it lives, e.g. 30d, or never (default: 90d)')
    .option('--json', 'print the whole answer as JSON, the token in it')
    .addHelpText(
      'after',
      examples("waybill token create --name 'skynet CI' --role submit --scope 'skynet/*' --expires 90d > ci-token"),
    )
    .action(async (options: CreateOptions, command: Command) => {
      const { role, name, scope, expires } = options;
      if (expires && expires !== 'never' && parseDuration(expires) === undefined) {
        throw usageError(`Expected a duration such as 12h or 30d, or never, found ${JSON.stringify(expires)}.`);
      }
      const json = { role, name, ...(scope && { scope }), ...(expires && { expiresIn: expires }) };
      const created = await clientOf(command, io).request<Row>('/v1/tokens', { method: 'POST', json });
      if (options.json) return printJson(io, created);
      io.err(
        `${printable(`${field(created, 'id')}: role ${role}, expires ${field(created, 'expiresAt') ?? 'never'}. Keep it: it is not shown again.`)}\n`,
      );
      return io.out(`${field(created, 'token')}\n`);
    });
  token
    .command('list')
    .description('all tokens: role, scope, expiry, last use')
    .option('--all', 'every page')
    .option('--json', 'print as JSON')
    .action((options: ListOptions, command: Command) =>
      printList(io, clientOf(command, io), '/v1/tokens', TOKEN_COLUMNS(io), options),
    );
  token
    .command('revoke')
    .description('end a token at once')
    .argument('<id>', 'as `waybill token list` shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      // Not the token itself: it would end in a log of requests.
      if (id.startsWith('wbt_'))
        throw usageError('Expected the id of a token (tok_…), found a token.', 'See `waybill token list`.');
      await clientOf(command, io).request(apiPath('tokens', id), { method: 'DELETE' });
      io.out(`revoked  ${printable(id)}\n`);
    });
}
