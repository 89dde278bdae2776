import type { Inspection } from '../../attestation/materials/inspect.ts';
import type { Verification } from '../../attestation/verdict.ts';
import type { InspectTask } from './inspect-thread.ts';
import { createLimitedPool, threadModule } from './limited.ts';
import { type RuleThreads, startRuleThreads } from './rules.ts';
import type { VerifyTask } from './thread.ts';

export { ThreadLimitError } from './limited.ts';

/** Work on a sender's bytes, away from the event loop, each with its limit of time and memory. */
export type Threads = {
  /** Throws `ThreadLimitError` when it needs too much; the thread is then replaced. */
  verify(task: VerifyTask): Promise<Verification>;
  inspect(task: InspectTask): Promise<Inspection>;
  /** Evaluates the rules of a contract; see `RuleThreads`. */
  rules: RuleThreads['evaluate'];
  close(): Promise<void>;
};

/** The most that bytes which were let in are known to take is 4 s of CPU; others may want the machine meanwhile. */
const VERIFY_MS = 10_000;
const INSPECT_MS = 60_000;
const WARM_MS = 30_000;
const MEMORY_MB = 1024;

/**
 * Starts the threads, the first ones warm when this resolves. Verification never waits behind inspections. `size`: of
 * each kind, how many work at once.
 */
export async function startThreads({
  size = 2,
  verifyMs = VERIFY_MS,
  inspectMs = INSPECT_MS,
}: {
  size?: number;
  verifyMs?: number;
  inspectMs?: number;
} = {}): Promise<Threads> {
  const pool = (name: string) => createLimitedPool(threadModule(name), { size, memoryMb: MEMORY_MB });
  const verifying = pool('thread');
  const inspecting = pool('inspect-thread');
  const [rules] = await Promise.all([
    startRuleThreads({ size }),
    verifying.run('warmVerify', undefined, WARM_MS),
    inspecting.run('warmInspect', undefined, WARM_MS),
  ]);
  return {
    verify: (task) => verifying.run('verify', task, verifyMs),
    inspect: (task) => inspecting.run('inspect', task, inspectMs),
    rules: rules.evaluate,
    close: async () => {
      await Promise.all([verifying.close(), inspecting.close(), rules.close()]);
    },
  };
}
