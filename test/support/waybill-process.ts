import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../bin/main.ts', import.meta.url));
const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 15_000;

/** `waybill api` or `waybill worker` as a child of its own, which a test may kill and start again. */
export type WaybillProcess = {
  /** Everything it wrote, over all its lives. */
  logFile: string;
  /** What it said when it was ready last. */
  said(): { url?: string };
  /** Of the process as it runs now; undefined when it does not run. */
  pid(): number | undefined;
  /** Starts it, again too, and resolves when it is ready. */
  start(args?: string[]): Promise<void>;
  /** kill -9, resolved when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, resolved when it is gone; killed when it does not go. Does nothing when it does not run. */
  stop(): Promise<void>;
  /** Neither works nor answers until it is thawed, as on a machine that swaps. */
  freeze(): void;
  thaw(): void;
};

/** Nothing runs before `start`. It has an IPC channel, so it ends by itself when this process does, however it ends. */
export function createWaybillProcess(command: 'api' | 'worker', env: NodeJS.ProcessEnv, logFile: string) {
  let child: ChildProcess | undefined;
  let said: { url?: string } = {};
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    if (!child || !isRunning()) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const killer = setTimeout(() => child?.kill('SIGKILL'), STOP_WITHIN_MS);
    await gone;
    clearTimeout(killer);
  };
  const made: WaybillProcess = {
    logFile,
    said: () => said,
    pid: () => (isRunning() ? child?.pid : undefined),
    async start(args = []) {
      if (isRunning()) throw new Error(`expected ${command} not to run yet, it does`);
      const log = openSync(logFile, 'a', 0o600);
      // What this process was started with (loaders, conditions) is the test runner's, not theirs.
      child = fork(MAIN, [command, ...args], { env, execArgv: [], stdio: ['ignore', log, log, 'ipc'] });
      closeSync(log);
      said = await untilReady(child, command, logFile);
    },
    kill: () => end('SIGKILL'),
    async stop() {
      child?.kill('SIGCONT');
      await end('SIGTERM');
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  };
  return made;
}

function untilReady(child: ChildProcess, command: string, logFile: string): Promise<{ url?: string }> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string) =>
      reject(
        new Error(`${command} ${why}:\n${readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-10).join('\n')}`),
      );
    const timer = setTimeout(refuse, READY_WITHIN_MS, 'was not ready in time');
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      refuse(`ended before it was ready (${signal ?? code})`);
    });
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message as { url?: string });
    });
  });
}
