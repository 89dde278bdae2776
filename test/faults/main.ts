import { parseArgs } from 'node:util';
import { findTemporalCli } from '../../temporal/cli-binary.ts';
import { runLaboratory } from './laboratory.ts';
import { printRun } from './report.ts';

const USAGE = `npm run test:faults -- [--minutes 10] [--seed N] [--rate 2]
The same seed gives the same schedule of faults. Exit code 0: every promise was kept; 1: one was broken.
With WAYBILL_TEST_KEEP=1 the databases and logs stay.
`;
const DEFAULT_SEED = 20_261_123;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(DEFAULT_SEED) },
    rate: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else await run(within('minutes', values.minutes, 0.2, 600), within('rate', values.rate, 0.1, 50));

function within(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  process.stderr.write(`--${name}: expected a number from ${least} to ${most}, found ${text}\n${USAGE}`);
  process.exit(2);
}

async function run(minutes: number, ratePerSecond: number): Promise<void> {
  const since = performance.now();
  const say = (line: string) =>
    process.stderr.write(`[${((performance.now() - since) / 1000).toFixed(0)} s] ${line}\n`);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const cli = await findTemporalCli({ env: process.env, log: say });
  const running = runLaboratory(cli, {
    seed: within('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    durationMs: minutes * 60_000,
    ratePerSecond,
    processes: { api: 2, worker: 3, temporal: 1 },
    settleWithinMs: 8 * 60_000,
    impatient: false,
    signal: interrupted.signal,
    say,
  });
  const report = await running.catch((error: unknown) => {
    if (!interrupted.signal.aborted) throw error;
    process.exit(130);
  });
  process.stdout.write(printRun(report));
  process.exitCode = report.violations.length === 0 ? 0 : 1;
}
