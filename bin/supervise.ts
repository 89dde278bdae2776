import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A child process that is started again when it ends by itself. */
export type Supervised = { firstReady: object; pid(): number | undefined; stop(): Promise<void> };

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Starts `waybill <command>` as a child and resolves when it first says that it is ready. It has an IPC channel: when
 * this process is killed, the channel closes and the child stops by itself.
 */
export async function supervise(
  command: 'api' | 'worker',
  args: string[],
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<Supervised> {
  let child = spawn(command, args, env);
  let stopping = false;
  const firstReady = await ready(child, command);
  const keep = async () => {
    for (let pause = 500; !stopping; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const code = await ended(child);
      if (stopping) return;
      say(`${command} ended by itself (${code}); starting it again in ${pause} ms`);
      await delay(pause);
      if (stopping) return;
      child = spawn(command, args, env);
      await ready(child, command).then(
        () => {
          pause = 250;
        },
        (error: unknown) => say(String(error)),
      );
    }
  };
  const kept = keep();
  return {
    firstReady,
    pid: () => child.pid,
    async stop() {
      stopping = true;
      const end = ended(child);
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await end;
      clearTimeout(timer);
      await Promise.race([kept, delay(LONGEST_PAUSE_MS, undefined, { ref: false })]);
    },
  };
}

function spawn(command: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fork(fileURLToPath(new URL(`./main.${extension}`, import.meta.url)), [command, ...args], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

const ended = (child: ChildProcess): Promise<string> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(`${child.signalCode ?? child.exitCode}`)
    : new Promise((resolve) => child.once('exit', (code, signal) => resolve(`${signal ?? code}`)));

function ready(child: ChildProcess, command: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${command} was not ready within ${READY_WITHIN_MS / 1000} s`)),
      READY_WITHIN_MS,
    );
    const settle = (act: () => void) => {
      clearTimeout(timer);
      child.removeAllListeners('message');
      child.removeListener('exit', onExit);
      act();
    };
    const onExit = (code: number | null) =>
      settle(() =>
        reject(new Error(`${command} ended before it was ready (exit code ${code}); its last lines say why`)),
      );
    child.once('exit', onExit);
    child.on('message', (message: object) => {
      if ('ready' in message) settle(() => resolve(message));
    });
  });
}
