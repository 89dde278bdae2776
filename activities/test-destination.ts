import { COMMON_CODES } from '../attestation/delivery/codes.ts';
import type { DestinationTestResult } from '../workflows/steps.ts';
import { createContext } from './context.ts';
import type { Deps } from './deps.ts';
import { impossible } from './failure.ts';
import { DeliveryError, type TestCheck } from './integrations/define.ts';
import { failed } from './integrations/support/test-checks.ts';

const TEST_MS = 45_000;
/** Less than the whole, so that a receiver that hangs is told from a test that was cut off. */
const CALL_MS = 35_000;

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
    const wrong = checks.filter((check) => check.outcome === 'fail');
    const at = deps.clock().toISOString();
    const broken = (await deps.db.holds.of(name)).some((hold) => hold.kind === 'broken');
    if (broken && wrong.length === 0) await deps.db.holds.heal(name, 'its test passed', at);
    if (broken && wrong.length > 0)
      await deps.db.holds.failProbe(
        name,
        wrong
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
  const opened = await createContext(deps, {
    ...call,
    signal: AbortSignal.timeout(TEST_MS),
    longestCallMs: CALL_MS,
  }).catch(asCheck('settings and secrets'));
  if ('outcome' in opened) return [opened];
  const say = opened.scrub;
  try {
    const checks = await call.integration.test(opened.context).catch((error: unknown) => {
      if (!(error instanceof DeliveryError))
        deps.log.error({ error: say(String(error)) }, 'the test of an integration failed');
      return [asCheck('reachable')(error)];
    });
    return checks.map((check) => ({
      name: say(check.name),
      outcome: check.outcome,
      detail: say(check.detail),
      ...(check.remedy === undefined ? {} : { remedy: say(check.remedy) }),
    }));
  } finally {
    opened.close();
  }
}

const asCheck =
  (name: string) =>
  (error: unknown): TestCheck =>
    error instanceof DeliveryError
      ? failed(name, `${error.code}: ${error.message}`, remedyOf(error.code))
      : failed(
          name,
          'the test itself failed, which is our fault',
          'report it with what the log of the workers says about it',
        );

const remedyOf = (code: string): string =>
  Object.entries(COMMON_CODES).find(([known]) => known === code)?.[1].remedy ??
  'correct the settings of the destination';
