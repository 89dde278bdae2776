import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Trust } from '../../../attestation/verify/signatures.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { makeFakeSigstore } from './fake-sigstore.ts';

const sigstore = await makeFakeSigstore('acme');
const key = makeKey('ecdsa-p256-sha256', { name: 'release' });
const other = makeKey('ecdsa-p256-sha256', { name: 'other' });

const judge = (bundle: object, { keys = [], profiles = [sigstore.profile] }: Partial<Trust> = {}) => {
  const rules = { at: new Date(), project: 'acme', pipeline: 'skynet', threshold: 1 };
  const { statements, checks } = verifyStatements(receive(bundle), { keys, profiles }, rules);
  return { statement: statements[0], codes: checks.map(({ code }) => code) };
};
const certificateOf = ({ verificationMaterial }: Awaited<ReturnType<typeof sigstore.makeBundle>>): string => {
  const { rawBytes } = verificationMaterial.certificate as { rawBytes: string };
  return new X509Certificate(Buffer.from(rawBytes, 'base64')).toString();
};
const anothers = certificateOf(await sigstore.makeBundle());

describe.each([
  ['with a promise', { logged: true as const }],
  ['with a proof alone, and a timestamp', { logged: 'v2' as const, timestamped: true }],
  ['with a proof alone, and no time', { logged: 'v2' as const }],
])('an entry of a log %s', (_, wish) => {
  it('names the very certificate that signed', async () => {
    expect(judge(await sigstore.makeBundle(wish)).statement?.result).not.toBe('invalid');
    for (const loggedAs of [anothers, other.publicPem]) {
      const { statement, codes } = judge(await sigstore.makeBundle({ ...wish, loggedAs }));
      expect([statement?.result, ...codes]).toEqual(['invalid', 'bundle.log-body']);
      expect(statement?.signatures?.[0]?.steps.find(({ outcome }) => outcome === 'failed')?.code).toBe('log');
    }
  });

  it('proves no time of a registered key that it does not name', async () => {
    const trust = { keys: [key.trusted] };
    const isProven = wish.logged === true || 'timestamped' in wish;
    const timed = judge(await sigstore.makeBundle({ ...wish, key }), trust).statement;
    expect(timed?.provenAt !== undefined).toBe(isProven);
    const { statement } = judge(await sigstore.makeBundle({ ...wish, key, loggedAs: other.publicPem }), trust);
    expect(statement).toMatchObject({ result: 'verified', signers: [{ name: 'release' }] });
    expect(statement).not.toHaveProperty('provenAt');
    expect(statement?.signatures?.[0]).toMatchObject({ time: { provenBy: 'receipt' } });
  });
});

it('an entry that names nobody who can be read names another', async () => {
  const { codes } = judge(await sigstore.makeBundle({ loggedAs: 'junk' }));
  expect(codes).toEqual(['bundle.log-body']);
});

it.each([
  ['2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z'],
  ['2090-01-01T00:00:00Z', '2091-01-01T00:00:00Z'],
])('a log that was in use from %s to %s proves nothing of today, with or without a promise', async (start, end) => {
  const { profile } = sigstore;
  const tlogs = profile.trustedRoot.tlogs.map((log) => ({
    ...log,
    publicKey: log.publicKey && { ...log.publicKey, validFor: { start: new Date(start), end: new Date(end) } },
  }));
  const profiles = [{ ...profile, trustedRoot: { ...profile.trustedRoot, tlogs } }];
  const bare = await sigstore.makeBundle({ logged: 'v2', timestamped: true });
  expect(judge(bare).statement?.result).toBe('verified');
  expect(judge(bare, { profiles })).toMatchObject({ statement: { result: 'invalid' }, codes: ['bundle.log-proof'] });
  expect(judge(await sigstore.makeBundle(), { profiles })).toMatchObject({ codes: ['bundle.log-promise'] });
});
