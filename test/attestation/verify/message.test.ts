import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Artifact, readMessageBundle, verifyMessage } from '../../../attestation/verify/message.ts';
import type { Trust } from '../../../attestation/verify/verify.ts';
import { sha256Of, toBytes } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { makeFakeSigstore } from './fake-sigstore.ts';

const file = Buffer.from('the file');
const byFile: Artifact = { bytes: file };
const byDigest: Artifact = { sha256: sha256Of(file) };
const logging = await makeFakeSigstore('logging');
const stamping = await makeFakeSigstore('stamping', { tlogThreshold: 0, ctlogThreshold: 0 });

type Json = Record<string, unknown>;
const judge = (bundle: Json, artifact: Artifact, trust: Partial<Trust>) => {
  const read = readMessageBundle(toBytes(bundle));
  if (!read?.ok) return read?.code ?? 'no message';
  const { result, checks } = verifyMessage(read, artifact, { keys: [], profiles: [], ...trust });
  return `${result} ${checks.map(({ code }) => code).join()}`;
};
const verified = 'verified signature.valid';

describe('a bundle that signs a file', () => {
  const both = [byFile, byDigest];

  it('is verified by its certificate and the log, with the file or only its digest', async () => {
    const bundle = await logging.makeMessage(file);
    for (const artifact of both) {
      expect(judge(bundle, artifact, { profiles: [logging.profile] })).toBe(verified);
      expect(judge(bundle, artifact, { profiles: [stamping.profile, logging.profile] })).toBe(verified);
      expect(judge(bundle, artifact, { profiles: [stamping.profile] })).toMatch(/^invalid/);
      expect(judge(bundle, artifact, {})).toBe('invalid signature.unknown-key');
    }
  });

  it('is verified by a timestamp, and time-unproven with neither', async () => {
    for (const artifact of both) {
      const stamped = await stamping.makeMessage(file, { logged: false, timestamped: true });
      expect(judge(stamped, artifact, { profiles: [stamping.profile] })).toBe(verified);
      const bare = await stamping.makeMessage(file, { logged: false });
      expect(judge(bare, artifact, { profiles: [stamping.profile] })).toBe('time-unproven signature.time-unproven');
    }
  });

  it('is refused for another file, and when the digest beside the signature lies', async () => {
    const bundle = await logging.makeMessage(file);
    const other = Buffer.from('another file');
    const trust = { profiles: [logging.profile] };
    expect(judge(bundle, { bytes: other }, trust)).toBe('invalid artifact.mismatch');
    expect(judge(bundle, { sha256: sha256Of(other) }, trust)).toBe('invalid artifact.mismatch');
    const messageDigest = { algorithm: 'SHA2_256', digest: Buffer.from(sha256Of(other), 'hex').toString('base64') };
    const lying = { ...bundle, messageSignature: { ...(bundle.messageSignature as Json), messageDigest } };
    expect(judge(lying, byFile, trust)).toBe('invalid artifact.mismatch');
    expect(judge(lying, { bytes: other }, trust)).toMatch(/^invalid bundle/);
    expect(judge(lying, { sha256: sha256Of(other) }, trust)).toMatch(/^invalid bundle/);
  });

  it('is verified by a key, whose evidence must hold where it is there', async () => {
    const key = makeKey('ecdsa-p256-sha256');
    const signed = await logging.makeMessage(file, { key });
    const bare = await logging.makeMessage(file, { key, logged: false });
    for (const artifact of both) {
      const keys = [makeKey('ecdsa-p256-sha256').trusted, key.trusted];
      expect(judge(bare, artifact, { keys })).toBe(verified);
      expect(judge(signed, artifact, { keys, profiles: [logging.profile] })).toBe(verified);
      expect(judge(signed, artifact, { keys, profiles: [stamping.profile] })).toMatch(/^invalid/);
      expect(judge(bare, artifact, { keys: keys.slice(0, 1) })).toBe('invalid signature.invalid');
      expect(judge(await logging.makeMessage(file), artifact, { keys })).toBe('invalid signature.unknown-key');
    }
  });

  it('of an Ed25519 key needs the file', async () => {
    const key = makeKey('ed25519');
    const bundle = await logging.makeMessage(file, { key: makeKey('ecdsa-p256-sha256'), logged: false });
    const messageSignature = {
      ...(bundle.messageSignature as Json),
      signature: sign(null, file, key.privateKey).toString('base64'),
    };
    const trust = { keys: [key.trusted] };
    expect(judge({ ...bundle, messageSignature }, byFile, trust)).toBe(verified);
    expect(judge({ ...bundle, messageSignature }, byDigest, trust)).toBe('invalid artifact.needed');
  });

  it('is refused with a root in its chain, whoever that is', async () => {
    const bundle = await logging.makeMessage(file);
    const { certificate, ...material } = bundle.verificationMaterial as Json;
    const [authority] = logging.profile.trustedRoot.certificateAuthorities;
    const [root] = authority?.certChain?.certificates ?? [];
    const rawBytes = Buffer.from(root?.rawBytes ?? '').toString('base64');
    const chained = (certificates: unknown[]) => ({
      ...bundle,
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
      verificationMaterial: { ...material, x509CertificateChain: { certificates } },
    });
    expect(judge(chained([certificate]), byFile, { profiles: [logging.profile] })).toBe(verified);
    expect(judge(chained([certificate, { rawBytes }]), byFile, { profiles: [logging.profile] })).toBe('bundle.root');
  });

  it('is not one when it holds a statement, nor without its digest', async () => {
    expect(judge(await logging.makeBundle(), byFile, {})).toBe('no message');
    const bundle = await logging.makeMessage(file);
    expect(judge({ ...bundle, messageSignature: { signature: 'AAAA' } }, byFile, {})).toBe('bundle.shape');
    expect(judge({ ...bundle, dsseEnvelope: {} }, byFile, {})).toBe('bundle.shape');
  });
});
