import type { Command } from 'commander';
import type { Check, Signer, StatementVerification, Verification } from '../attestation/verdict.ts';
import { parseTrustedKey, type TrustedKey } from '../attestation/verify/keys.ts';
import type { ReceivedStatement } from '../attestation/verify/parse.ts';
import { refusal, usageError } from './exit.ts';
import { readInput } from './files.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { examples, several } from './options.ts';
import { printChecks } from './submission.ts';
import { printFields } from './table.ts';

type Options = {
  key?: string[];
  algorithm?: string;
  issuer?: string;
  san?: string;
  statementOnly?: boolean;
  json?: boolean;
};

/** `verify`: what the verdict will say about the signatures of a file, without a server or a network. */
export function addVerify(program: Command, io: Io): void {
  program
    .command('verify')
    .description('verify a DSSE envelope or Sigstore bundle, offline')
    .argument('<file>', 'one statement as JSON, or several as JSON Lines')
    .option('--key <file>', 'public key (PEM) whose signatures count; repeatable', several)
    .option('--algorithm <name>', 'how the keys sign; must be said for RSA')
    .option('--issuer <url>', 'OIDC issuer that a certificate must name (with --san)')
    .option('--san <name>', 'identity that a certificate must name, exactly (with --issuer)')
    .option('--statement-only', 'print the verified statements and nothing else')
    .option('--json', 'print the verification as JSON')
    .addHelpText(
      'after',
      examples(
        'waybill verify attestation.json --key skynet.pub.pem',
        'waybill verify provenance.sigstore.json --issuer https://token.actions.githubusercontent.com \\',
        '    --san https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
      ),
    )
    .action(async (file: string, options: Options) => {
      if (!options.key && !options.issuer) {
        throw usageError('Whose signature counts?', 'Name a key with --key, or an identity with --issuer and --san.');
      }
      if (Boolean(options.issuer) !== Boolean(options.san)) throw usageError('--issuer and --san belong together.');
      const { parseSubmission, verifyStatements, publicGoodProfile } = await loadVerifier();
      const submission = parseSubmission(readInput(io, file));
      if (!submission.ok) throw refusal(submission.message, submission);
      const keys = (options.key ?? []).map((path) => readKey(io, path, options.algorithm));
      const profiles = options.issuer ? [publicGoodProfile()] : [];
      // Keys of the command line are not scoped: any pipeline will do.
      const rules = { at: io.now(), project: 'offline', pipeline: 'offline', threshold: 1 };
      const verification = withIdentities(verifyStatements(submission.statements, { keys, profiles }, rules), options);
      const failed = verification.checks.filter((check) => check.outcome === 'failed');
      if (options.json) printJson(io, verification);
      else if (!options.statementOnly) print(io, file, verification, failed.length === 0);
      if (failed.length > 0)
        throw refusal(`${file} is not verified. ${failed.map(({ code, message }) => `${code}: ${message}`).join(' ')}`);
      if (options.statementOnly) printStatements(io, submission.statements);
    });
}

/** The heaviest modules of all commands: only this one waits for them. */
const loadVerifier = async () => ({
  ...(await import('../attestation/verify/parse.ts')),
  ...(await import('../attestation/verify/verify.ts')),
  ...(await import('../attestation/verify/profiles.ts')),
});

function withIdentities(verification: Verification, options: Options): Verification {
  const identities = verification.statements.flatMap(({ signers, sha256 }) =>
    signers.flatMap((signer) => checkIdentity(signer, sha256, options) ?? []),
  );
  return {
    ...verification,
    checks: [...verification.checks, ...verification.statements.flatMap(checkTime), ...identities],
  };
}

/** There is no contract here that could say that it accepts less. */
function checkTime({ result, sha256 }: StatementVerification): Check[] {
  if (result !== 'time-unproven') return [];
  const message = 'The statement is signed, but nothing proves when; a proven time is asked for.';
  return [{ code: 'time.unproven', outcome: 'failed', subject: sha256, message }];
}

/** A certificate proves who signed; that this is who should have is for the caller to say, exactly. */
function checkIdentity(signer: Signer, subject: string, { issuer, san }: Options): Check | undefined {
  if (signer.kind !== 'certificate' || (signer.issuer === issuer && signer.san === san)) return undefined;
  return {
    code: 'signer.undeclared',
    outcome: 'failed',
    subject,
    message: `Signed by ${signer.san} (issuer ${signer.issuer}), which is not who was expected.`,
    expected: `${san} (issuer ${issuer})`,
    found: `${signer.san} (issuer ${signer.issuer})`,
  };
}

function readKey(io: Io, path: string, algorithm: string | undefined): TrustedKey {
  const read = parseTrustedKey(path, {
    publicKey: readInput(io, path).toString('utf8'),
    ...(algorithm && { algorithm }),
  });
  if (!read.ok) throw usageError(`${path}: ${read.message}`, read.remedy);
  return read.key;
}

function print(io: Io, file: string, { statements, checks }: Verification, isVerified: boolean): void {
  io.out(`${isVerified ? paint(io, 'green', 'verified') : paint(io, 'red', 'not verified')}  ${printable(file)}\n`);
  for (const statement of statements) {
    printFields(io, [
      ['  statement', statement.sha256],
      ['  predicate', statement.predicateType],
      [
        '  signed by',
        statement.signers
          .map((signer) =>
            signer.kind === 'key' ? `${signer.name} (${signer.algorithm})` : `${signer.san} (${signer.issuer})`,
          )
          .join(', '),
      ],
      ['  signed at', statement.provenAt],
    ]);
  }
  printChecks(io, checks);
}

function printStatements(io: Io, statements: readonly ReceivedStatement[]): void {
  for (const { envelope } of statements) io.out(`${Buffer.from(envelope.payload).toString('utf8')}\n`);
}
