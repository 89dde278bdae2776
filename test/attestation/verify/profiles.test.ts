import { describe, expect, it } from 'vitest';
import { publicGoodProfile, type TrustProfile } from '../../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { type Extensions, makeFakeSigstore } from './fake-sigstore.ts';

const at = new Date('2026-03-01T12:00:00Z');
const verify = (bundle: unknown, profiles: TrustProfile[]) =>
  verifyStatements(receive(bundle), { keys: [], profiles }, { at, project: 'acme', pipeline: 'skynet', threshold: 1 });
const codes = (bundle: unknown, profiles: TrustProfile[]) =>
  verify(bundle, profiles).checks.map(({ code, outcome }) => `${code} ${outcome}`);

const logging = await makeFakeSigstore('logging');
/** As a forge runs it for private repositories: no log, no CT, one timestamp. */
const stamping = await makeFakeSigstore('stamping', { tlogThreshold: 0, ctlogThreshold: 0 });

describe('trust profiles', () => {
  const all = [publicGoodProfile(), logging.profile, stamping.profile];

  it('are tried one at a time; the one that held is named', async () => {
    const logged = verify(await logging.makeBundle(), all).statements[0];
    expect(logged).toMatchObject({
      result: 'verified',
      signers: [{ profile: 'logging', issuer: 'https://issuer.example.com', san: 'https://ci.example.com/job' }],
    });
    expect(logged?.logIndex).toMatch(/^\d+$/);
    const stamped = verify(await stamping.makeBundle({ logged: false, timestamped: true }), all).statements[0];
    expect(stamped).toMatchObject({ result: 'verified', signers: [{ profile: 'stamping' }] });
    expect(stamped?.logIndex).toBeUndefined();
    expect(stamped?.provenAt).toBe(stamping.stampedAt.toISOString());
  });

  it('are never merged: the roots of one with the thresholds of another do not verify', async () => {
    expect(codes(await logging.makeBundle({ logged: false, timestamped: true }), all)).toEqual([
      'bundle.untrusted failed',
    ]);
    expect(codes(await logging.makeBundle({ logged: false, timestamped: true }), [logging.profile])).toEqual([
      'bundle.log failed',
    ]);
    expect(codes(await logging.makeBundle(), [stamping.profile])).toEqual(['bundle.certificate failed']);
    expect(codes(await stamping.makeBundle({ timestamped: true }), [logging.profile])).toEqual([
      'bundle.time-unproven failed',
    ]);
  });

  it('tell what each of them found', async () => {
    const [check] = verify(await logging.makeBundle({ logged: false, timestamped: true }), all).checks;
    for (const { name } of all) expect(check?.message).toContain(`${name}: `);
  });

  it('refuse a timestamp over another signature', async () => {
    const [one, two] = [
      await stamping.makeBundle({ logged: false, timestamped: true }),
      await stamping.makeBundle({ logged: false, timestamped: true }),
    ];
    const swapped = {
      ...one,
      verificationMaterial: {
        ...one.verificationMaterial,
        timestampVerificationData: two.verificationMaterial.timestampVerificationData,
      },
    };
    expect(codes(swapped, [stamping.profile])).toEqual(['bundle.time-unproven failed']);
  });

  it('take the earliest of several proven times', async () => {
    const { statements } = verify(await logging.makeBundle({ timestamped: true }), [logging.profile]);
    expect(statements[0]?.provenAt).toBe(logging.loggedAt.toISOString());
  });
});

describe('a bundle signed with a registered key', () => {
  const key = makeKey('ecdsa-p256-sha256');
  const judge = async (wish: { logged: boolean; timestamped?: boolean }, profiles: TrustProfile[]) =>
    verifyStatements(
      receive(await logging.makeBundle({ ...wish, key })),
      { keys: [key.trusted], profiles },
      { at, project: 'acme', pipeline: 'skynet', threshold: 1 },
    ).statements[0];

  it('has a proven time where a log or an authority of some profile gives one', async () => {
    const proven = { result: 'verified', signers: [{ kind: 'key' }], provenAt: expect.any(String) };
    expect(await judge({ logged: true }, [stamping.profile, logging.profile])).toMatchObject({
      ...proven,
      logIndex: expect.any(String),
    });
    expect(await judge({ logged: false, timestamped: true }, [{ ...logging.profile, tlogThreshold: 0 }])).toMatchObject(
      proven,
    );
  });

  it('has none, and is verified all the same, where nobody known gives one', async () => {
    for (const profiles of [[], [stamping.profile]]) {
      const judged = await judge({ logged: true, timestamped: true }, profiles);
      expect(judged).toMatchObject({ result: 'verified' });
      expect(judged).not.toHaveProperty('provenAt');
      expect(judged).not.toHaveProperty('logIndex');
    }
    expect(await judge({ logged: false }, [logging.profile])).not.toHaveProperty('provenAt');
  });
});

