import { describe, expect, it } from 'vitest';
import { verify } from '../../../activities/threads/thread.ts';
import { createTrustOpener, type TrustData } from '../../../activities/threads/trust.ts';
import { builtInProfiles } from '../../../attestation/verify/profiles.ts';
import { shipped } from '../../../attestation/verify/published.ts';
import {
  bare,
  base64,
  hoursLater,
  issue,
  makeTimestamping,
  signStatement,
} from '../../attestation/verify/fake-authority.ts';
import { makeKey } from '../../support/keys.ts';

const authority = await issue(undefined, { isCa: true });
const stamping = await makeTimestamping(hoursLater(1));
const asPem = (der: string) => `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;
const aRoot = (name: string, more: object = {}, updatedAt = '2026-03-01T00:00:00.000Z') => ({
  name,
  spec: JSON.stringify({
    kind: 'x509',
    certificates: authority.pem,
    timestampAuthorities: asPem(stamping.root),
    ...more,
  }),
  updatedAt,
});
const damaged = { ...aRoot('damaged'), spec: '{"kind":"x509"' };
const travel = (roots: TrustData['roots'], builtIn = shipped()): TrustData =>
  structuredClone({ keys: [], roots, builtIn });

describe('the profiles of a thread', () => {
  const builtIn = builtInProfiles().map(({ name }) => name);

  it('are those built in, then those registered, each on its own', () => {
    const { profiles } = createTrustOpener()(travel([aRoot('a'), aRoot('b', { projects: ['acme'] })]));
    expect(profiles.map(({ name }) => name)).toEqual([...builtIn, 'a', 'b']);
    expect(profiles.at(-1)).toMatchObject({ kind: 'x509', projects: ['acme'], origin: 'registered' });
  });

  it('stay the same objects as long as their roots do', () => {
    const open = createTrustOpener();
    const last = (...roots: TrustData['roots']) => open(travel(roots)).profiles.at(-1);
    const first = last(aRoot('a'));
    expect(last(aRoot('b'), aRoot('a'))).toBe(first);
    expect(open(travel([])).profiles[0]).toBe(open(travel([aRoot('a')])).profiles[0]);
  });

  it('are made anew when anything about a root changed, its name included', () => {
    const open = createTrustOpener();
    const last = (root: TrustData['roots'][number]) => open(travel([root])).profiles.at(-1);
    const first = last(aRoot('a'));
    const others = [aRoot('b'), aRoot('a', { projects: ['acme'] }), aRoot('a', {}, '2026-03-02T00:00:00.000Z')].map(
      last,
    );
    expect(new Set([first, ...others]).size).toBe(4);
    expect(others.map((profile) => profile?.name)).toEqual(['b', 'a', 'a']);
  });

  it('are forgotten with the root: nothing is kept that the latest call did not name', () => {
    const open = createTrustOpener();
    const first = open(travel([aRoot('a')])).profiles.at(-1);
    expect(open(travel([])).profiles.map(({ name }) => name)).toEqual(builtIn);
    const again = open(travel([aRoot('a')])).profiles.at(-1);
    expect(again).toEqual(first);
    expect(again).not.toBe(first);
  });

  it('are made anew when what is built in was looked up again, and then only', () => {
    const open = createTrustOpener();
    const seeds = shipped();
    const fresh = { ...seeds, github: { ...seeds.github, origin: 'tuf' as const, asOf: '2026-12-24T00:00:00.000Z' } };
    const [first, again] = [open(travel([])), open(travel([]))].map(({ profiles }) => profiles);
    expect(again).toEqual(first);
    expect(again?.[2]).toBe(first?.[2]);
    const [, , github] = open(travel([], fresh)).profiles;
    expect(github).toMatchObject({ name: 'github', origin: 'tuf', asOf: '2026-12-24T00:00:00.000Z' });
    expect(open(travel([], fresh)).profiles[2]).toBe(github);
  });

  it('leave out a root that cannot be read, say so, and have all others', () => {
    const renamed = { ...aRoot('npm') };
    const { profiles, checks } = createTrustOpener()(travel([damaged, renamed, aRoot('z')]));
    expect(profiles.map(({ name }) => name)).toEqual([...builtIn, 'z']);
    expect(checks).toMatchObject([
      { code: 'root.unusable', outcome: 'warned', subject: 'damaged' },
      { code: 'root.unusable', outcome: 'warned', subject: 'npm', message: expect.stringContaining('built in') },
    ]);
  });
});

describe('a statement whose certificate is of a registered authority', async () => {
  const key = makeKey('ecdsa-p256-sha256');
  const leaf = await issue(authority, { publicKey: key.publicKey });
  const { sig, ...envelope } = signStatement(key);
  const timestamps = [{ type: 'tsp', data: base64(bare(await stamping.stamp(sig, true))) }];
  const signed = { ...envelope, signatures: [{ sig: base64(sig), certificate: base64(leaf.pem), timestamps }] };
  const rules = { at: '2026-03-01T12:00:00.000Z', project: 'acme', pipeline: 'skynet', threshold: 1 };
  const judge = (...roots: TrustData['roots']) => {
    const statements = [Buffer.from(JSON.stringify(signed))];
    const {
      statements: [statement],
      checks,
    } = verify({ statements, trust: travel(roots), rules, sent: [] });
    return [statement?.result, ...checks.map(({ code, outcome }) => `${code} ${outcome}`)];
  };

  it('is verified while the root is registered for its project, and not before or after', () => {
    expect(judge()[0]).toBe('invalid');
    expect(judge(aRoot('acme-ca'))).toEqual(['verified', 'signature.valid passed']);
    expect(judge(aRoot('acme-ca', { projects: ['acme/sky*'] }))).toEqual(['verified', 'signature.valid passed']);
    expect(judge(aRoot('acme-ca', { projects: ['other'] }))[0]).toBe('invalid');
    expect(judge()[0]).toBe('invalid');
  });

  it('is verified beside a root that cannot be read, and is not verified by that one', () => {
    expect(judge(damaged, aRoot('z'))).toEqual(['verified', 'signature.valid passed', 'root.unusable warned']);
    expect(judge({ ...aRoot('acme-ca'), spec: damaged.spec })).toEqual([
      'invalid',
      expect.stringMatching(/ failed$/),
      'root.unusable warned',
    ]);
  });
});
