import { describe, expect, it } from 'vitest';
import { publicGoodProfile, type TrustProfile } from '../../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive } from '../../support/envelopes.ts';
import { makeFakeSigstore } from './fake-sigstore.ts';
import { fixture, haveFixtures } from './fixtures.ts';

const sigstore = await makeFakeSigstore('fake');
const judge = (sent: unknown, profile: TrustProfile = sigstore.profile) => {
  const rules = { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold: 1 };
  const { statements, checks } = verifyStatements(receive(sent), { keys: [], profiles: [profile] }, rules);
  return [statements[0]?.result, ...checks.map(({ code }) => code)].join(' ');
};
const verified = 'verified signature.valid';

const V01 = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
const V02 = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
const V03 = ['application/vnd.dev.sigstore.bundle.v0.3+json', 'application/vnd.dev.sigstore.bundle+json;version=0.3'];

type Json = Record<string, unknown>;
const made = await sigstore.makeBundle();
const { certificate, tlogEntries } = made.verificationMaterial as { certificate: Json; tlogEntries: Json[] };
const [entry = {}] = tlogEntries;
/** One signature, as each version of the bundle would hold it. */
const bundleOf = (mediaType: string, { holder = {}, log = {} }: { holder?: Json; log?: Json } = {}) => ({
  mediaType,
  verificationMaterial: {
    ...(V03.includes(mediaType) ? { certificate } : { x509CertificateChain: { certificates: [certificate] } }),
    ...holder,
    tlogEntries: [{ ...entry, ...log }],
  },
  dsseEnvelope: made.dsseEnvelope,
});

describe('a bundle of version', () => {
  it('0.1 has the promise of the log, and may have a proof', () => {
    expect(judge(bundleOf(V01))).toBe(verified);
    expect(judge(bundleOf(V01, { log: { inclusionProof: undefined } }))).toBe(verified);
    expect(judge(bundleOf(V01, { log: { inclusionPromise: undefined } }))).toBe('invalid bundle.incomplete');
  });

  it('0.1 may have a proof without checkpoint, as for releases of CPython, which counts for nothing', () => {
    const { checkpoint: _, ...hollow } = entry.inclusionProof as Json;
    const inclusionProof = { ...hollow, rootHash: 'AAAA' };
    expect(judge(bundleOf(V01, { log: { inclusionProof } }))).toBe(verified);
    expect(judge(bundleOf(V01, { log: { inclusionProof, inclusionPromise: undefined } }))).toMatch(/^invalid/);
    for (const mediaType of [V02, ...V03])
      expect(judge(bundleOf(mediaType, { log: { inclusionProof } }))).toBe('invalid bundle.incomplete');
  });

  it('0.2 has a proof, whatever is promised', () => {
    expect(judge(bundleOf(V02))).toBe(verified);
    expect(judge(bundleOf(V02, { log: { inclusionProof: undefined } }))).toBe('invalid bundle.incomplete');
  });

  it.each(V03)('0.3 has a proof and one certificate: %s', (mediaType) => {
    expect(judge(bundleOf(mediaType))).toBe(verified);
    expect(judge(bundleOf(mediaType, { log: { inclusionProof: undefined } }))).toBe('invalid bundle.incomplete');
    const holder = { certificate: undefined, x509CertificateChain: { certificates: [certificate] } };
    expect(judge(bundleOf(mediaType, { holder }))).toBe('invalid bundle.incomplete');
  });

  it('any, with roots of its own, is verified by those of the profile alone', async () => {
    const stranger = await makeFakeSigstore('stranger');
    const [authority] = stranger.profile.trustedRoot.certificateAuthorities;
    const [root] = authority?.certChain?.certificates ?? [];
    const x509CertificateChain = {
      certificates: [certificate, { rawBytes: Buffer.from(root?.rawBytes ?? '').toString('base64') }],
    };
    expect(judge(bundleOf(V01, { holder: { x509CertificateChain } }))).toBe(verified);
    expect(judge(bundleOf(V01, { holder: { x509CertificateChain } }), stranger.profile)).toMatch(/^invalid/);
  });
});

describe('an attestation as cosign kept it in a registry before version 3', () => {
  it('is nobody’s without the annotations of its layer, and verifies when they are put into a bundle', () => {
    expect(judge(made.dsseEnvelope)).toBe('invalid signature.unknown-key');
    expect(judge(bundleOf(V01, { log: { inclusionProof: undefined } }))).toBe(verified);
  });
});

describe.skipIf(!haveFixtures)('a bundle that a real tool made', () => {
  const lastBitFlipped = (base64: string): string => {
    const bytes = Buffer.from(base64, 'base64');
    bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
    return bytes.toString('base64');
  };

  it.each([
    'npm-publish-V01-dsse-no-proof',
    'npm-publish-V01-dsse-with-proof',
    'npm-publish-V02-dsse',
    'npm-publish-V03-dsse',
    'npm-publish-V03-intoto',
    'slsa-gha_go-v2.1.0-push-v14.2',
    'slsa-gha_delegator-v2.1.0-push-v14.2',
  ])('is verified, and with a bit of its signature or its statement changed it is not: %s', (name) => {
    const bundle = JSON.parse(fixture(`${name}.sigstore.json`).toString());
    expect(judge(bundle, publicGoodProfile())).toBe(verified);
    const { payload, signatures } = bundle.dsseEnvelope as { payload: string; signatures: { sig: string }[] };
    const [signature] = signatures;
    const sig = lastBitFlipped(signature?.sig ?? '');
    const other = Buffer.from(payload, 'base64').toString().replace('sha', 'shb');
    const withEnvelope = (change: Json) => ({ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, ...change } });
    expect(judge(withEnvelope({ signatures: [{ ...signature, sig }] }), publicGoodProfile())).toMatch(/^invalid/);
    expect(judge(withEnvelope({ payload: Buffer.from(other).toString('base64') }), publicGoodProfile())).toMatch(
      /^invalid/,
    );
  });
});
