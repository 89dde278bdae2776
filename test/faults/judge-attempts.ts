import { isFinal } from '../../attestation/delivery/state.ts';
import { groupBy } from './group-by.ts';
import type { Violation } from './judge.ts';
import type { AttemptRow, Ledger } from './ledger.ts';
import { matchRequests } from './matching.ts';

/** The clock that receivers stamp with is the same one, to a few milliseconds; what a killed worker sent may come later. */
const BEFORE_MS = 50;
const AFTER_MS = 5000;

/** No attempt unseen: every request that reached a receiver falls into an attempt of the log, one attempt for each. */
export function judgeAttempts({ attempts, deliveries, received }: Ledger): Violation[] {
  const byDelivery = groupBy(attempts, ({ deliveryId }) => deliveryId);
  const { matched } = matchRequests(received, deliveries);
  return [
    ...deliveries.flatMap((row): Violation[] => {
      const logged = byDelivery.get(row.id) ?? [];
      const open = logged.filter(({ outcome }) => outcome === null);
      return [
        ...(logged.length === row.attempts
          ? []
          : [unseen(row.id, `its row counts ${row.attempts} attempts, the log has ${logged.length}`)]),
        ...(isFinal(row.state)
          ? open.map(({ n }): Violation => ({ rule: 'attempt open', about: row.id, detail: `attempt ${n}` }))
          : []),
      ];
    }),
    ...matched.flatMap(({ row, requests }): Violation[] => {
      const sending = (byDelivery.get(row.id) ?? []).filter(({ phase }) => phase === 'deliver');
      const outside = requests.filter(({ at }) => !sending.some((attempt) => covers(attempt, at)));
      return [
        ...outside.map(({ at }) => unseen(row.id, `${row.destination} got a request at ${at}, when none ran`)),
        ...(requests.length > sending.length
          ? [unseen(row.id, `${row.destination} got ${requests.length} requests, the log has ${sending.length}`)]
          : []),
      ];
    }),
  ];
}

const unseen = (about: string, detail: string): Violation => ({ rule: 'attempt unseen', about, detail });

const covers = ({ startedAt, finishedAt }: AttemptRow, at: string): boolean =>
  Date.parse(at) >= Date.parse(startedAt) - BEFORE_MS &&
  (finishedAt === null || Date.parse(at) <= Date.parse(finishedAt) + AFTER_MS);
