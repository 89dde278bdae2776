import type { Check } from '../verdict.ts';
import { warned } from './check.ts';
import type { Contract } from './contract.ts';
import { excuse, isExcused } from './exceptions.ts';

/** A check, and the term of the contract that asked for it. */
export type Asked = {
  check: Check;
  /** The day (UTC) from which on the term is enforced; none = always. */
  from?: string | undefined;
  /** Name of the material that it is about. */
  material?: string | undefined;
  rule?: string | undefined;
};

/** Checks that one term asked for. */
export const ask = (checks: readonly Check[], term: Omit<Asked, 'check'> = {}): Asked[] =>
  checks.map((check) => ({ check, ...term }));

/**
 * What the checks come to at this time. Before its day a term only announces itself: what fails warns, and says from
 * when on it rejects. What an exception covers warns, and says why. Expired exceptions follow at the end.
 */
export function settle(contract: Contract, asked: readonly Asked[], at: Date): Check[] {
  const announced = asked.map((one) => (isAnnounced(one.from, at) ? { ...one, check: announce(one) } : one));
  return excuse(contract, announced, dayOf(at));
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

const isAnnounced = (from: string | undefined, at: Date): boolean => from !== undefined && dayOf(at) < from;

function announce({ check, from }: Asked): Check {
  if (check.outcome !== 'failed') return check;
  const { code, outcome: _, message, ...more } = check;
  return warned(code, `${message} Accepted for now: from ${from} on this rejects.`, more);
}

/** How many signatures a statement needs to be verified at all: what is announced or excused is left to the decision. */
export const signaturesNeeded = (contract: Contract, at: Date): number =>
  isAnnounced(contract.verification.enforceFrom, at) || isExcused(contract, 'signer.threshold', dayOf(at))
    ? 1
    : contract.verification.threshold;
