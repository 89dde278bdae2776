import { matchesGlob } from '../glob.ts';
import type { Check, Signer, StatementVerification, Verification } from '../verdict.ts';
import { failed, passed, short } from './check.ts';
import type { CertificateSigner, Contract } from './contract.ts';
import { IDENTIFYING_CLAIMS } from './signer-schema.ts';

type Certificate = Extract<Signer, { kind: 'certificate' }>;

/**
 * Whether those who signed are those the contract names (PROTOCOLS B). A certificate nobody declared rejects its
 * statement; a key nobody declared does not count. `keysRegistered`: names of the project's keys, where the caller
 * wants them held against the signers again; verification only ever used those.
 */
export function checkSigners(
  contract: Contract,
  verification: Verification,
  keysRegistered?: readonly string[],
): Check[] {
  return verification.statements
    .filter((statement) => statement.result !== 'invalid')
    .map((statement) => checkStatement(contract, statement, keysRegistered));
}

function checkStatement(
  contract: Contract,
  statement: StatementVerification,
  keysRegistered?: readonly string[],
): Check {
  const subject = statement.sha256;
  const contractLine = contract.signers[0]?.line;
  const stranger = statement.signers.find(
    (signer) => signer.kind === 'certificate' && !isDeclaredCertificate(contract, signer),
  );
  if (stranger?.kind === 'certificate') return undeclaredCertificate(contract, statement, stranger);

  const counted = statement.signers.filter(
    (signer) => signer.kind === 'certificate' || isDeclaredKey(contract, signer.name, keysRegistered),
  );
  const different = new Set(
    counted.map((signer) => (signer.kind === 'key' ? signer.fingerprint : `${signer.issuer}\n${signer.san}`)),
  );
  const { threshold } = contract.verification;
  if (different.size === 0) return undeclaredKey(contract, statement);
  if (different.size < threshold) {
    return failed(
      'signer.threshold',
      `Statement ${short(subject)} needs ${threshold} different declared signers, and has ${different.size}: ${names(counted)}.`,
      {
        subject,
        expected: `${threshold} different signers`,
        found: `${different.size}`,
        remedy: 'Let another declared signer sign the same statement, and send all signatures in one envelope.',
        contractLine: contract.verification.line,
      },
    );
  }
  return passed(
    'signer.declared',
    `Statement ${short(subject)} was signed by ${names(counted)}, as the contract asks.`,
    { subject, found: names(counted), contractLine },
  );
}

function isDeclaredKey(contract: Contract, name: string, keysRegistered?: readonly string[]): boolean {
  if (keysRegistered && !keysRegistered.includes(name)) return false;
  return contract.signers.length === 0 || contract.signers.some((entry) => entry.kind === 'key' && entry.key === name);
}

const certificates = (contract: Contract): CertificateSigner[] =>
  contract.signers.filter((entry) => entry.kind === 'certificate');

const isDeclaredCertificate = (contract: Contract, signer: Certificate): boolean =>
  certificates(contract).some((entry) => differences(entry, signer).length === 0);

const EXACT = [...IDENTIFYING_CLAIMS, 'environment', 'runnerEnvironment'] as const;

const GLOBS = ['refs', 'signerRefs'];

type Difference = { field: string; expected: string; found: string | undefined };

/** Fields of an entry that the certificate does not match. An entry that identifies nobody matches nobody. */
function differences(entry: CertificateSigner, signer: Certificate): Difference[] {
  const found: Difference[] = [];
  const compare = (field: string, expected: string | undefined, value: string | undefined) => {
    if (expected !== undefined && expected !== value) found.push({ field, expected, found: value });
  };
  compare('issuer', entry.issuer, signer.issuer);
  compare('profile', entry.profile, signer.profile);
  compare('san', entry.san, signer.san);
  for (const field of EXACT) compare(field, entry[field], claim(signer, field));
  const matchOne = (field: string, globs: string[] | undefined, value: string | undefined) => {
    if (globs && !(value !== undefined && globs.some((glob) => matchesGlob(glob, value)))) {
      found.push({ field, expected: globs.join(' or '), found: value });
    }
  };
  matchOne('refs', entry.refs, claim(signer, 'ref'));
  matchOne('signerRefs', entry.signerRefs, claim(signer, 'signerRef'));
  const identifies = entry.san !== undefined || IDENTIFYING_CLAIMS.some((field) => entry[field] !== undefined);
  if (!identifies) found.push({ field: 'identity', expected: 'a field beside the issuer', found: undefined });
  return found;
}

