import { describe, expect, it } from 'vitest';
import type { SignatureVerification, VerificationStep } from '../../../attestation/verdict.ts';
import { parseSubmission } from '../../../attestation/verify/parse.ts';
import { npmProfile, publicGoodProfile, type SigstoreProfile } from '../../../attestation/verify/profiles.ts';
import { type Trust, verifyStatements } from '../../../attestation/verify/verify.ts';
import { makeEnvelope, makeStatement } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { bare, base64, hoursLater, issue, makeTimestamping, profileOf, signStatement } from './fake-authority.ts';
import { makeFakeSigstore } from './fake-sigstore.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const rules = { at: AT, project: 'acme', pipeline: 'skynet', threshold: 1 };
const plain = makeStatement({ predicate: { a: 1 } });

const judge = (document: unknown, trust: Partial<Trust>) => {
  const parsed = parseSubmission(Buffer.from(JSON.stringify(document)));
  if (!parsed.ok) throw new Error(parsed.message);
  return verifyStatements(parsed.statements, { keys: [], profiles: [], ...trust }, rules).statements;
};
const only = (document: unknown, trust: Partial<Trust>): SignatureVerification => {
  const [signature, ...others] = judge(document, trust)[0]?.signatures ?? [];
  if (!signature || others.length > 0) throw new Error('expected one signature');
  return signature;
};
const OUTCOMES: Record<VerificationStep['outcome'], string> = {
  passed: '+',
  failed: 'FAILED',
  'not-required': '0',
  'not-reached': '?',
};
/** `+` passed, `FAILED`, `0` not required, `?` not reached. */
const stepsOf = ({ steps }: SignatureVerification): string =>
  steps.map(({ code, outcome }) => `${code} ${OUTCOMES[outcome]}`).join(', ');

type Bundle = Awaited<ReturnType<Awaited<ReturnType<typeof makeFakeSigstore>>['makeBundle']>>;
type Entry = {
  inclusionPromise?: { signedEntryTimestamp: string };
  integratedTime?: string;
  canonicalizedBody: string;
};
/** A bundle of which something was changed after it was made. */
const changed = (bundle: Bundle, change: (parts: { bundle: Bundle; entry: Entry }) => void): Bundle => {
  const copy = structuredClone(bundle);
  const [entry] = copy.verificationMaterial.tlogEntries as [Entry];
  change({ bundle: copy, entry });
  return copy;
};

const sigstore = await makeFakeSigstore('acme');
const stranger = await makeFakeSigstore('stranger');
const unlogged = await makeFakeSigstore('unlogged', {}, { hasCtLog: false });
const stamping = await makeFakeSigstore('stamping', { tlogThreshold: 0, ctlogThreshold: 0 });
const late = await makeFakeSigstore('late', { tlogThreshold: 0, ctlogThreshold: 0 }, { stampedAfterMs: 3_600_000 });
const good = await sigstore.makeBundle({ statement: plain });
const withProfile = (more: Partial<SigstoreProfile> = {}) => ({ profiles: [{ ...sigstore.profile, ...more }] });
const HELD = 'form +, chain +, certificate-timestamp +, log +, signature +, time +, identity +';

