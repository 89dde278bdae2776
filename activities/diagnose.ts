import type { DeliveryState } from '../attestation/delivery/state.ts';
import type { AttemptResult } from '../db/attempts.ts';
import { createContext } from './context.ts';
import type { Deps } from './deps.ts';
import type { LoadedDelivery } from './prologue.ts';

/** A destination is tested at most this often because of failing deliveries. */
const TEST_EVERY_MS = 30_000;

/**
 * A delivery failed as if its destination were broken: `test()` decides. It fails → the destination is broken and all
 * its deliveries are held; it passes → this delivery is to blame and is blocked (PROTOCOLS C).
 */
export async function diagnose(
  deps: Deps,
  { work, integration }: LoadedDelivery,
  failed: AttemptResult & { outcome: 'failed' },
  state: DeliveryState,
): Promise<DeliveryState> {
  const { name } = work.destination;
  const cause = { scope: failed.scope, code: failed.code, message: failed.message };
  const at = deps.clock().toISOString();
  if (!(await deps.db.leases.take(`test:${name}`, work.delivery.id, TEST_EVERY_MS, at))) return state;

  const fault = await findFault(deps, { work, integration });
  if (fault === undefined) return deps.db.deliveries.refuse(work.delivery.id, cause, deps.clock().toISOString());
  await deps.db.holds.break(name, { ...cause, message: fault || cause.message }, deps.clock().toISOString());
  deps.log.warn({ destination: name, code: cause.code }, 'destination is broken: its deliveries are held');
  return state;
}

/** What the test complains of; undefined when it is content. An attachment's options are no fault of the destination. */
async function findFault(deps: Deps, { work, integration }: LoadedDelivery): Promise<string | undefined> {
  const call = {
    work: { destination: work.destination },
    integration,
    signal: AbortSignal.timeout(30_000),
    longestCallMs: 25_000,
  };
  const opened = await createContext(deps, call).catch(() => undefined);
  if (!opened) return '';
  try {
    const checks = await integration.test(opened.context);
    const failed = checks.filter((check) => check.outcome === 'fail');
    return failed.length === 0
      ? undefined
      : opened.scrub(failed.map((check) => `${check.name}: ${check.detail}`).join('; ')).slice(0, 512);
  } catch (error) {
    return opened.scrub(error instanceof Error ? error.message : 'the test itself failed').slice(0, 512);
  } finally {
    opened.close();
  }
}
