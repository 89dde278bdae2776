import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { Duplex } from 'node:stream';

export type ServerExit = { code: number | null; signal: NodeJS.Signals | null };
export type ServerProcess = {
  /** The server's own pid, not that of the shell around it. */
  pid: number;
  exited: Promise<ServerExit>;
  /** Does nothing once it has exited: the pid may be somebody else's by then. */
  kill(signal: NodeJS.Signals): void;
  /** What this run has written to its log so far. */
  output(): string;
};

/**
 * Runs the server, tells us its pid on descriptor 3, and watches that descriptor: we never write to it, so it ends only
 * when we do, however suddenly, and then the server is ended. A trapped signal makes `wait` return before the server is
 * gone, hence the loop; it must not ask whether the server lives, as one that died at once is reaped with its exit code.
 */
const WATCHED = `
"$@" 3<&- & S=$!
echo $S >&3
T=
trap 'T=1; kill -TERM $S 2>/dev/null' TERM INT HUP
(read -r _; kill -TERM $S; sleep 5; kill -KILL $S) <&3 2>/dev/null & W=$!
wait $S; C=$?
while [ "$T" ] && [ $C -gt 128 ]; do T=; wait $S; C=$?; done
kill $W 2>/dev/null
exit $C`;
const HAS_SHELL = process.platform !== 'win32';
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/**
 * Starts the binary in a session of its own, so that Ctrl-C reaches us first and workers can drain. Its output is
 * appended to the log file. Where there is no shell (Windows) nothing ends it when we are killed.
 */
export async function spawnServer(binary: string, args: readonly string[], logFile: string): Promise<ServerProcess> {
  keepOneOldLog(logFile);
  const log = openSync(logFile, 'a', 0o600);
  const start = statSync(logFile).size;
  try {
    const child = HAS_SHELL
      ? spawn('/bin/sh', ['-c', WATCHED, 'sh', binary, ...args], {
          stdio: ['ignore', log, log, 'pipe'],
          detached: true,
        })
      : spawn(binary, args, { stdio: ['ignore', log, log] });
    let gone = false;
    const exited = new Promise<ServerExit>((resolve) =>
      child.once('exit', (code, signal) => {
        gone = true;
        resolve(readExit(code, signal));
      }),
    );
    await once(child, 'spawn');
    const pid = await serverPid(child);
    const kill = (signal: NodeJS.Signals) => (gone ? undefined : signalProcess(pid, signal));
    const output = () => readFileSync(logFile).subarray(start).toString();
    return { pid, exited, kill, output };
  } finally {
    closeSync(log);
  }
}

/** The server may be gone already while the shell around it is still ending. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function serverPid(child: ChildProcess): Promise<number> {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Duplex)) return child.pid ?? Number.NaN;
  pipe.on('error', () => undefined);
  const [line] = (await once(pipe, 'data')) as [Buffer];
  return Number.parseInt(line.toString(), 10);
}

/** A shell tells of a child that died by a signal as 128 + its number. */
function readExit(code: number | null, signal: NodeJS.Signals | null): ServerExit {
  if (code === null || code <= 128) return { code, signal };
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name ? { code: null, signal: name as NodeJS.Signals } : { code, signal };
}

function keepOneOldLog(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(logFile, `${logFile}.1`);
}