describe('a signature with a certificate is told', () => {
  it('with its log entry, and the time that the log proves', () => {
    const told = only(good, withProfile({ origin: 'registered', asOf: '2026-02-01T00:00:00.000Z' }));
    const at = sigstore.loggedAt.toISOString();
    expect(told).toMatchObject({
      outcome: 'verified',
      signer: { kind: 'certificate', issuer: 'https://issuer.example.com', san: 'https://ci.example.com/job' },
      profile: { name: 'acme', origin: 'registered', asOf: '2026-02-01T00:00:00.000Z' },
      time: { at, provenBy: 'log', name: 'https://log.example.com' },
      logEntries: [
        { url: 'https://log.example.com', logId: expect.stringMatching(/^[0-9a-f]{64}$/), integratedAt: at },
      ],
    });
    expect(stepsOf(told)).toBe(HELD);
  });

  it('with the place in the tree and the timestamp authority, where the log promises nothing (Rekor v2)', async () => {
    const bundle = await sigstore.makeBundle({ statement: plain, logged: 'v2', timestamped: true });
    const told = only(bundle, withProfile());
    expect(told.time).toMatchObject({ at: sigstore.stampedAt.toISOString(), provenBy: 'timestamp-authority' });
    expect(told.logEntries).toEqual([{ url: 'https://log.example.com', logId: expect.any(String), index: '0' }]);
    expect(stepsOf(told)).toBe(HELD);
    // Nobody signs what such an entry says of itself.
    const lying = changed(bundle, ({ entry }) => Object.assign(entry, { logIndex: '7', integratedTime: '1' }));
    expect(only(lying, withProfile())).toEqual(told);
  });

  it('as not needing what the profile does not ask for', async () => {
    const bundle = await stamping.makeBundle({ statement: plain, logged: false, timestamped: true });
    const told = only(bundle, { profiles: [stamping.profile] });
    expect(stepsOf(told)).toContain('log 0, signature +, time +');
    expect(told).not.toHaveProperty('logEntries.0');
  });

  it('as lacking a time, where nothing speaks of it', async () => {
    for (const logged of ['v2', false] as const) {
      const told = only(await sigstore.makeBundle({ statement: plain, logged }), withProfile({ tlogThreshold: 0 }));
      expect(told).toMatchObject({ outcome: 'time-unproven', signer: { san: 'https://ci.example.com/job' } });
      expect(told).not.toHaveProperty('time');
      expect(stepsOf(told)).toMatch(/signature \+, time FAILED, identity \+$/);
    }
    const bundle = await sigstore.makeBundle({ statement: plain, logged: false });
    const silent = only(bundle, withProfile({ issuers: ['https://other.example.com'] }));
    expect(stepsOf(silent)).toMatch(/signature \+, time FAILED, identity FAILED$/);
  });

  const body = (text: string) => Buffer.from(text).toString('base64');
  it.each<[string, Bundle | Promise<Bundle>, Partial<Trust>, string]>([
    [
      'it is of another authority',
      good,
      { profiles: [stranger.profile] },
      'form +, chain FAILED, certificate-timestamp ?, log ?, signature ?, time ?, identity ?',
    ],
    [
      'its certificate is in no certificate log',
      unlogged.makeBundle({ statement: plain }),
      { profiles: [unlogged.profile] },
      'form +, chain +, certificate-timestamp FAILED, log ?, signature ?, time ?, identity ?',
    ],
    [
      'its certificate had expired',
      late.makeBundle({ statement: plain, logged: false, timestamped: true }),
      { profiles: [late.profile] },
      'form +, chain FAILED, certificate-timestamp ?, log ?, signature ?, time ?, identity ?',
    ],
    [
      "the log's promise is false",
      changed(good, ({ entry }) => Object.assign(entry.inclusionPromise ?? {}, { signedEntryTimestamp: body('no') })),
      withProfile(),
      'form +, chain +, certificate-timestamp +, log FAILED, signature ?, time ?, identity ?',
    ],
    [
      'there are too few log entries',
      good,
      withProfile({ tlogThreshold: 2 }),
      'form +, chain +, certificate-timestamp +, log FAILED, signature ?, time ?, identity ?',
    ],
    [
      'a timestamp is about something else',
      changed(good, ({ bundle }) => {
        const other = { rfc3161Timestamps: [{ signedTimestamp: body('no timestamp') }] };
        Object.assign(bundle.verificationMaterial, { timestampVerificationData: other });
      }),
      withProfile(),
      'form FAILED, chain ?, certificate-timestamp ?, log ?, signature ?, time ?, identity ?',
    ],
    [
      'there are too few times',
      good,
      withProfile({ timestampThreshold: 2 }),
      'form +, time FAILED, chain ?, certificate-timestamp ?, log ?, signature ?, identity ?',
    ],
    [
      'the profile may not speak for its issuer',
      good,
      withProfile({ issuers: ['https://other.example.com'] }),
      'form +, chain +, certificate-timestamp +, log +, signature +, time +, identity FAILED',
    ],
    [
      'it does not say plainly who it is',
      sigstore.makeBundle({ statement: plain, extensions: { 14: 'refs/heads/main\u0000' } }),
      withProfile(),
      'form +, chain +, certificate-timestamp +, log +, signature +, time +, identity FAILED',
    ],
  ])('with the step at which it ended, where %s', async (_, bundle, trust, steps) => {
    const told = only(await bundle, trust);
    expect(stepsOf(told)).toBe(steps);
    expect(told).toMatchObject({ outcome: 'refused', profile: { name: trust.profiles?.[0]?.name } });
    for (const field of ['signer', 'time', 'logEntries']) expect(told).not.toHaveProperty(field);
  });

  it('with the step that the library comes to first, where two would fail: none after it counts as passed', async () => {
    const twice = changed(good, ({ bundle, entry }) => {
      Object.assign(entry.inclusionPromise ?? {}, { signedEntryTimestamp: body('no') });
      const [signature] = bundle.dsseEnvelope.signatures;
      if (signature) signature.sig = body('no signature');
    });
    expect(stepsOf(only(twice, withProfile()))).toMatch(/certificate-timestamp \+, log FAILED, signature \?/);
    expect(stepsOf(only(twice, withProfile({ timestampThreshold: 2 })))).toMatch(/^form \+, time FAILED, chain \?/);
    const noCt = { ...sigstore.profile.trustedRoot, ctlogs: [] };
    expect(stepsOf(only(twice, withProfile({ trustedRoot: noCt })))).toMatch(
      /chain \+, certificate-timestamp FAILED, log \?/,
    );
    const noRoot = { ...noCt, certificateAuthorities: [] };
    expect(stepsOf(only(twice, withProfile({ trustedRoot: noRoot })))).toMatch(
      /chain FAILED, certificate-timestamp \?/,
    );
  });

  it('by the profile that came furthest, and a line for each of the others', () => {
    const told = only(good, {
      profiles: [stranger.profile, { ...sigstore.profile, issuers: ['https://other.example'] }],
    });
    expect(told.profile?.name).toBe('acme');
    expect(told.steps.at(-1)).toMatchObject({
      code: 'profile',
      outcome: 'failed',
      message: expect.stringMatching(/^stranger: /),
    });
    const many = Array.from({ length: 40 }, (_, at) => ({ ...stranger.profile, name: `stranger-${at}` }));
    expect(only(good, { profiles: many }).steps.length).toBeLessThan(20);
  });
});

