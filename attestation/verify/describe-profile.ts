import { createHash, X509Certificate } from 'node:crypto';
import type { SigstoreProfile, TrustProfile } from './profiles.ts';

/** A certificate that others are trusted by. `fingerprint`: sha256 of its DER, hex. `validUntil`: ISO 8601. */
type Authority = { subject: string; fingerprint: string; validUntil: string };

/** A profile as people look at it: what it trusts, and what it asks for. */
export type ProfileSummary = {
  kind: TrustProfile['kind'];
  /** Null where no log and no authority of time is asked for by number. */
  require: { log: number; certificateLog: number; time: number } | null;
  issuers: readonly string[];
  projects: readonly string[];
  /** Addresses of its transparency logs. */
  logs: string[];
  authorities: Authority[];
  timestampAuthorities: Authority[];
  /** Names of the keys that it publishes. */
  keys: string[];
  origin: NonNullable<TrustProfile['origin']> | null;
  asOf: string | null;
};

export const describeProfile = (profile: TrustProfile): ProfileSummary => {
  const { kind, projects = [], origin = null, asOf = null } = profile;
  const sigstore = profile.kind === 'sigstore' ? profile : profile.kind === 'keys' ? profile.provenBy : undefined;
  const { tlogs = [], timestampAuthorities = [] } = sigstore?.trustedRoot ?? {};
  return {
    kind,
    require: sigstore ? requiredBy(sigstore) : null,
    issuers: sigstore?.issuers ?? [],
    projects,
    logs: tlogs.map(({ baseUrl }) => baseUrl),
    authorities: describeAll(authoritiesOf(profile)),
    timestampAuthorities: describeAll(
      profile.kind === 'x509' ? profile.timestampAuthorities.map(decode) : timestampAuthorities.flatMap(certificatesOf),
    ),
    keys: profile.kind === 'keys' ? profile.keys.map(({ hint }) => hint) : [],
    origin,
    asOf,
  };
};

const requiredBy = ({ tlogThreshold, ctlogThreshold, timestampThreshold }: SigstoreProfile) => ({
  log: tlogThreshold,
  certificateLog: ctlogThreshold,
  time: timestampThreshold,
});

const authoritiesOf = (profile: TrustProfile): Uint8Array[] => {
  if (profile.kind === 'keys') return [];
  return profile.kind === 'x509'
    ? profile.certificates.map(decode)
    : profile.trustedRoot.certificateAuthorities.flatMap(certificatesOf);
};

type Chain = SigstoreProfile['trustedRoot']['certificateAuthorities'][number];
const certificatesOf = ({ certChain }: Chain): Uint8Array[] =>
  (certChain?.certificates ?? []).map(({ rawBytes }) => rawBytes);

const decode = (text: string): Buffer => Buffer.from(text, 'base64');

/** Each certificate once: authorities that followed one another share their roots. */
const describeAll = (certificates: readonly Uint8Array[]): Authority[] => [
  ...new Map(
    certificates.map(describeCertificate).map((authority) => [authority.fingerprint, authority] as const),
  ).values(),
];

const describeCertificate = (der: Uint8Array): Authority => {
  const { subject, validToDate } = new X509Certificate(der);
  return {
    subject: (subject ?? '').split('\n').reverse().join(','),
    fingerprint: createHash('sha256').update(der).digest('hex'),
    validUntil: validToDate.toISOString(),
  };
};
