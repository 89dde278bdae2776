import type { HostedDelivery } from './steps.ts';

/** What the workflow knows of a delivery: coarse, for search attributes. The row in the database has the rest. */
export type Progress = { delivery: HostedDelivery; state: 'open' | 'stuck' | 'blocked' | 'final'; note?: string };

/** What needs people comes first. */
const BY_URGENCY = ['blocked', 'stuck', 'open', 'final'] as const satisfies Progress['state'][];
/** A server ends the workflow whose search attribute is longer than 2048 bytes of JSON. */
const MOST_BYTES = 1900;
const QUOTES_AND_COMMA = 3;

/**
 * Distinct `<state>:<destination>`, the urgent ones first, for the search attribute. What does not fit is counted in a
 * last `more:<n>`: the database lists them all.
 */
export function searchTerms(all: readonly Progress[]): string[] {
  const terms = new Set(
    BY_URGENCY.flatMap((state) =>
      all.filter((progress) => progress.state === state).map(({ delivery }) => `${state}:${delivery.destination}`),
    ),
  );
  const shown: string[] = [];
  let room = MOST_BYTES;
  for (const term of terms) {
    room -= term.length + QUOTES_AND_COMMA;
    if (room < 0) return [...shown, `more:${terms.size - shown.length}`];
    shown.push(term);
  }
  return shown;
}