describe('a signature with a registered key is told', () => {
  const key = makeKey('ecdsa-p256-sha256');
  const document = makeEnvelope(key, plain);

  it('as counting at the time of receipt', () => {
    const told = only(document, { keys: [key.trusted] });
    expect(told).toMatchObject({
      outcome: 'verified',
      signer: { kind: 'key', name: key.name },
      time: { at: AT.toISOString(), provenBy: 'receipt' },
    });
    expect(told).not.toHaveProperty('profile');
    expect(stepsOf(told)).toBe('signature +, key-revocation +, key-scope +, key-validity +, time 0');
  });

  it('with the time that a log proves, where there is one', async () => {
    const bundle = await sigstore.makeBundle({ statement: plain, key });
    const told = only(bundle, { keys: [key.trusted], ...withProfile() });
    expect(told).toMatchObject({
      profile: { name: 'acme' },
      time: { at: sigstore.loggedAt.toISOString(), provenBy: 'log' },
      logEntries: [{ url: 'https://log.example.com' }],
    });
    expect(stepsOf(told)).toMatch(/time \+$/);
    const unknown = only(bundle, { keys: [key.trusted], profiles: [stranger.profile] });
    expect(unknown.time).toEqual({ at: AT.toISOString(), provenBy: 'receipt' });
    expect(stepsOf(unknown)).toMatch(/time 0$/);
  });

  it.each([
    ['is revoked', { revokedSince: '2026-01-01T00:00:00Z' }, 'signature +, key-revocation FAILED, key-scope ?'],
    ['is of another project', { projects: ['other'] }, 'key-revocation +, key-scope FAILED, key-validity ?'],
    ['expired', { validUntil: '2026-01-01T00:00:00Z' }, 'key-scope +, key-validity FAILED, time ?'],
    ['counts later', { validFrom: '2027-01-01T00:00:00Z' }, 'key-scope +, key-validity FAILED, time ?'],
  ])('with whose it is, though the key %s', (_, spec, steps) => {
    const limited = makeKey('ed25519', spec);
    const told = only(makeEnvelope(limited, plain), { keys: [limited.trusted] });
    expect(told).toMatchObject({ outcome: 'refused', signer: { name: limited.name } });
    expect(stepsOf(told)).toContain(steps);
  });

  it('as nobody’s, where no key made it', () => {
    const told = only(document, { keys: [makeKey('ed25519').trusted] });
    expect(told).not.toHaveProperty('signer');
    expect(stepsOf(told)).toBe('signature FAILED, key-revocation ?, key-scope ?, key-validity ?, time ?');
  });

  it('each in the order of the envelope, also where the statement is no statement', () => {
    const names = ['first', 'second', 'third'];
    const keys = names.map((name) => makeKey('ed25519', { name }));
    const registered = keys.map(({ trusted }) => trusted).filter(({ name }) => name !== 'first');
    const [statement] = judge(makeEnvelope(keys, '{"_type":"nothing"}'), { keys: registered });
    expect(statement?.result).toBe('invalid');
    expect(statement?.signatures).toMatchObject([
      { outcome: 'refused' },
      { outcome: 'verified', signer: { name: 'second' } },
      { outcome: 'verified', signer: { name: 'third' } },
    ]);
  });
});

