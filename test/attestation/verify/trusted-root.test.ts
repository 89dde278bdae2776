import { TrustedRoot } from '@sigstore/protobuf-specs';
import { describe, expect, it } from 'vitest';
import { builtInProfiles, publicGoodProfile, type TrustProfile } from '../../../attestation/verify/profiles.ts';
import {
  BUILT_IN_NAMES,
  parseNewRoot,
  parseTrustedRoot,
  readRegisteredRoot,
  type TrustedRootSpec,
} from '../../../attestation/verify/trusted-root.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive } from '../../support/envelopes.ts';
import { hoursLater, issue, makeTimestamping } from './fake-authority.ts';
import { type FakeSigstore, makeFakeSigstore } from './fake-sigstore.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
/** As GitHub signs for private repositories: no log, no certificate transparency, one timestamp. */
const github = await makeFakeSigstore('github', {}, { hasCtLog: false });
const other = await makeFakeSigstore('other');
const rootOf = ({ profile }: FakeSigstore) => TrustedRoot.toJSON(profile.trustedRoot) as Record<string, unknown>;
const privateSpec = {
  kind: 'sigstore' as const,
  trustedRoot: { ...rootOf(github), tlogs: [], ctlogs: [] },
  require: { log: 0, certificateLog: 0, time: 1 },
  issuers: [GITHUB],
};

const profileOf = (spec: TrustedRootSpec, name = 'github'): TrustProfile => {
  const parsed = parseTrustedRoot(name, spec);
  if (!parsed.ok) throw new Error(`${parsed.code}: ${parsed.message}`);
  return parsed.profile;
};
const codeOf = (spec: unknown): string => {
  const parsed = parseTrustedRoot('x', spec);
  return parsed.ok ? 'ok' : parsed.code;
};
const judge = (bundle: unknown, profiles: TrustProfile[], project = 'acme') => {
  const rules = { at: new Date('2026-03-01T12:00:00Z'), project, pipeline: 'skynet', threshold: 1 };
  const { statements, checks } = verifyStatements(receive(bundle), { keys: [], profiles }, rules);
  return [statements[0]?.result, ...checks.map(({ code }) => code)].join(' ');
};
const makePrivate = (issuer = GITHUB) =>
  github.makeBundle({ logged: false, timestamped: true, extensions: { 8: issuer, 15: '123' } });

describe('the root of GitHub for private repositories, as a resource', () => {
  const builtIn = publicGoodProfile();
  const profile = profileOf(privateSpec);

  it('verifies with a timestamp and no log, beside what is built in', async () => {
    expect(judge(await makePrivate(), [builtIn, profile])).toBe('verified signature.valid');
    expect(judge(await makePrivate(), [builtIn])).toMatch(/^invalid/);
    expect(judge(await makePrivate(), structuredClone([builtIn, profile]))).toBe('verified signature.valid');
  });

  it('wants that timestamp: without it nothing proves the time', async () => {
    const bundle = await github.makeBundle({ logged: false, extensions: { 8: GITHUB } });
    expect(judge(bundle, [profile])).toBe('time-unproven signature.time-unproven');
  });

  it('lends its thresholds to no other root, and takes none from others', async () => {
    const strict = profileOf({ kind: 'sigstore', trustedRoot: rootOf(other) }, 'other');
    expect(judge(await other.makeBundle({ logged: false, timestamped: true }), [profile, strict])).toMatch(/^invalid/);
    expect(judge(await other.makeBundle(), [profile, strict])).toBe('verified signature.valid');
    const merged = { ...rootOf(github), certificateAuthorities: rootOf(other).certificateAuthorities };
    const wrong = profileOf({ ...privateSpec, trustedRoot: merged });
    expect(judge(await makePrivate(), [wrong])).toMatch(/^invalid/);
  });

  it('speaks for its issuers only, exactly, and never for an authority of a customer', async () => {
    for (const issuer of [`${GITHUB}/acme`, 'https://gitlab.com', `${GITHUB.slice(0, -1)}`])
      expect(judge(await makePrivate(issuer), [profile])).toBe('invalid bundle.issuer');
    const { issuers: _, ...anyIssuer } = privateSpec;
    expect(judge(await makePrivate('https://gitlab.com'), [profileOf(anyIssuer)])).toMatch(/^verified/);
    expect(judge(await makePrivate('x509:acme-ca'), [profileOf(anyIssuer)])).toBe('invalid bundle.issuer');
  });

  it('speaks for its projects only', async () => {
    const scoped = profileOf({ ...privateSpec, projects: ['acme/sky*'] });
    expect(judge(await makePrivate(), [scoped])).toMatch(/^verified/);
    expect(judge(await makePrivate(), [scoped], 'other')).toBe('invalid bundle.no-profile');
  });
});

