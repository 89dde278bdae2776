import { Piscina } from 'piscina';
import { createTurns } from './turns.ts';

/** Threads whose tasks have limits. */
export type LimitedPool = {
  /**
   * Calls the function `name` of the pool's module in a thread. Throws `ThreadLimitError` when it runs longer than `ms`
   * (its turn to run is waited for without end, and does not count) or needs too much memory; its thread is then replaced.
   */
  run<T>(name: string, task: unknown, ms: number): Promise<T>;
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

/** The module of that name in this folder, in the language that it is run in: TypeScript from a clone, else JavaScript. */
export const threadModule = (name: string): URL =>
  new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/**
 * At most `size` threads, each with a heap of at most `memoryMb`. Code of Node itself that meets that end takes the
 * process down all the same: what tasks are given must be bounded so that it is never met.
 */
export function createLimitedPool(module: URL, { size, memoryMb }: { size: number; memoryMb: number }): LimitedPool {
  const pool = new Piscina({
    filename: module.href,
    minThreads: 1,
    maxThreads: size,
    idleTimeout: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  // A thread that was cut off may meet its other limit while it dies: nobody waits for it, and no process ends for it.
  pool.on('error', (error) => {
    if (!isOutOfMemory(error)) throw error;
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
          if (signal.aborted) throw new ThreadLimitError('time', `${name} took longer than ${ms} ms`, { cause: error });
          if (!isOutOfMemory(error)) throw error;
          throw new ThreadLimitError('memory', `${name} needed more than ${memoryMb} MiB`, { cause: error });
        }
      }),
    close: () => pool.close({ force: true }),
  };
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
