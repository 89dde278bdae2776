import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startThreads } from '../../activities/threads/pool.ts';
import { WORST } from '../../test/support/worst-materials.ts';
import { residentBytes } from '../memory.ts';

/** One document, inspected in a thread as a worker does it: the better of two times by the clock. */
export type Validated = {
  name: string;
  bytes: number;
  ms: number;
  /** Of the whole process, collecting garbage included: what a busy machine hardly changes. */
  cpuMs: number;
  outcome: string;
  /** Of the whole process, after it. */
  residentBytes: number | undefined;
  /** Longest that the process beside it stood still meanwhile. */
  stoodStillMs: number;
};

/** The worst documents of every kind, one after the other. */
export async function measureValidation(say: (line: string) => void): Promise<Validated[]> {
  say('check: documents of the worst sizes and shapes');
  const threads = await startThreads({ size: 1 });
  const measured: Validated[] = [];
  try {
    for (const { name, type, make } of WORST) {
      const bytes = Buffer.from(make());
      const delay = monitorEventLoopDelay({ resolution: 1 });
      const once = async () => {
        const since = performance.now();
        const before = process.cpuUsage();
        const { outcome } = await threads.inspect({ bytes, type });
        const { user, system } = process.cpuUsage(before);
        return { ms: performance.now() - since, cpuMs: (user + system) / 1000, outcome };
      };
      const first = await once();
      delay.enable();
      const second = await once();
      delay.disable();
      measured.push({
        name,
        bytes: bytes.length,
        ms: Math.min(first.ms, second.ms),
        cpuMs: Math.min(first.cpuMs, second.cpuMs),
        outcome: second.outcome,
        residentBytes: residentBytes(process.pid),
        stoodStillMs: delay.max / 1e6,
      });
    }
    return measured;
  } finally {
    await threads.close();
  }
}
