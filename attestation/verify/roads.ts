import type { LogEntry, SignatureVerification } from '../verdict.ts';
import type { SigningRules } from './dsse.ts';
import type { TrustedKey } from './keys.ts';
import type { KeyProfile, SigstoreProfile, TrustProfile, X509Profile } from './profiles.ts';
import type { Told } from './steps.ts';

/**
 * The steps that verification takes for each kind of signer, in the order in which it takes them, with what is true once
 * each was passed. `Found`: what there was to look at, once all of it holds; without it, only what was asked for is told.
 */
type Found = { time: SignatureVerification['time']; logEntries: readonly LogEntry[] };

/** A registered key; what it may is decided by its registration and the time of receipt. */
export const keyRoad = (
  key: Pick<TrustedKey, 'name' | 'algorithm'> | undefined,
  { at, project, pipeline }: SigningRules,
  time?: Found['time'],
): Told[] => [
  {
    code: 'signature',
    message: `The signature over the DSSE encoding is that of the registered key ${key?.name} (${key?.algorithm}).`,
  },
  { code: 'key-revocation', message: 'The key was not revoked at the time of receipt.' },
  { code: 'key-scope', message: `The key may sign for ${project}/${pipeline}.` },
  { code: 'key-validity', message: `The key was valid at the time of receipt, ${at.toISOString()}.` },
  time
    ? proven(time)
    : {
        code: 'time',
        outcome: 'not-required',
        message: 'Nothing proves when it was signed; a registered key counts at the time of receipt.',
      },
];

/** A key over a file, which no pipeline sent. Evidence of a log or of time must hold where it is there. */
export const fileKeyRoad = (
  { name, algorithm }: Pick<TrustedKey, 'name' | 'algorithm'>,
  time?: Found['time'],
): Told[] => [
  { code: 'signature', message: `The signature over the file is that of the key ${name} (${algorithm}).` },
  time
    ? { code: 'log', message: 'What the bundle brings of logs and timestamps holds.' }
    : { code: 'log', outcome: 'not-required', message: 'Nothing of a log or a timestamp was confirmed.' },
  time ? proven(time) : { ...UNPROVEN, outcome: 'not-required' },
];

/**
 * A certificate of an instance of Sigstore. The library reads a log's time early and proves it late: it is told last.
 * `isTimed`: where nothing is found yet, whether times are asked for at all.
 */
export const sigstoreRoad = (
  profile: SigstoreProfile,
  found?: Found & { certificateTimestamps: number },
  isTimed = true,
): Told[] => [
  { code: 'form', message: 'Bundle and certificate can be read.' },
  { code: 'chain', message: chained(profile, found?.time) },
  counted('certificate-timestamp', 'certificate timestamps', profile.ctlogThreshold, found?.certificateTimestamps),
  logged(profile.tlogThreshold, found?.logEntries),
  { code: 'signature', message: SIGNED },
  found || !isTimed
    ? proven(found?.time)
    : { code: 'time', message: `Proven times hold; the profile asks for at least ${profile.timestampThreshold}.` },
  { code: 'identity', message: 'The certificate names one signer, and an issuer for which the profile may speak.' },
];

/** A certificate of a customer's own authority. */
export const x509Road = (profile: X509Profile, found?: Pick<Found, 'time'>): Told[] => [
  { code: 'form', message: 'Certificate, key and algorithms are of a kind that is fit.' },
  { code: 'usage', message: 'The certificate may be used to sign statements.' },
  { code: 'chain', message: chained(profile, found?.time) },
  { code: 'signature', message: SIGNED },
  { code: 'identity', message: 'The certificate names one signer.' },
  profile.timestampAuthorities.length === 0
    ? { ...UNPROVEN, message: `${UNPROVEN.message} The profile has no timestamp authority.` }
    : proven(found?.time),
];

/** A key that others publish, used when a log says so. */
export const publishedRoad = ({ provenBy }: KeyProfile, found?: Found): Told[] => [
  { code: 'form', message: 'Bundle and key can be read.' },
  { code: 'key-validity', message: 'The published key was valid at the time that the log states.' },
  logged(provenBy.tlogThreshold, found?.logEntries),
  { code: 'signature', message: 'The signature is that of the published key.' },
  proven(found?.time),
];

const SIGNED = "The signature is that of the certificate's key.";
const UNPROVEN = {
  code: 'time',
  outcome: 'failed',
  message: 'Neither a log nor a timestamp authority proves when it was signed.',
} as const;

const chained = ({ name }: { name: string }, time: Found['time']): string =>
  `The certificate ends in a root of ${name}${time ? ', and was valid when it was used' : ''}.`;

const proven = (time: Found['time']): Told =>
  time
    ? {
        code: 'time',
        message: `${time.provenBy === 'log' ? 'The log' : 'The timestamp authority'} ${time.name} proves ${time.at}.`,
      }
    : UNPROVEN;

const logged = (wanted: number, entries?: readonly LogEntry[]): Told => {
  const told = counted('log', 'log entries', wanted, entries?.length);
  const places = (entries ?? []).map(({ url, index }) => `${url}${index === undefined ? '' : ` at ${index}`}`);
  return places.length > 0 ? { ...told, message: `${told.message} In ${places.join(', ')}.` } : told;
};

const counted = (code: Told['code'], what: string, wanted: number, found?: number): Told => {
  const asked = `the profile asks for ${wanted === 0 ? 'none' : `at least ${wanted}`}`;
  if (found === undefined && wanted > 0) return { code, message: `The ${what} hold; ${asked}.` };
  if (!found && wanted === 0) return { code, outcome: 'not-required', message: `No ${what}; ${asked}.` };
  return { code, message: `${what[0]?.toUpperCase()}${what.slice(1)} that hold: ${found}; ${asked}.` };
};

/** A profile as evidence names it. */
export const nameProfile = ({
  name,
  origin,
  asOf,
}: Pick<TrustProfile, 'name' | 'origin' | 'asOf'>): NonNullable<SignatureVerification['profile']> => ({
  name,
  ...(origin && { origin }),
  ...(asOf && { asOf }),
});