describe('a signature of a customer’s own authority is told', async () => {
  const key = makeKey('ecdsa-p256-sha256');
  const root = await issue(undefined, { isCa: true, subject: 'CN=root' });
  const leaf = await issue(root, { publicKey: key.publicKey });
  const authority = await makeTimestamping(hoursLater(2));
  const { sig, ...envelope } = signStatement(key, plain);
  const stamp = await authority.stamp(sig);
  const signed = (timestamps: Buffer[], certificate = leaf) => ({
    ...envelope,
    signatures: [
      {
        sig: base64(sig),
        certificate: base64(certificate.pem),
        intermediates: [],
        timestamps: timestamps.map((token) => ({ type: 'tsp', data: base64(bare(token)) })),
      },
    ],
  });
  const profiles = [profileOf([root], { timestampAuthorities: [authority.leaf] })];

  it('with the authority that proves the time, by its subject', () => {
    const told = only(signed([stamp]), { profiles });
    expect(told).toMatchObject({
      outcome: 'verified',
      signer: { issuer: 'x509:acme-ca' },
      profile: { name: 'acme-ca' },
      time: { at: hoursLater(2).toISOString(), provenBy: 'timestamp-authority', name: expect.stringContaining('CN=') },
    });
    expect(stepsOf(told)).toBe('form +, usage +, chain +, signature +, identity +, time +');
  });

  it('as lacking a time, without a timestamp or without an authority that may give one', () => {
    expect(only(signed([]), { profiles }).outcome).toBe('time-unproven');
    const told = only(signed([stamp]), { profiles: [profileOf([root])] });
    expect(stepsOf(told)).toBe('form +, usage +, chain +, signature +, identity +, time FAILED');
    expect(told.steps.at(-1)?.message).toContain('no timestamp authority');
  });

  it('with the step at which it ended', async () => {
    const told = async (certificate: typeof leaf, tokens: Buffer[] = []) =>
      stepsOf(only(signed(tokens, certificate), { profiles }));
    const publicKey = key.publicKey;
    const other = await issue(undefined, { isCa: true, subject: 'CN=root' });
    const serving = { publicKey, purposes: ['1.3.6.1.5.5.7.3.1'] };
    expect(await told(await issue(root, serving))).toMatch(/^form \+, usage FAILED/);
    expect(await told(await issue(other, { publicKey }))).toMatch(/usage \+, chain FAILED, signature \?/);
    expect(await told(await issue(root))).toMatch(/chain \+, signature FAILED, identity \?/);
    expect(await told(leaf, [await authority.stamp(Buffer.from('another'))])).toMatch(/identity \+, time FAILED$/);
    expect(await told(await issue(root, { publicKey, notAfter: hoursLater(1) }), [stamp])).toMatch(/time FAILED$/);
    expect(await told(await issue(root, { publicKey, hash: 'SHA-1' }))).toMatch(/^form FAILED, usage \?/);
  });
});

describe('a signature with a key that others publish is told', async () => {
  const { readFileSync } = await import('node:fs');
  const pair = JSON.parse(readFileSync(new URL('npm-pair.json', import.meta.url), 'utf8'));
  const publish = { attestations: [pair.attestations[0]] };

  it('with the profile that publishes it and the log that proves when', () => {
    const told = only(publish, { profiles: [publicGoodProfile(), npmProfile()] });
    expect(told).toMatchObject({
      signer: { issuer: 'keys:npm' },
      profile: { name: 'npm' },
      time: { at: '2023-05-16T17:33:01.000Z', provenBy: 'log', name: 'https://rekor.sigstore.dev' },
      logEntries: [{ index: '20783673' }],
    });
    expect(stepsOf(told)).toBe('form +, key-validity +, log +, signature +, time +');
  });

  it('with the step at which it ended', () => {
    const npm = npmProfile();
    const closed = { ...npm, keys: npm.keys.map((one) => ({ ...one, validUntil: '2022-12-01T00:00:00Z' })) };
    expect(stepsOf(only(publish, { profiles: [closed] }))).toBe(
      'form +, key-validity FAILED, log ?, signature ?, time ?',
    );
    const blind = { ...npm, provenBy: { ...npm.provenBy, trustedRoot: { ...npm.provenBy.trustedRoot, tlogs: [] } } };
    expect(stepsOf(only(publish, { profiles: [blind] }))).toBe(
      'form +, key-validity +, log FAILED, signature ?, time ?',
    );
  });
});
