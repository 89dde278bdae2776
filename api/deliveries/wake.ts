import type { ApiDeps } from '../deps.ts';
import type { DeliveryRef } from '../engine.ts';

type Deps = Pick<ApiDeps, 'log'> & { engine: Pick<ApiDeps['engine'], 'wake'> };

/** Tells a delivery's workflow what was written down. Best effort: the sweeper repeats it. */
export const wake = ({ engine, log }: Deps, delivery: DeliveryRef, what: 'retry' | 'skip'): Promise<void> =>
  engine.wake(delivery, what).catch((err: unknown) => {
    log.warn({ err, delivery: delivery.id, what }, 'workflow not told; the sweeper will');
  });
