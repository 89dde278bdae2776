import { TrustedRoot } from '@sigstore/protobuf-specs';
import { expect, it } from 'vitest';
import type { SigstoreProfile } from '../../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import { base64, type CertificateWish, issue, signStatement, x509 } from './fake-authority.ts';

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

const root = await issue(undefined, { isCa: true });
const profile: SigstoreProfile = {
  kind: 'sigstore',
  name: 'acme',
  trustedRoot: TrustedRoot.fromJSON({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    certificateAuthorities: [
      {
        certChain: { certificates: [{ rawBytes: base64(root.der) }] },
        validFor: { start: '2020-01-01T00:00:00Z' },
      },
    ],
  }),
  tlogThreshold: 0,
  ctlogThreshold: 0,
  timestampThreshold: 1,
};

const issuer = Buffer.from('https://issuer.example.com');
const fulcio = new x509.Extension('1.3.6.1.4.1.57264.1.8', false, Buffer.from([0x0c, issuer.length, ...issuer]));
const judge = async (wish: CertificateWish) => {
  const key = makeKey('ecdsa-p256-sha256');
  const leaf = await issue(root, { extensions: [fulcio], publicKey: key.publicKey, ...wish });
  const { sig, ...envelope } = signStatement(key);
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { certificate: { rawBytes: base64(leaf.der) } },
    dsseEnvelope: { ...envelope, signatures: [{ sig: base64(sig) }] },
  };
  const rules = { at: new Date(), project: 'acme', pipeline: 'skynet', threshold: 1 };
  const { statements, checks } = verifyStatements(receive(bundle), { keys: [], profiles: [profile] }, rules);
  return [statements[0]?.result, ...checks.map(({ code }) => code)];
};

it('a certificate of an instance of Sigstore signs only where it is one for signing code', async () => {
  const signing = { purposes: [CODE_SIGNING] };
  expect(await judge(signing)).toEqual(['time-unproven', 'signature.time-unproven']);
  const refused = ['invalid', 'bundle.usage'];
  expect(await judge({})).toEqual(refused);
  expect(await judge({ purposes: [SERVER_AUTH] })).toEqual(refused);
  expect(await judge({ ...signing, isCa: true })).toEqual(refused);
  expect(await judge({ ...signing, keyUsage: x509.KeyUsageFlags.keyAgreement })).toEqual(refused);
});

it('a certificate with a restriction that nobody understands does not sign', async () => {
  const restricted = new x509.Extension('1.2.3.4.5', true, Buffer.from([0x05, 0x00]));
  expect(await judge({ purposes: [CODE_SIGNING], extensions: [fulcio, restricted] })).toEqual([
    'invalid',
    'bundle.malformed',
  ]);
});
