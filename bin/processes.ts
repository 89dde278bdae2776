import type { Command } from 'commander';
import { CliError, EXIT } from '../cli/exit.ts';
import { examples, wholeNumber } from '../cli/options.ts';

const DATA = ['--data <folder>', 'where everything is kept (default: WAYBILL_DATA_DIR, else ./.waybill)'] as const;

/** The commands that are processes. Each loads its own modules only when it runs: the others start fast. */
export function addProcesses(program: Command): void {
  program
    .command('up')
    .description('run everything on this machine: a Temporal server, the API and a worker')
    .option(...DATA)
    .option('--port <port>', 'of the API and the console (default: 7080; 0 = any)', port)
    .option('--temporal-port <port>', 'of the Temporal server', port)
    .option('--temporal-ui-port <port>', "of Temporal's own web interface", port)
    .option('--no-temporal-ui', "without Temporal's own web interface")
    .addHelpText('after', examples('waybill up', 'waybill up --data /var/lib/waybill --port 8080'))
    .action((options) => started(async () => (await import('./up.ts')).runUp(options)));
  program
    .command('api')
    .description('run the API alone, as many as wanted')
    .option(...DATA)
    .option('--host <address>', 'to listen on (default: 127.0.0.1)')
    .option('--port <port>', 'default: 7080; 0 = any', port)
    .addHelpText('after', examples('TEMPORAL_ADDRESS=temporal:7233 waybill api --host 0.0.0.0'))
    .action((options) => started(async () => (await import('./api.ts')).runApi(options)));
  program
    .command('worker')
    .description('run a worker alone, as many as wanted')
    .option(...DATA)
    .addHelpText('after', examples('TEMPORAL_ADDRESS=temporal:7233 waybill worker'))
    .action((options) => started(async () => (await import('./worker.ts')).runWorker(options)));
}

const port = (text: string): number => (text === '0' ? 0 : wholeNumber(text));

/** Time to print what went wrong. */
const EXIT_WITHIN_MS = 500;

/** What a process refuses to start with is a sentence for the operator; what goes wrong in one is not a refusal either. */
async function started(run: () => Promise<void>): Promise<void> {
  // Whatever these processes write is theirs alone: tokens, keys, the database, what was sent.
  process.umask(0o077);
  try {
    await run();
  } catch (error) {
    // What was opened before it failed, a connection or the supervisor's channel, must not keep it.
    setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref();
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.failed, message, { cause: error });
  }
}
