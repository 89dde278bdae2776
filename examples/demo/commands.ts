import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WAYBILL = fileURLToPath(new URL('../../bin/main.ts', import.meta.url));

export type Ran = { code: number; out: string; err: string };

/** Runs `waybill …` as a user would, and gives back what it printed and how it ended. */
export function waybill(args: string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return run(process.execPath, [WAYBILL, ...args], env);
}

/** The project's own SBOM, as npm writes it. */
export async function ownSbom(): Promise<string> {
  const { code, out, err } = await run('npm', ['sbom', '--sbom-format', 'cyclonedx'], process.env);
  if (code !== 0) throw new Error(`npm sbom failed: ${err.trim().split('\n').at(-1)}`);
  return out;
}

function run(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(file, args, { env, cwd: ROOT, maxBuffer: 64 * 2 ** 20 }, (error, out, err) =>
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 3) : 0, out, err }),
    );
  });
}

/** A process of the stage. It has an IPC channel, so it ends with the demo, however the demo ends. */
export type Actor = { message: Promise<Record<string, unknown>>; stop(): Promise<void> };

export function startActor(file: string, args: string[], env: NodeJS.ProcessEnv, say: (line: string) => void): Actor {
  const child = spawn(process.execPath, [file, ...args], { env, cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let last = '';
  const hear = (chunk: Buffer) => {
    last = (last + chunk.toString()).slice(-4000);
    for (const line of chunk.toString().split('\n')) if (line.trim()) say(line);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const message = new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once('message', (value) => resolve(value as Record<string, unknown>));
    child.once('exit', (code) => reject(new Error(`${args[0] ?? file} ended (exit code ${code}):\n${last}`)));
  });
  message.catch(() => {});
  return {
    message,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export const startWaybill = (args: string[], env: NodeJS.ProcessEnv, say: (line: string) => void): Actor =>
  startActor(WAYBILL, args, env, say);
