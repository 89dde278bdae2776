import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from '../cli/io.ts';

// Before anything uses the pool. Half of it serves name lookups, and a silent name server keeps one thread each; with
// Node's four, two such names keep all other destinations waiting.
process.env.UV_THREADPOOL_SIZE ??= '32';

// Node would exit with 1, which means that something was refused.
const CRASHED = 3;
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(CRASHED);
});
// `waybill get … | head` closes the pipe; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : CRASHED));

const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const gone = once(lines, 'close').then(() => '');
  try {
    return await Promise.race([lines.question(question), gone]);
  } catch {
    // Ctrl-C or Ctrl-D: no answer, and the line is not over.
    process.stderr.write('\n');
    return '';
  } finally {
    lines.close();
  }
}

const io: Io = {
  env: process.env,
  cwd: process.cwd(),
  stdin: () => readFileSync(0),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns,
  ask: process.stdin.isTTY ? ask : undefined,
  now: () => new Date(),
  sleep: (ms) => sleep(ms),
  onInterrupt: (step) => {
    const end = (signal: NodeJS.Signals) => {
      step();
      forget();
      // As if nobody had listened: the caller sees by which signal it ended.
      process.kill(process.pid, signal);
    };
    const forget = () => {
      for (const signal of ENDINGS) process.off(signal, end);
    };
    for (const signal of ENDINGS) process.on(signal, end);
    return forget;
  },
};

// Loaded late, so that a module that is missing or broken ends in the handler above.
const { createProgram, runProgram } = await import('../cli/program.ts');
const { addProcesses } = await import('./processes.ts');
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const program = createProgram(io, version);
addProcesses(program);
process.exitCode = await runProgram(program, process.argv.slice(2), io);
