import type { Violation } from './judge.ts';
import type { Ledger, Received } from './ledger.ts';
import { matchRequests } from './matching.ts';

/** What receivers got: under which key, how often, and in which order. */
export function judgeReceivers({ received, deliveries, receivers }: Ledger): Violation[] {
  const { matched, unknown } = matchRequests(received, deliveries);
  const dedupeOf = (name: string) => receivers[name]?.dedupe ?? 'none';
  return [
    ...unknown.map(
      ({ receiver, key }): Violation => ({ rule: 'request unknown', about: key, detail: `${receiver} got it` }),
    ),
    ...matched.flatMap(({ row, requests }): Violation[] => {
      const dedupe = dedupeOf(row.destination);
      const others = dedupe === 'digest' ? [] : requests.filter(({ key }) => key !== row.idempotencyKey);
      const effects = requests.filter(({ outcome }) => outcome === 'effect').length;
      return [
        ...others.map(({ key }): Violation => ({ rule: 'two keys', about: row.id, detail: `under ${key} too` })),
        ...(dedupe !== 'none' && effects > 1
          ? [{ rule: 'duplicate effect' as const, about: row.id, detail: `${effects} effects at ${row.destination}` }]
          : []),
      ];
    }),
    ...judgeOrder(matched),
  ];
}

type Arrival = { id: string; lane: string; seq: number; at: string };

/** Under one order key, what is committed never gets older, a repeat included. */
function judgeOrder(matched: ReturnType<typeof matchRequests>['matched']): Violation[] {
  const isCommitted = ({ outcome }: Received) => outcome !== 'refused';
  const arrivals = matched
    .flatMap(({ row, requests }) =>
      row.orderKey === null
        ? []
        : requests.filter(isCommitted).map(
            ({ at }): Arrival => ({
              id: row.id,
              lane: `${row.destination} ${row.orderKey}`,
              seq: row.receivedSeq,
              at,
            }),
          ),
    )
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const newest = new Map<string, Arrival>();
  return arrivals.flatMap((arrival): Violation[] => {
    const before = newest.get(arrival.lane);
    if (!before || arrival.seq >= before.seq) {
      newest.set(arrival.lane, arrival);
      return [];
    }
    return [{ rule: 'gone backwards', about: arrival.id, detail: `came at ${arrival.at}, after ${before.id}` }];
  });
}
