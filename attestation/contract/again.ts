import type { Check, StatementVerification, Verdict, Verification } from '../verdict.ts';

/** A contract to be held against what was judged before. `digest`: sha256 of its text, which is in the store. */
export type ContractCheck = {
  name: string;
  digest: string;
  /** Null: all that are bound to the contract of that name. */
  pipeline: { project: string; pipeline: string } | null;
  /** Received at or after, ISO 8601 UTC. */
  since: string;
  /** At most so many, the latest. */
  limit: number;
};

/** An attestation that would have been judged otherwise, or with other warnings. */
export type ContractDifference = Changes & {
  attestation: string;
  judgement: number;
  project: string;
  pipeline: string;
  receivedAt: string;
  before: Verdict;
  after: Verdict;
};

export type ContractChecked = {
  judged: number;
  same: number;
  /** There were more than asked for. */
  truncated: boolean;
  differences: ContractDifference[];
  /** Those of which nobody can tell. */
  unclear: { attestation: string; reason: string }[];
};

/** What is on record of a verdict. */
type Recorded = {
  checks: readonly Check[];
  verification: readonly StatementVerification[];
};

/**
 * What verification had found when a verdict was reached, so that another contract can be held against it without looking
 * at a signature again. `beyond`: a signature refused it, whatever a contract says. `unknown`: how many signatures were
 * asked for decided it, and what was found of them then does not say what fewer would have come to.
 */
export function verificationOf({ checks, verification }: Recorded): Verification | 'beyond' | 'unknown' {
  if (checks.some(({ code, outcome }) => code === 'signature.threshold' && outcome === 'failed')) return 'unknown';
  if (verification.length === 0 || verification.some(({ result }) => result === 'invalid')) return 'beyond';
  // `decide` begins with what verification said, and asks for the signers next, of every statement.
  const first = checks.findIndex(({ code }) => code.startsWith('signer.'));
  return first === -1 ? 'unknown' : { statements: [...verification], checks: checks.slice(0, first) };
}

/** `now`: checks that fail or warn and did not before; `noLonger`: those that did and do not any more. */
type Changes = { now: Check[]; noLonger: Check[] };

export function compareChecks(before: readonly Check[], after: readonly Check[]): Changes {
  const isOneOf = (checks: readonly Check[], { code, subject, outcome }: Check) =>
    checks.some((other) => other.code === code && other.subject === subject && other.outcome === outcome);
  return {
    now: after.filter((check) => matters(check) && !isOneOf(before, check)),
    noLonger: before.filter((check) => matters(check) && !isOneOf(after, check)),
  };
}

const matters = ({ outcome }: Check): boolean => outcome === 'failed' || outcome === 'warned';
