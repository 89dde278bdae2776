import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';

type Waiter = { give(permit: SlotPermit): void };

/**
 * A semaphore whose limit is a variable: as the slot supplier of a destination's worker it decides how many of its
 * deliveries run in this process. 0 = held: the worker does not even poll. A lowered limit takes effect as permits come
 * back; polls that wait with a permit may still bring a task, so a delivery looks at the hold itself before it calls out.
 */
export class Gate implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  private limit: number | undefined;
  private taken = 0;
  private readonly waiting: Waiter[] = [];

  /** Undefined until the first limit is set: closed. */
  get current(): number | undefined {
    return this.limit;
  }

  setLimit(limit: number): void {
    this.limit = limit;
    this.serve();
  }

  reserveSlot(_context: unknown, signal: AbortSignal): Promise<SlotPermit> {
    const permit = this.tryReserveSlot();
    if (permit) return Promise.resolve(permit);
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        // Its reason and no other: the worker takes whatever else it gets for a fault, and logs it at every shutdown.
        reject(signal.reason);
      };
      const waiter: Waiter = {
        give: (given) => {
          signal.removeEventListener('abort', stop);
          resolve(given);
        },
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      this.waiting.push(waiter);
    });
  }

  tryReserveSlot(): SlotPermit | null {
    if (this.taken >= (this.limit ?? 0)) return null;
    this.taken += 1;
    return {};
  }

  markSlotUsed(): void {}

  releaseSlot(): void {
    this.taken -= 1;
    this.serve();
  }

  private serve(): void {
    while (this.waiting.length > 0) {
      const permit = this.tryReserveSlot();
      if (!permit) return;
      this.waiting.shift()?.give(permit);
    }
  }
}
