import type { Command } from 'commander';
import type { Check, Signer, StatementVerification, Verification } from '../attestation/verdict.ts';
import type { Trust } from '../attestation/verify/verify.ts';
import { refusal, usageError } from './exit.ts';
import { readInput } from './files.ts';
import { type Io, paint, printable, printJson } from './io.ts';
import { examples, several } from './options.ts';
import { printSignatures } from './signatures.ts';
import { printChecks } from './submission.ts';
import { readTrust, type TrustOptions } from './trust.ts';
import { verifyArtifact } from './verify-message.ts';
import { unreadable, verifyOffline } from './verify-offline.ts';
import { printSummary } from './verify-summary.ts';

type Options = TrustOptions & {
  bundle?: string;
  certificateIdentity?: string;
  certificateOidcIssuer?: string;
  policy?: string;
  material?: string[];
  statementOnly?: boolean;
  json?: boolean;
};

/** `verify`: what the verdict will say about the signatures of a file, without a server or a network. */
export function addVerify(program: Command, io: Io): void {
  program
    .command('verify')
    // As the public conformance suite of Sigstore calls it.
    .alias('verify-bundle')
    .description('verify an attestation, or a file and what was signed about it, offline')
    .argument(
      '<file>',
      'statements as JSON or JSON Lines (- is standard input); with --bundle: what was signed, a file or sha256:HEX',
    )
    .option('--bundle <file>', 'Sigstore bundle about the file: its signature, or a statement that names it')
    .option('--key <file>', 'public key (PEM or JWK) whose signatures count; repeatable', several)
    .option('--algorithm <name>', 'how the keys sign; must be said for RSA')
    .option('--san, --certificate-identity <name>', 'identity that a certificate must name, exactly')
    .option('--issuer, --certificate-oidc-issuer <url>', 'OIDC issuer that a certificate must name, exactly')
    .option('--trusted-root <file>', 'instead of what is built in: trusted_root.json, a TrustedRoot (YAML), or PEM')
    .option('--policy <file>', 'contract that says who must have signed, and what else must hold')
    .option('--material <name=file>', 'file that the policy asks for; repeatable', several)
    .option('--statement-only', 'print the verified statements and nothing else')
    .option('--json', 'print the verification as JSON')
    .addHelpText(
      'after',
      examples(
        'waybill verify attestation.json --key skynet.pub.pem',
        'waybill verify app.tar.gz --bundle app.sigstore.json --key skynet.pub.pem',
        'waybill verify attestation.json --policy contract.yaml --material skynet-sbom=sbom.json',
        'waybill verify app.tar.gz --bundle app.sigstore.json \\',
        '    --certificate-oidc-issuer https://token.actions.githubusercontent.com \\',
        '    --certificate-identity https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
      ),
    )
    .action(async (file: string, options: Options) => {
      checkOptions(options);
      const trust = await readTrust(io, options, {
        certificates: Boolean(options.certificateIdentity || options.policy || options.bundle),
      });
      // Read once: what is printed at the end is what was verified.
      const bytes = readInput(io, options.bundle ?? file);
      const verification = options.bundle
        ? await verifyArtifact(io, file, bytes, trust)
        : await verifyFile(io, bytes, trust, options);
      const { checks } = options.policy ? verification : withIdentities(verification, options);
      const failed = checks.filter((check) => check.outcome === 'failed');
      const judged = { ...verification, checks };
      if (options.json) printJson(io, judged);
      else if (!options.statementOnly) print(io, file, judged, failed.length === 0);
      if (failed.length > 0)
        throw refusal(`${file} is not verified. ${failed.map(({ code, message }) => `${code}: ${message}`).join(' ')}`);
      if (options.statementOnly) await printStatements(io, bytes);
      else if (!options.json) await printSummaries(io, bytes);
    });
}

function checkOptions(options: Options): void {
  const { key, certificateIdentity, certificateOidcIssuer, policy, bundle, material } = options;
  if (Boolean(certificateOidcIssuer) !== Boolean(certificateIdentity))
    throw usageError('--certificate-identity and --certificate-oidc-issuer belong together.');
  if (!key && !certificateIdentity && !policy) {
    throw usageError(
      'Whose signature counts?',
      'Name a key with --key, an identity with --certificate-identity and --certificate-oidc-issuer, or a --policy.',
    );
  }
  if (policy && (bundle || certificateIdentity))
    throw usageError('--policy says by itself who must have signed; leave --bundle and the identity out.');
  if (material && !policy) throw usageError('--material belongs to --policy.');
}

async function verifyFile(io: Io, bytes: Buffer, trust: Trust, options: Options): Promise<Verification> {
  const { parseSubmission } = await import('../attestation/verify/parse.ts');
  const { checkPolicy, readPolicy } = await import('./verify-policy.ts');
  const { signaturesNeeded } = await import('../attestation/contract/asked.ts');
  const submission = parseSubmission(bytes);
  if (!submission.ok) return unreadable(submission);
  const contract = options.policy ? await readPolicy(io, options.policy) : undefined;
  const threshold = contract && signaturesNeeded(contract, io.now());
  const verification = await verifyOffline(io, submission.statements, trust, threshold);
  if (!contract) return verification;
  const checks = await checkPolicy(io, contract, options.material ?? [], submission.statements, verification);
  return { ...verification, checks };
}

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
function checkIdentity(
  signer: Signer,
  subject: string,
  { certificateOidcIssuer: issuer, certificateIdentity: san }: Options,
): Check | undefined {
  if (signer.kind !== 'certificate' || (signer.issuer === issuer && signer.san === san)) return undefined;
  return {
    code: 'signer.undeclared',
    outcome: 'failed',
    subject,
    message: `Signed by ${signer.san} (issuer ${signer.issuer}), which is not who was expected.`,
    expected: san ? `${san} (issuer ${issuer})` : 'a key that --key names',
    found: `${signer.san} (issuer ${signer.issuer})`,
  };
}

function print(io: Io, file: string, { statements, checks }: Verification, isVerified: boolean): void {
  io.out(`${isVerified ? paint(io, 'green', 'verified') : paint(io, 'red', 'not verified')}  ${printable(file)}\n`);
  printSignatures(io, statements, io.now().toISOString());
  printChecks(io, checks);
}

/** Only after all of them were verified. */
async function printStatements(io: Io, bytes: Buffer): Promise<void> {
  for (const payload of await payloadsOf(bytes)) io.out(`${Buffer.from(payload).toString('utf8')}\n`);
}

/** The same for what others verified before. */
async function printSummaries(io: Io, bytes: Buffer): Promise<void> {
  const { parseStatement } = await import('../attestation/verify/parse.ts');
  for (const payload of await payloadsOf(bytes)) {
    const read = parseStatement(payload);
    if (read.ok) printSummary(io, read.statement);
  }
}

async function payloadsOf(bytes: Buffer): Promise<Uint8Array[]> {
  const { parseSubmission } = await import('../attestation/verify/parse.ts');
  const submission = parseSubmission(bytes);
  return submission.ok ? submission.statements.map(({ envelope }) => envelope.payload) : [];
}
