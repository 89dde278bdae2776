import { z } from 'zod';
import { SignatureAlgorithm } from './algorithms.ts';
import { ProjectGlobs } from './keys.ts';
import type { SigstoreProfile, TrustProfile, X509Profile } from './profiles.ts';
import { quote, type Refusal, refuse } from './refusal.ts';
import { readSigstoreRoot } from './sigstore-root.ts';
import { parseCertificate } from './x509/certificate.ts';
import { parsePem } from './x509/pem.ts';

/** Names of the profiles that are built in. */
export const BUILT_IN_NAMES: readonly string[] = ['sigstore-public-good', 'github', 'npm'];

const MAX_CERTIFICATES = 32;
const projects = ProjectGlobs.meta({
  description: 'Globs of `project` or `project/pipeline` that it may speak for. Empty: all.',
});
const pem = z.string().max(262_144).meta({ description: 'Certificates as PEM, one block after the other.' });
const evidence = (least: number) => z.int().min(least).max(4);

const SigstoreRootSpec = z.strictObject({
  kind: z.literal('sigstore'),
  trustedRoot: z
    .union([z.record(z.string(), z.unknown()), z.string().max(1_048_576)])
    .meta({ description: 'A `trusted_root.json` of Sigstore, as an object or as its text.' }),
  require: z
    .strictObject({
      log: evidence(0).default(1).meta({ description: 'Entries in its transparency logs.' }),
      certificateLog: evidence(0).default(1).meta({ description: 'Timestamps of its certificate-transparency logs.' }),
      time: evidence(1).default(1).meta({ description: 'Times proven by a log or a timestamp authority.' }),
    })
    .prefault({})
    .meta({ description: 'Evidence that every bundle must bring. GitHub, private: log 0, certificateLog 0, time 1.' }),
  issuers: z.array(z.string().min(1).max(1024)).max(100).default([]).meta({
    description: 'OIDC issuers that its certificates may name, exact. Empty: any; then it is not registered.',
  }),
  projects,
});