describe('the identity in a certificate', () => {
  const identity = async (extensions: Extensions, san?: string) => {
    const { statements, checks } = verify(await logging.makeBundle({ extensions, ...(san !== undefined && { san }) }), [
      logging.profile,
    ]);
    const [signer] = statements[0]?.signers ?? [];
    return signer?.kind === 'certificate' ? signer : checks.map(({ code }) => code).join();
  };

  it('has every claim under its name', async () => {
    const names = [
      'signerWorkflow',
      'signerDigest',
      'runnerEnvironment',
      'repository',
      'sourceDigest',
      'ref',
      'repositoryId',
      'owner',
      'ownerId',
      'buildConfig',
      'buildConfigDigest',
      'buildTrigger',
      'runInvocation',
      'repositoryVisibility',
      'environment',
      'tokenSubject',
    ];
    const extensions = Object.fromEntries(names.map((name, index) => [index + 9, `value of ${name}`]));
    const claims = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
    expect(await identity(extensions)).toMatchObject({ claims: { ...claims, buildSigner: 'value of signerWorkflow' } });
  });

  it.each([
    [
      'https://github.com/acme/ci/.github/workflows/release.yml@refs/heads/main',
      'acme/ci/.github/workflows/release.yml',
      'refs/heads/main',
    ],
    [
      'https://github.com/acme/ci/.github/workflows/release.yml@refs/heads/a@refs/heads/main',
      'acme/ci/.github/workflows/release.yml',
      'refs/heads/a@refs/heads/main',
    ],
    [
      'https://gitlab.com/acme/ci//.gitlab-ci.yml@refs/heads/main',
      'https://gitlab.com/acme/ci//.gitlab-ci.yml',
      'refs/heads/main',
    ],
    ['https://evil.example/https://github.com/acme/ci@x', 'https://evil.example/https://github.com/acme/ci', 'x'],
    ['https://github.com/acme/ci', 'acme/ci', undefined],
    [
      'https://github.com/acme/ci/.github/workflows/release.yml@evil.yml@refs/heads/main',
      'acme/ci/.github/workflows/release.yml@evil.yml',
      'refs/heads/main',
    ],
    [
      'https://github.com/acme/ci/.github/workflows/release.yml@evil.yml@5c2b1d0',
      'acme/ci/.github/workflows/release.yml@evil.yml',
      '5c2b1d0',
    ],
  ])('splits %s into workflow and ref', async (uri, signerWorkflow, signerRef) => {
    const signer = await identity({ 9: uri });
    expect(typeof signer === 'object' && signer.claims.signerWorkflow).toBe(signerWorkflow);
    expect(typeof signer === 'object' && signer.claims.signerRef).toBe(signerRef);
  });

  it('takes the issuer of extension 8, else of 1, and refuses to have none', async () => {
    expect(await identity({ 1: 'https://old.example.com' })).toMatchObject({ issuer: 'https://issuer.example.com' });
    expect(await identity({ 1: 'https://old.example.com', 8: '' })).toMatchObject({
      issuer: 'https://old.example.com',
    });
    expect(await identity({ 8: '' })).toBe('bundle.identity');
  });

  it('is not what another decoder might take it for', async () => {
    // Decoded as seven-bit text the second would be the first: \u00ed is m with the high bit set.
    expect(await identity({ 8: 'https://issuer.example.com' })).toMatchObject({ issuer: 'https://issuer.example.com' });
    expect(await identity({ 8: 'https://issuer.example.co\u00ed' })).toMatchObject({
      issuer: 'https://issuer.example.co\u00ed',
    });
    expect(await identity({ 14: 'refs/heads/main\u0000' })).toBe('bundle.identity');
  });

  it('is what it looks like: nothing in it turns text around or cannot be seen', async () => {
    for (const hidden of ['\u0085', '\u009b', '\u061c', '\u200b', '\u202e', '\u2028', '\u2066', '\ufeff'])
      expect(await identity({ 14: `refs/heads/${hidden}niam` })).toBe('bundle.identity');
    const joined = 'refs/heads/\u{1f469}\u200d\u{1f4bb}-b\u00fc';
    expect(await identity({ 14: joined })).toMatchObject({ claims: { ref: joined } });
  });
});