const claim = (signer: Certificate, name: string): string | undefined =>
  Object.hasOwn(signer.claims, name) ? signer.claims[name] : undefined;

function undeclaredCertificate(contract: Contract, statement: StatementVerification, signer: Certificate): Check {
  const subject = statement.sha256;
  const found = `${signer.san} (${signer.issuer})`;
  const otherIssuer = (entry: CertificateSigner) => (entry.issuer === signer.issuer ? 0 : 1);
  const closest = certificates(contract)
    .map((entry) => ({ entry, differs: differences(entry, signer) }))
    .sort((a, b) => a.differs.length - b.differs.length || otherIssuer(a.entry) - otherIssuer(b.entry))[0];
  const why = closest
    ? `The closest entry (line ${closest.entry.line}) differs in ${closest.differs.map(describe).join('; ')}`
    : 'The contract declares no certificate at all, and a certificate always needs an entry in "signers"';
  return failed(
    'signer.undeclared',
    `Statement ${short(subject)} was signed by ${found}, whom no entry of the contract's signers matches. ${why}.`,
    {
      subject,
      expected:
        closest?.differs.map(({ field, expected }) => `${field}: ${expected}`).join(', ') ??
        'a signer that the contract declares',
      found: closest?.differs.map(({ field, found: value }) => `${field}: ${value ?? 'none'}`).join(', ') ?? found,
      remedy: `Sign as a declared identity, or add to the contract's signers: ${suggestion(signer)}`,
      contractLine: closest?.entry.line ?? contract.signers[0]?.line,
    },
  );
}

const describe = ({ field, expected, found }: Difference): string =>
  `${field} (expected ${expected}, found ${found ?? 'none'}${hint({ field, expected, found })})`;

/** What is hard to see in two texts side by side. */
function hint({ field, expected, found }: Difference): string {
  if (found === undefined) return '';
  if (expected.includes('*') && !GLOBS.includes(field)) return `; ${field} is compared exactly, * stands for itself`;
  if (expected.toLowerCase() === found.toLowerCase()) return '; they differ in upper and lower case';
  return expected.trim() === found.trim() ? '; they differ in spaces' : '';
}

/** An entry for this signer, numeric ids before names: names can be taken over. */
function suggestion(signer: Certificate): string {
  const text = (value: string) => JSON.stringify(value);
  const fields = ['repositoryId', 'signerWorkflow'].flatMap((field) => {
    const value = claim(signer, field);
    return value === undefined ? [] : [`${field}: ${text(value)}`];
  });
  return `{ issuer: ${text(signer.issuer)}, ${fields.length > 0 ? fields.join(', ') : `san: ${text(signer.san)}`} }`;
}

function undeclaredKey(contract: Contract, statement: StatementVerification): Check {
  const declared = contract.signers.map((entry) =>
    entry.kind === 'key' ? `key ${entry.key}` : `a certificate of ${entry.issuer}`,
  );
  const expected = declared.length > 0 ? declared.join(' or ') : 'a key registered for the project';
  const found = names(statement.signers) || 'no signer';
  return failed(
    'signer.undeclared',
    `Statement ${short(statement.sha256)} was signed by ${found}; the contract expects ${expected}.`,
    {
      subject: statement.sha256,
      expected,
      found,
      remedy: "Sign with a declared key, or add the key to the contract's signers.",
      contractLine: contract.signers[0]?.line,
    },
  );
}

const names = (signers: readonly Signer[]): string =>
  [
    ...new Set(
      signers.map((signer) => (signer.kind === 'key' ? `key ${signer.name}` : `${signer.san} (${signer.issuer})`)),
    ),
  ].join(', ');
