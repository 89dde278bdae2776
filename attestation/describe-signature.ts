import { formatAge } from './duration.ts';
import type { LogEntry, SignatureVerification, Signer, StatementVerification, VerificationStep } from './verdict.ts';

/** A signature in words, the same on the page and in the CLI. Where there is nothing to say, it is empty. */
export type SignatureDescription = {
  outcome: SignatureVerification['outcome'];
  /** Undefined: nobody knows. */
  kind: Signer['kind'] | undefined;
  signer: string;
  /** What the certificate says of the signer. */
  claims: Record<string, string>;
  /** When it was signed, and who proves that. */
  time: string;
  /** What a certificate was verified with, or a key's time; and how old that was. */
  profile: string;
  logEntries: string[];
  steps: { title: string; outcome: VerificationStep['outcome']; message: string }[];
};

/**
 * Every signature of a statement, in the order of the envelope; of verdicts from before each was kept, those that
 * counted. `at`: when it was verified (ISO 8601); the age of a profile's root is told as it was then.
 */
export const describeSignatures = (statement: StatementVerification, at: string): SignatureDescription[] =>
  statement.signatures?.map((signature) => describeSignature(signature, at)) ??
  statement.signers.map((signer) => ({
    outcome: statement.result === 'verified' ? 'verified' : 'time-unproven',
    kind: signer.kind,
    signer: describeSigner(signer),
    claims: claimsOf(signer),
    // Of several signers, it is not known whose time it is.
    time: statement.provenAt && statement.signers.length === 1 ? `signed ${plain(statement.provenAt)}` : '',
    profile: signer.kind === 'certificate' ? signer.profile : '',
    logEntries: [],
    steps: [],
  }));

const describeSignature = (signature: SignatureVerification, at: string): SignatureDescription => ({
  outcome: signature.outcome,
  kind: signature.signer?.kind,
  signer: signature.signer ? describeSigner(signature.signer) : 'nobody who is known for certain',
  claims: claimsOf(signature.signer),
  time: describeTime(signature),
  profile: describeProfile(signature, at),
  logEntries: (signature.logEntries ?? []).map(describeEntry),
  steps: signature.steps.map(({ code, outcome, message }) => ({ title: TITLES[code] ?? code, outcome, message })),
});

const claimsOf = (signer: Signer | undefined): Record<string, string> =>
  signer?.kind === 'certificate' ? signer.claims : {};

const describeSigner = (signer: Signer): string =>
  signer.kind === 'key' ? `key ${signer.name} (${signer.algorithm})` : `${signer.san} (${signer.issuer})`;

const describeTime = ({ time, outcome }: SignatureVerification): string => {
  if (!time) return outcome === 'refused' ? '' : 'nothing proves when it was signed';
  const at = plain(time.at);
  if (time.provenBy === 'receipt') return `received ${at}; nothing proves when it was signed, and a key needs no proof`;
  const who = time.provenBy === 'log' ? 'log' : 'timestamp authority';
  return `signed ${at}, proven by the ${who}${time.name ? ` ${time.name}` : ''}`;
};

const ORIGINS = { seed: 'shipped root', tuf: 'root kept fresh over TUF', registered: 'registered root' } as const;

const describeProfile = ({ profile, signer }: SignatureVerification, at: string): string => {
  if (!profile) return '';
  const { name, origin, asOf } = profile;
  const age = asOf === undefined ? Number.NaN : Date.parse(at) - Date.parse(asOf);
  const root = [
    ...(origin ? [ORIGINS[origin]] : []),
    ...(age >= 0 ? [`known to be current ${formatAge(age)} earlier`] : []),
  ].join(', ');
  return `${signer?.kind === 'key' ? 'for the time: ' : ''}${name}${root ? `, ${root}` : ''}`;
};

const describeEntry = ({ url, index, integratedAt }: LogEntry): string =>
  `${url}${index ? `, entry ${index}` : ''}${integratedAt ? `, ${plain(integratedAt)}` : ''}`;

const plain = (iso: string): string => iso.replace(/\.000Z$/, 'Z');

const TITLES: Record<VerificationStep['code'], string> = {
  form: 'readable',
  encoding: 'encoding',
  signature: 'signature',
  'key-revocation': 'not revoked',
  'key-scope': 'may sign here',
  'key-validity': 'valid at the time',
  usage: 'may sign',
  chain: 'certificate chain',
  'certificate-timestamp': 'certificate log',
  log: 'transparency log',
  time: 'time',
  identity: 'identity',
  profile: 'other profile',
};
