import { formatAge } from '../duration.ts';
import type { Check, StatementVerification, Verification } from '../verdict.ts';
import { failed, passed, short } from './check.ts';
import type { Contract } from './contract.ts';

/** A proven time may be ahead of our clock by this much: clocks differ. */
const MAX_SKEW_MS = 5 * 60_000;

/** What the contract says about time: whether it must be proven, and how old a signature may be at `at`. */
export function checkTime(contract: Contract, verification: Verification, at: Date): Check[] {
  return verification.statements
    .filter((statement) => statement.result !== 'invalid')
    .flatMap((statement) => [...checkProof(contract, statement), ...checkAge(contract, statement, at)]);
}

function checkProof(contract: Contract, statement: StatementVerification): Check[] {
  if (statement.result === 'verified' || contract.verification.require === 'time-unproven') return [];
  return [
    failed(
      'time.unproven',
      `Statement ${short(statement.sha256)} is signed, but nothing proves when; the contract asks for a proven time.`,
      {
        subject: statement.sha256,
        expected: 'verified',
        found: statement.result,
        remedy: 'Sign with a transparency log or a timestamp authority, so that the bundle proves the time.',
        contractLine: contract.verification.line,
      },
    ),
  ];
}

function checkAge(contract: Contract, { sha256, provenAt }: StatementVerification, at: Date): Check[] {
  const { maxAgeMs, line } = contract.verification;
  if (maxAgeMs === undefined) return [];
  const expected = `at most ${formatAge(maxAgeMs)}`;
  const common = { subject: sha256, expected, contractLine: line };
  const age = provenAt === undefined ? Number.NaN : at.getTime() - Date.parse(provenAt);
  if (Number.isNaN(age)) {
    return [
      failed(
        'age.unproven',
        `Statement ${short(sha256)} may be ${expected} old, and nothing proves when it was signed.`,
        {
          ...common,
          found: 'no proven time',
          remedy: 'Sign with a transparency log or a timestamp authority, so that the bundle proves the time.',
        },
      ),
    ];
  }
  if (age > maxAgeMs || age < -MAX_SKEW_MS) {
    const found = age < 0 ? `${formatAge(-age)} in the future` : formatAge(age);
    return [
      failed(
        age < 0 ? 'age.future' : 'age.exceeded',
        `Statement ${short(sha256)} may be ${expected} old, and was signed at ${provenAt} (${found}).`,
        {
          ...common,
          found,
          remedy: 'Sign anew, and send it when it is signed.',
        },
      ),
    ];
  }
  return [
    passed(
      'age.within',
      `Statement ${short(sha256)} was signed at ${provenAt}, ${formatAge(age)} ago; ${expected} is asked for.`,
      { ...common, found: formatAge(age) },
    ),
  ];
}
