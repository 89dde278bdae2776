import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TemporalCli } from './cli-binary.ts';
import { type ServerExit, type ServerProcess, spawnServer } from './dev-server-process.ts';
import { type Held, lockWithin } from './lock.ts';
import { choosePort, LOOPBACK } from './ports.ts';
import { untilServing } from './readiness.ts';

export type DevServerOptions = {
  cli: TemporalCli;
  /** Holds the database `temporal-<server version>.db`, its lock and `temporal.log`. */
  dataDir: string;
  /** Exactly this port or an error; 0 means any. Without it: 7233, or any where that is taken. */
  port?: number;
  /** The same for the web UI (8233); `off` for none. */
  uiPort?: number | 'off';
  namespace?: string;
  log: (line: string) => void;
};
export type DevServer = {
  address: string;
  port: number;
  namespace: string;
  uiUrl: string | undefined;
  /** The server's own pid. */
  pid: number;
  dbFile: string;
  logFile: string;
  /** Settles when the server is gone, for whatever reason; the database may be opened anew then. */
  exited: Promise<ServerExit>;
  /** SIGTERM, and SIGKILL after 5 s. Stop workers and clients before. */
  stop(): Promise<ServerExit>;
};

const READY_WITHIN_MS = 30_000;
const KILL_AFTER_MS = 5_000;
/** A server whose starter was killed is ended by its watcher: TERM at once, KILL after 5 s. */
const ORPHAN_ENDS_MS = 10_000;
/**
 * Another process won a port since it was looked at, or the server lost its own lottery for ports, which ends it with a
 * panic of Go: neither is there the next time.
 */
const PASSING = /address already in use|^panic: /m;

/**
 * Starts Temporal's development server on the loopback interface and resolves when it serves. It ends with this process,
 * also on kill -9. One server per database: a second start is refused with the pid that holds it. To restart after
 * `exited`, call this again with the same `dataDir` and port.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  // The server makes its schema once and never migrates it: another version gets another file.
  const dbFile = join(dataDir, `temporal-${options.cli.version.server}.db`);
  const lock = await lockWithin(`${dbFile}.lock`, {
    patienceMs: ({ holder }) => (holder === 'child' ? ORPHAN_ENDS_MS : 0),
    onWait: ({ pid }) => options.log(`waiting for the Temporal server of an earlier run to end (pid ${pid})`),
    onGivingUp: (held) => new Error(databaseHeld(dbFile, held)),
  });
  try {
    const server = await startServing({ ...options, dataDir }, dbFile, (pid) => lock.coverChild(pid));
    return { ...server, exited: server.exited.finally(lock.release) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startServing(
  options: DevServerOptions,
  dbFile: string,
  onSpawn: (pid: number) => void,
): Promise<DevServer> {
  const { cli, dataDir, namespace = 'default', log } = options;
  const logFile = join(dataDir, 'temporal.log');
  for (let triesLeft = 3; ; triesLeft--) {
    const port = await choosePort({ what: "Temporal's dev server", asked: options.port, usual: 7233, log });
    const uiPort =
      options.uiPort === 'off'
        ? undefined
        : await choosePort({ what: "Temporal's web UI", asked: options.uiPort, usual: 8233, log });
    const server = await spawnServer(cli.path, serverArgs({ dbFile, namespace, port, uiPort }), logFile);
    onSpawn(server.pid);
    const failure = await whyNotServing(server, port, namespace);
    if (failure === undefined) {
      const uiUrl = uiPort === undefined ? undefined : `http://${LOOPBACK}:${uiPort}`;
      const { pid, exited } = server;
      const stop = () => stopServer(server);
      return { address: `${LOOPBACK}:${port}`, port, namespace, uiUrl, pid, dbFile, logFile, exited, stop };
    }
    if (triesLeft > 1 && PASSING.test(server.output())) continue;
    throw new Error(`Temporal's dev server ${failure}\nIts log: ${logFile}`);
  }
}

/** What comes now goes before what is replayed: this matcher knows priorities, within each partition of a queue. */
const PRIORITIES = 'matching.useNewMatcher=true';

function serverArgs(at: { dbFile: string; namespace: string; port: number; uiPort: number | undefined }): string[] {
  const rates = ['transfer', 'timer', 'visibility'].map((queue) => `history.${queue}ProcessorMaxPollRPS=1000`);
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--port', `${at.port}`, '--namespace', at.namespace],
    ...(at.uiPort === undefined ? ['--headless'] : ['--ui-ip', LOOPBACK, '--ui-port', `${at.uiPort}`]),
    ...['--db-filename', at.dbFile, '--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
    ...['--log-level', 'warn', '--log-format', 'json'],
    // Untuned, each queue of the one shard is polled 20 times a second: every hop of a workflow waits up to 50 ms.
    ...[...rates, PRIORITIES].flatMap((value) => ['--dynamic-config-value', value]),
  ];
}

/** Waits until this very server serves: undefined. Otherwise it is gone, and the answer says what became of it. */
async function whyNotServing(server: ServerProcess, port: number, namespace: string): Promise<string | undefined> {
  const waiting = new AbortController();
  const serving = untilServing(port, namespace, waiting.signal).then(
    () => 'serving' as const,
    () => 'late' as const,
  );
  const first = await Promise.race([serving, server.exited, delay(READY_WITHIN_MS, 'late' as const, { ref: false })]);
  waiting.abort();
  // Another server may have won the port since it was looked at, and would have answered: ours says when it is up.
  const ours = first === 'serving' ? await Promise.race([banner(server), server.exited]) : first;
  if (ours === 'up') return undefined;
  if (ours === 'late') {
    await stopServer(server);
    return `did not serve within ${READY_WITHIN_MS / 1000} s${tail(server)}`;
  }
  return `ended while starting (${ours.signal ?? `exit code ${ours.code}`})${tail(server)}`;
}

/** The server prints its addresses when it has bound them. A version that words it otherwise is believed after 1 s. */
async function banner(server: ServerProcess): Promise<'up'> {
  const since = performance.now();
  while (!/^Server:/m.test(server.output()) && performance.now() - since < 1000) await delay(10);
  return 'up';
}

async function stopServer({ exited, kill }: ServerProcess): Promise<ServerExit> {
  kill('SIGTERM');
  const killer = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS);
  return exited.finally(() => clearTimeout(killer));
}

function tail(server: ServerProcess): string {
  const all = server.output().trim().split('\n');
  // What follows a panic's first lines is where, not why.
  const panic = all.findIndex((line) => line.startsWith('panic: '));
  const lines = panic === -1 ? all.slice(-10) : all.slice(panic, panic + 10);
  return lines.join('') === '' ? '' : `:\n${lines.join('\n').slice(-2000)}`;
}

const databaseHeld = (dbFile: string, { pid, holder }: Held): string =>
  holder === 'child'
    ? `${dbFile} is still open in a Temporal server that outlived its starter: end process ${pid}, then start again`
    : `${dbFile} is in use by process ${pid}: end that, or start with another data directory`;