describe('a TrustedRoot of Sigstore', () => {
  it('is read from an object or its text', () => {
    expect(codeOf({ kind: 'sigstore', trustedRoot: JSON.stringify(rootOf(other)) })).toBe('ok');
    expect(profileOf({ kind: 'sigstore', trustedRoot: rootOf(other) })).toMatchObject({
      tlogThreshold: 1,
      ctlogThreshold: 1,
      timestampThreshold: 1,
    });
  });

  it.each<[string, unknown, string]>([
    ['no kind', {}, 'root.spec'],
    ['an unknown field', { ...privateSpec, threshold: 1 }, 'root.spec'],
    ['no time at all', { ...privateSpec, require: { time: 0 } }, 'root.spec'],
    ['a root that is none', { kind: 'sigstore', trustedRoot: { a: 1 } }, 'root.unreadable'],
    ['a text that is none', { kind: 'sigstore', trustedRoot: '{"a":1,"a":2}' }, 'root.unreadable'],
    [
      'a certificate that cannot be read',
      {
        ...privateSpec,
        trustedRoot: {
          ...rootOf(other),
          certificateAuthorities: [{ certChain: { certificates: [{ rawBytes: 'AAAA' }] } }],
        },
      },
      'root.unreadable',
    ],
    [
      'no authority',
      { ...privateSpec, trustedRoot: { ...rootOf(other), certificateAuthorities: [] } },
      'root.incomplete',
    ],
    ['no log where one is required', { ...privateSpec, require: { certificateLog: 0 } }, 'root.incomplete'],
    [
      'nobody who proves time',
      { ...privateSpec, trustedRoot: { ...rootOf(other), tlogs: [], timestampAuthorities: [] } },
      'root.incomplete',
    ],
  ])('is refused with %s', (_, spec, code) => expect(codeOf(spec)).toBe(code));

  it.each(['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'])(
    'is refused when one of its %s does not say since when it is valid',
    (list) => {
      const root = rootOf(other);
      const withPeriod = (validFor: object | undefined) => {
        const [first] = root[list] as { publicKey?: object }[];
        const changed = first?.publicKey
          ? { ...first, publicKey: { ...first.publicKey, validFor } }
          : { ...first, validFor };
        return codeOf({ kind: 'sigstore', trustedRoot: { ...root, [list]: [changed] } });
      };
      expect(withPeriod({ start: '2020-01-01T00:00:00Z' })).toBe('ok');
      for (const period of [undefined, {}, { end: '2030-01-01T00:00:00Z' }])
        expect(withPeriod(period)).toBe('root.validity');
    },
  );
});

describe("a TrustedRoot of a customer's own authority", async () => {
  const authority = await issue(undefined, { isCa: true });
  const leaf = await issue(authority);
  const stamping = await makeTimestamping(hoursLater(1));
  const stampingPem = `-----BEGIN CERTIFICATE-----\n${stamping.root}\n-----END CERTIFICATE-----\n`;

  it('needs certificates, and has plain defaults', () => {
    expect(profileOf({ kind: 'x509', certificates: authority.pem, timestampAuthorities: stampingPem }, 'acme')).toEqual(
      {
        kind: 'x509',
        name: 'acme',
        certificates: [authority.der.toString('base64')],
        timestampAuthorities: [stamping.root],
        algorithms: ['ed25519', 'ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'rsa-pss-sha256'],
        extendedKeyUsages: ['codeSigning'],
        projects: [],
      },
    );
  });

  it.each([
    ['a leaf', { kind: 'x509', certificates: leaf.pem }, 'root.not-authority'],
    ['no PEM', { kind: 'x509', certificates: 'x' }, 'root.unreadable'],
    [
      'a damaged authority for time',
      { kind: 'x509', certificates: authority.pem, timestampAuthorities: 'x' },
      'root.unreadable',
    ],
    ['an unknown algorithm', { kind: 'x509', certificates: authority.pem, algorithms: ['rsa-sha1'] }, 'root.spec'],
  ])('is refused with %s', (_, spec, code) => expect(codeOf(spec)).toBe(code));
});

describe('a TrustedRoot that is registered', async () => {
  const authority = await issue(undefined, { isCa: true });
  const spec = { kind: 'x509', certificates: authority.pem };
  const stored = { name: 'acme-ca', spec: JSON.stringify(spec), updatedAt: '2026-03-01T00:00:00.000Z' };

  it('never has the name of one that is built in', () => {
    for (const { name } of builtInProfiles()) expect(BUILT_IN_NAMES).toContain(name);
    for (const name of BUILT_IN_NAMES) {
      expect(parseNewRoot(name, spec)).toMatchObject({ ok: false, code: 'root.built-in', found: name });
      expect(readRegisteredRoot({ ...stored, name })).toMatchObject({ ok: false, code: 'root.built-in' });
    }
    expect(parseNewRoot('acme-ca', spec)).toMatchObject({ ok: true });
  });

  it('says for which issuers it speaks, where its certificates can name any', () => {
    const unsaid = { kind: 'sigstore', trustedRoot: rootOf(other) };
    for (const issuers of [undefined, []])
      expect(parseNewRoot('own', { ...unsaid, issuers })).toMatchObject({ ok: false, code: 'root.issuers-unsaid' });
    expect(readRegisteredRoot({ ...stored, spec: JSON.stringify(unsaid) })).toMatchObject({ ok: false });
    expect(parseNewRoot('own', { ...unsaid, issuers: [GITHUB] })).toMatchObject({ ok: true });
  });

  it('says that it is, and since when', () => {
    expect(readRegisteredRoot(stored)).toMatchObject({
      ok: true,
      profile: { name: 'acme-ca', origin: 'registered', asOf: '2026-03-01T00:00:00.000Z' },
    });
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', 'null'],
    ['a kind of another version', JSON.stringify({ ...spec, kind: 'spiffe' })],
    ['a field of another version', JSON.stringify({ ...spec, crl: 'https://example.com' })],
    ['a damaged certificate', JSON.stringify({ ...spec, certificates: authority.pem.replace('MII', 'MIJ') })],
  ])('is refused, and nothing thrown, when %s is stored', (_, text) =>
    expect(readRegisteredRoot({ ...stored, spec: text })).toMatchObject({ ok: false }),
  );
});
