import { Piscina } from 'piscina';
import type { Inspection } from '../../attestation/materials/inspect.ts';
import type { Verification } from '../../attestation/verdict.ts';
import type { InspectTask, VerifyTask } from './thread.ts';
import { createTurns } from './turns.ts';

/** Work on a sender's bytes, away from the event loop, each with its limit of time and memory. */
export type Threads = {
  /** Throws `ThreadLimitError` when it needs too much; the thread is then replaced. */
  verify(task: VerifyTask): Promise<Verification>;
  inspect(task: InspectTask): Promise<Inspection>;
  close(): Promise<void>;
};

/** A task was cut off: its input is to blame, or the machine is overloaded. */
export class ThreadLimitError extends Error {
  override readonly name = 'ThreadLimitError';
  readonly limit: 'time' | 'memory';
  constructor(limit: 'time' | 'memory', message: string, options?: ErrorOptions) {
    super(message, options);
    this.limit = limit;
  }
}

const VERIFY_MS = 10_000;
const INSPECT_MS = 60_000;
const MEMORY_MB = 1024;

/** Starts the threads, the first ones warm when this resolves. Verification never waits behind inspections. */
export async function startThreads({ size = 2 } = {}): Promise<Threads> {
  const verifying = createPool(size);
  const inspecting = createPool(size);
  await Promise.all([verifying.run('warmVerify', undefined, 30_000), inspecting.run('warmInspect', undefined, 30_000)]);
  return {
    verify: (task) => verifying.run('verify', task, VERIFY_MS),
    inspect: (task) => inspecting.run('inspect', task, INSPECT_MS),
    close: async () => {
      await Promise.all([verifying.close(), inspecting.close()]);
    },
  };
}

function createPool(size: number) {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const pool = new Piscina({
    filename: new URL(`./thread.${extension}`, import.meta.url).href,
    minThreads: 1,
    maxThreads: size,
    idleTimeout: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  // The pool's own queue would let the clock run for who waits: others' bytes would have an honest sender refused.
  const turns = createTurns(size);
  return {
    run: <T>(name: string, task: unknown, ms: number): Promise<T> =>
      turns(async () => {
        const signal = AbortSignal.timeout(ms);
        try {
          return (await pool.run(task, { name, signal })) as T;
        } catch (error) {
          throw asLimit(name, ms, signal, error);
        }
      }),
    close: () => pool.close({ force: true }),
  };
}

function asLimit(name: string, ms: number, signal: AbortSignal, cause: unknown): unknown {
  if (signal.aborted) return new ThreadLimitError('time', `${name} took longer than ${ms} ms`, { cause });
  const isMemory = cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory ? new ThreadLimitError('memory', `${name} needed more than ${MEMORY_MB} MiB`, { cause }) : cause;
}
