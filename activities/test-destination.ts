import type { DestinationTestResult } from '../workflows/steps.ts';
import { createContext } from './context.ts';
import type { Deps } from './deps.ts';
import { impossible } from './failure.ts';
import { DeliveryError, type TestCheck } from './integrations/define.ts';

const TEST_MS = 45_000;

/**
 * Runs a destination's test and returns its named checks. When the destination is broken this is a probe: it passes →
 * the hold is dropped; it fails → the next probe is further away. An operator's hold stays as it is.
 */
export const createTestDestination =
  (deps: Deps) =>
  async (name: string): Promise<DestinationTestResult> => {
    const destination = await deps.db.destinations.get(name);
    const integration = destination && deps.integrations[destination.spec.integration];
    if (!destination || !integration)
      throw impossible('DESTINATION_MISSING', `no destination ${name}, or no integration for it here`);
    const checks = await run(deps, { work: { destination }, integration });
    const failed = checks.filter((check) => check.outcome === 'fail');
    const at = deps.clock().toISOString();
    const broken = (await deps.db.holds.of(name)).some((hold) => hold.kind === 'broken');
    if (broken && failed.length === 0) await deps.db.holds.heal(name, 'its test passed', at);
    if (broken && failed.length > 0)
      await deps.db.holds.failProbe(
        name,
        failed
          .map((check) => `${check.name}: ${check.detail}`)
          .join('; ')
          .slice(0, 512),
        at,
      );
    return checks;
  };

async function run(
  deps: Deps,
  call: Pick<Parameters<typeof createContext>[1], 'work' | 'integration'>,
): Promise<TestCheck[]> {
  const opened = await createContext(deps, { ...call, signal: AbortSignal.timeout(TEST_MS) }).catch(
    asCheck('settings and secrets'),
  );
  if ('outcome' in opened) return [opened];
  const say = opened.scrub;
  try {
    const checks = await call.integration.test(opened.context).catch((error: unknown) => [asCheck('reachable')(error)]);
    return checks.map((check) => ({
      ...check,
      detail: say(check.detail),
      ...(check.remedy === undefined ? {} : { remedy: say(check.remedy) }),
    }));
  } finally {
    opened.close();
  }
}

const asCheck =
  (name: string) =>
  (error: unknown): TestCheck => ({
    name,
    outcome: 'fail',
    detail:
      error instanceof DeliveryError
        ? `${error.code}: ${error.message}`
        : 'the test itself failed, which is our fault; see the worker log',
  });
