import type { Concluded, Judged, Steps } from '../../workflows/steps.ts';
import { FLOOR_DESTINATIONS } from './names.ts';

const NOTHING_FOUND: Judged = {
  verdict: 'accepted',
  checks: [],
  materials: [],
  annotations: {},
  owner: undefined,
  runner: null,
  subjects: [],
  verification: [],
};

/** Steps for our own workflow that do nothing. An id that begins with `delivered` is delivered to every stand-in. */
export const emptySteps: Pick<Steps, 'verify' | 'check' | 'conclude'> = {
  verify: async () => ({ decided: false, statements: [], checks: [] }),
  check: async () => ({ ready: true, decision: NOTHING_FOUND }),
  conclude: async ({ id }) => ({
    verdict: 'accepted',
    duplicateOf: null,
    pipeline: 'bench/floor',
    contract: 'bench@1',
    deliveries: id.startsWith('delivered') ? FLOOR_DESTINATIONS.map((destination) => owed(id, destination)) : [],
  }),
};

const owed = (id: string, destination: string): Concluded['deliveries'][number] => ({
  id: `${id}-${destination}`,
  destination,
  createdAt: new Date().toISOString(),
  stuckAfterMs: 900_000,
  attemptMs: 60_000,
});