const X509RootSpec = z.strictObject({
  kind: z.literal('x509'),
  certificates: pem,
  timestampAuthorities: pem.optional().meta({
    description: 'Timestamp authorities as PEM: their roots, or the very certificates. None: no time is ever proven.',
  }),
  algorithms: z
    .array(SignatureAlgorithm)
    .min(1)
    .default(['ed25519', 'ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'rsa-pss-sha256'])
    .meta({ description: "How the certificates' keys may sign." }),
  extendedKeyUsages: z
    .array(z.enum(['codeSigning', 'clientAuth', 'serverAuth', 'emailProtection']))
    .default(['codeSigning'])
    .meta({ description: 'Purposes of which a certificate needs one, where it names any.' }),
  projects,
});

/** `spec` of the resource TrustedRoot. */
export const TrustedRootSpec = z
  .discriminatedUnion('kind', [SigstoreRootSpec, X509RootSpec])
  .meta({ id: 'TrustedRootSpec', description: 'Authorities whose certificates count, and what must prove their use.' });
export type TrustedRootSpec = z.input<typeof TrustedRootSpec>;

/** Reads a TrustedRoot resource into a profile. Refuses a root that could never verify anything, or that nobody can read. */
export const parseTrustedRoot = (name: string, spec: unknown): { ok: true; profile: TrustProfile } | Refusal => {
  const parsed = TrustedRootSpec.safeParse(spec);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const found = issue?.path.join('.') || 'spec';
    const message = `The TrustedRoot is not as expected at ${quote(found)}: ${issue?.message ?? 'unreadable'}.`;
    return refuse('root.spec', message, { found });
  }
  return parsed.data.kind === 'sigstore' ? sigstoreProfile(name, parsed.data) : x509Profile(name, parsed.data);
};

/**
 * As `parseTrustedRoot`, for a root that is to count for everybody: refuses the names of what is built in, which nothing
 * registered stands in for, and an instance of Sigstore that does not say whose tokens it may vouch for.
 */
export const parseNewRoot = (name: string, spec: unknown): ReturnType<typeof parseTrustedRoot> => {
  if (BUILT_IN_NAMES.includes(name)) {
    return refuse('root.built-in', `The name ${quote(name)} is taken: a trusted root of that name is built in.`, {
      expected: `a name other than ${BUILT_IN_NAMES.join(', ')}`,
      found: name,
      remedy: 'Register your root under a name of its own.',
    });
  }
  const parsed = parseTrustedRoot(name, spec);
  if (parsed.ok && parsed.profile.kind === 'sigstore' && !parsed.profile.issuers) {
    return refuse('root.issuers-unsaid', 'The TrustedRoot does not say which OIDC issuers its certificates may name.', {
      expected: '`issuers`, at least one',
      found: "none: it could speak for every issuer, GitHub's and Google's too",
      remedy: 'Add `issuers: [https://…]`: those whose tokens this instance of Sigstore takes.',
    });
  }
  return parsed;
};

/** A TrustedRoot as it was stored. */
export type RegisteredRoot = {
  name: string;
  /** The JSON of its spec. */
  spec: string;
  /** When it was registered so (ISO 8601). */
  updatedAt: string;
};

/**
 * Reads what was stored, perhaps by another version or another hand: refuses what this version would not register.
 * Never throws.
 */
export const readRegisteredRoot = ({ name, spec, updatedAt }: RegisteredRoot): ReturnType<typeof parseTrustedRoot> => {
  try {
    const parsed = parseNewRoot(name, JSON.parse(spec));
    return parsed.ok ? { ok: true, profile: { ...parsed.profile, origin: 'registered', asOf: updatedAt } } : parsed;
  } catch {
    return refuse('root.unreadable', 'What is stored of the TrustedRoot cannot be read.');
  }
};

const sigstoreProfile = (
  name: string,
  { trustedRoot, require, issuers, projects }: z.output<typeof SigstoreRootSpec>,
): { ok: true; profile: SigstoreProfile } | Refusal => {
  const read = readSigstoreRoot(trustedRoot);
  if (!read.ok) return read;
  const { root } = read;
  const missing = [
    root.certificateAuthorities.length === 0 && 'certificateAuthorities',
    require.log > 0 && root.tlogs.length === 0 && 'tlogs',
    require.certificateLog > 0 && root.ctlogs.length === 0 && 'ctlogs',
    root.tlogs.length === 0 && root.timestampAuthorities.length === 0 && 'timestampAuthorities',
  ].filter((field) => field !== false);
  if (missing.length > 0) {
    return refuse('root.incomplete', `The \`trustedRoot\` has no ${missing.join(', ')}; nothing would ever verify.`, {
      expected: missing.join(', '),
      found: 'none',
      remedy: 'Give the whole trusted_root.json, or require less: `require: { log: 0, certificateLog: 0 }`.',
    });
  }
  const profile: SigstoreProfile = {
    kind: 'sigstore',
    name,
    trustedRoot: root,
    tlogThreshold: require.log,
    ctlogThreshold: require.certificateLog,
    timestampThreshold: require.time,
    ...(issuers.length > 0 && { issuers }),
    projects,
  };
  return { ok: true, profile };
};

const x509Profile = (
  name: string,
  { certificates, timestampAuthorities, ...rest }: z.output<typeof X509RootSpec>,
): { ok: true; profile: X509Profile } | Refusal => {
  const anchors = readCertificates(certificates);
  const authorities = timestampAuthorities === undefined ? [] : readCertificates(timestampAuthorities);
  if (!anchors || !authorities) {
    const found = anchors ? 'timestampAuthorities' : 'certificates';
    return refuse('root.unreadable', `\`${found}\` cannot be read, or has a key or signature that is too weak.`, {
      expected: `1 to ${MAX_CERTIFICATES} PEM blocks CERTIFICATE; EC, Ed25519 or RSA from 2048 bits; signed with SHA-2`,
      found,
    });
  }
  if (!anchors.every(({ isCa }) => isCa)) {
    return refuse('root.not-authority', 'A certificate of the TrustedRoot may not issue others.', {
      expected: 'certificate authorities (basic constraints CA)',
      found: 'a leaf',
      remedy: "Register a single signer's key as a TrustedKey.",
    });
  }
  const encode = (list: typeof anchors) => list.map(({ der }) => der.toString('base64'));
  const profile: X509Profile = {
    name,
    certificates: encode(anchors),
    timestampAuthorities: encode(authorities),
    ...rest,
  };
  return { ok: true, profile };
};

const readCertificates = (text: string) => {
  try {
    return parsePem(text, MAX_CERTIFICATES)?.map(parseCertificate);
  } catch {
    return undefined;
  }
};
