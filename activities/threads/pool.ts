import { Piscina } from 'piscina';
import type { Inspection } from '../../attestation/materials/inspect.ts';
import type { Verification } from '../../attestation/verdict.ts';
import type { InspectTask, VerifyTask } from './thread.ts';

/** Work on a sender's bytes, away from the event loop, each with its limit of time and memory. */
export type Threads = {
  /** Throws `ThreadTimeoutError` when it takes too long; the thread is then replaced. */
  verify(task: VerifyTask): Promise<Verification>;
  inspect(task: InspectTask): Promise<Inspection>;
  close(): Promise<void>;
};

/** A task was cut off: its input is to blame, or the machine is overloaded. */
export class ThreadTimeoutError extends Error {
  override readonly name = 'ThreadTimeoutError';
}

const VERIFY_MS = 10_000;
const INSPECT_MS = 60_000;
const MEMORY_MB = 1024;

/** Starts the pool, its first thread warm when this resolves. */
export async function startThreads({ size = 2 } = {}): Promise<Threads> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const pool = new Piscina({
    filename: new URL(`./thread.${extension}`, import.meta.url).href,
    minThreads: 1,
    maxThreads: size,
    idleTimeout: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const run = async <T>(name: string, task: unknown, ms: number): Promise<T> => {
    const signal = AbortSignal.timeout(ms);
    try {
      return (await pool.run(task, { name, signal })) as T;
    } catch (error) {
      if (signal.aborted) throw new ThreadTimeoutError(`${name} took longer than ${ms} ms`, { cause: error });
      throw error;
    }
  };
  await run('warm', undefined, 30_000);
  return {
    verify: (task) => run('verify', task, VERIFY_MS),
    inspect: (task) => run('inspect', task, INSPECT_MS),
    close: () => pool.close({ force: true }),
  };
}
