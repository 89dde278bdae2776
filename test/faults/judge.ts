import { judgeAttempts } from './judge-attempts.ts';
import { judgeDeliveries } from './judge-deliveries.ts';
import { judgeIngest } from './judge-ingest.ts';
import { judgeReceivers } from './judge-receivers.ts';
import type { Ledger } from './ledger.ts';

/** Every promise that a run holds Waybill to, and what it means to break it. */
export const RULES = {
  'attestation lost': 'CI had an answer with an id, and no such attestation is on record',
  'attestation unanswered': 'CI never had an answer, or one that is none of ours',
  'attestation undecided': 'on record, and nobody judged it',
  'verdict untrue': 'CI was told another verdict than the one on record',
  'verdict wrong': 'what was forged was accepted, or what was genuine was not',
  'two ids': 'the same bytes got two ids',
  'delivery unplanned': 'accepted, and an attachment of its pipeline has no delivery of it, or several',
  'delivery unverified': 'a delivery of what was not accepted',
  'delivery lost': 'called delivered, and its receiver has no effect of it',
  'delivery open': 'not ended although everything runs and nothing is wrong any more',
  'delivery unexplained': 'open without a cause, or given up without anybody asking for it',
  'superseded by nothing': 'superseded, and nothing newer under its order key was delivered',
  'duplicate effect': 'a second effect of one delivery at a receiver that honours the key',
  'two keys': 'a delivery reached its receiver under another key than its own',
  'request unknown': 'a receiver got something that no delivery is about',
  'attempt unseen': 'a receiver got a request that no attempt of the log covers',
  'attempt open': 'an attempt of a delivery that has ended has no outcome',
  'gone backwards': 'something older reached an ordered receiver after something newer',
  'workflow open': 'a workflow still runs although all it hosts has ended',
  'secret leaked': 'a secret stands somewhere in a file, a log, a history or an answer',
} as const;

export type Rule = keyof typeof RULES;
/** A promise that was broken, and by what: the ids are the database's. */
export type Violation = { rule: Rule; about: string; detail: string };

/** Holds what CI and receivers say against the database. No violation: nothing was lost, doubled, or overlooked. */
export function judge(ledger: Ledger): Violation[] {
  return [
    ...judgeIngest(ledger),
    ...judgeDeliveries(ledger),
    ...judgeReceivers(ledger),
    ...judgeAttempts(ledger),
    ...ledger.openWorkflows.map((about) => ({ rule: 'workflow open' as const, about, detail: 'it still runs' })),
    ...ledger.leaks.map((about) => ({ rule: 'secret leaked' as const, about, detail: 'found in this form' })),
  ];
}
