import type { Check, Verification } from '../attestation/verdict.ts';
import type { ReceivedStatement } from '../attestation/verify/parse.ts';
import type { Refusal } from '../attestation/verify/refusal.ts';
import type { Trust } from '../attestation/verify/verify.ts';
import type { Io } from './io.ts';

/** What a server says of the signatures, in the words of a command line: nothing is registered here. */
export async function verifyOffline(
  io: Io,
  statements: readonly ReceivedStatement[],
  trust: Trust,
  threshold = 1,
): Promise<Verification> {
  const { verifyStatements } = await import('../attestation/verify/verify.ts');
  // Keys of the command line are not scoped: any pipeline will do.
  const rules = { at: io.now(), project: 'offline', pipeline: 'offline', threshold };
  const verification = verifyStatements(statements, trust, rules);
  return { ...verification, checks: verification.checks.map((check) => inWords(check, trust)) };
}

const inWords = (check: Check, { keys }: Trust): Check => {
  if (check.code !== 'signature.unknown-key') return check;
  const names = keys.map(({ name }) => name).join(', ');
  return {
    ...check,
    message: names ? `None of the keys that were given made this signature: ${names}.` : 'A key made this signature.',
    expected: names || 'a key that --key names',
    remedy: 'Name the key that signed with --key.',
  };
};

/** What cannot be read is not verified; `--json` says so like anything else. */
export const unreadable = ({ ok: _, ...refusal }: Refusal): Verification => ({
  statements: [],
  checks: [{ ...refusal, outcome: 'failed' }],
});
