import type { Check, SignatureVerification, Verification } from '../attestation/verdict.ts';
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
  const checks = verification.checks.map((check) => inWords(check, trust));
  const words = new Map(verification.checks.map(({ message }, at) => [message, checks[at]?.message ?? message]));
  const told = verification.statements.map(({ signatures = [], ...statement }) => ({
    ...statement,
    signatures: signatures.map((signature) => signatureInWords(signature, words)),
  }));
  return { statements: told, checks };
}

/** Here a key has no registration that could be looked at, and nothing is received. */
const signatureInWords = (
  { time, steps, ...signature }: SignatureVerification,
  words: ReadonlyMap<string, string>,
): SignatureVerification => ({
  ...signature,
  ...(time && time.provenBy !== 'receipt' && { time }),
  steps: steps.every(({ code }) => code !== 'form')
    ? steps
        .filter(({ code }) => !code.startsWith('key-'))
        .map((step) => ({
          ...step,
          message: KEY_WORDS[step.code]?.[step.outcome] ?? words.get(step.message) ?? step.message,
        }))
    : steps,
});

const KEY_WORDS: Partial<Record<Step['code'], Partial<Record<Step['outcome'], string>>>> = {
  signature: { passed: 'The signature is that of a key that was given.' },
  time: { 'not-required': 'Nothing proves when it was signed.' },
};
type Step = SignatureVerification['steps'][number];

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
