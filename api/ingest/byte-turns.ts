import { problem } from '../problem.ts';

/** Seconds after which a sender who found no room asks again. */
const RETRY_AFTER = '5';

/** Lets work begin while the bytes that it holds in memory fit beside those of the work that runs. */
export type Turns = <T>(bytes: number, work: () => Promise<T>) => Promise<T>;

/**
 * At most `total` bytes at once, first come, first served; more than `total` goes alone. Who waits longer than
 * `patienceMs` is refused with 503: what he sent is small by then, because large bodies wait on disk.
 */
export function createByteTurns(total: number, patienceMs: number): Turns {
  const waiting: { bytes: number; begin(): void }[] = [];
  let held = 0;

  const serve = () => {
    for (let next = waiting[0]; next && held + next.bytes <= total; next = waiting[0]) {
      waiting.shift();
      held += next.bytes;
      next.begin();
    }
  };

  const wait = (bytes: number) =>
    new Promise<void>((resolve, reject) => {
      const waiter = {
        bytes,
        begin: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(tooMuchAtOnce());
        serve();
      }, patienceMs);
      waiting.push(waiter);
      serve();
    });

  return async (wanted, work) => {
    const bytes = Math.min(wanted, total);
    await wait(bytes);
    try {
      return await work();
    } finally {
      held -= bytes;
      serve();
    }
  };
}

const tooMuchAtOnce = () =>
  problem(
    503,
    'submissions.busy',
    'too many large submissions are being read at once, and nothing of this one was recorded; send it again in a moment',
    { headers: { 'retry-after': RETRY_AFTER } },
  );
