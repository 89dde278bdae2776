import { describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../../attestation/verify/algorithms.ts';
import type { TrustedKey } from '../../../attestation/verify/keys.ts';
import type { TrustProfile } from '../../../attestation/verify/profiles.ts';
import { verifyStatements } from '../../../attestation/verify/verify.ts';
import { receive } from '../../support/envelopes.ts';
import { makeKey } from '../../support/keys.ts';
import {
  bare,
  base64,
  type CertificateWish,
  hoursLater,
  ISSUED_AT,
  type Issued,
  issue,
  makeTimestamping,
  profileOf,
  signStatement,
  x509,
} from './fake-authority.ts';
import { makeFakeSigstore } from './fake-sigstore.ts';

const judge = (body: unknown, profiles: TrustProfile[], { threshold = 1, keys = [] as TrustedKey[] } = {}) =>
  verifyStatements(
    receive(body),
    { keys, profiles },
    { at: new Date('2026-03-01T12:00:00Z'), project: 'acme', pipeline: 'skynet', threshold },
  );
const codes = (...given: Parameters<typeof judge>) => {
  const { statements, checks } = judge(...given);
  return [statements[0]?.result, ...checks.map(({ code, outcome }) => `${code} ${outcome}`)];
};
const verified = ['verified', 'signature.valid passed'];
const unproven = ['time-unproven', 'signature.time-unproven warned'];

const root = await issue(undefined, { isCa: true, subject: 'CN=Acme root' });
const between = await issue(root, { isCa: true, pathLength: 0, subject: 'CN=Acme issuing' });
const inTime = await makeTimestamping(hoursLater(6));
const tooLate = await makeTimestamping(hoursLater(54));

type Shape = { intermediates?: Issued[]; stamps?: Buffer[]; algorithm?: SignatureAlgorithm; issuer?: Issued };
/** An envelope as Witness writes it: everything beside the signature, in base64 of PEM. */
const witness = async (
  wish: CertificateWish = {},
  { intermediates = [between], stamps = [], algorithm = 'ecdsa-p256-sha256', issuer = between }: Shape = {},
) => {
  const key = makeKey(algorithm);
  const leaf = await issue(issuer, { publicKey: key.publicKey, ...wish });
  const { sig, ...envelope } = signStatement(key);
  const signature = {
    keyid: 'x',
    sig: base64(sig),
    certificate: base64(leaf.pem),
    intermediates: intermediates.map(({ pem }) => base64(pem)),
    timestamps: stamps.map((data) => ({ type: 'tsp', data: base64(data) })),
  };
  return { body: { ...envelope, signatures: [signature] }, sig, key, leaf };
};
const stamped = async (authority: typeof inTime, wish: CertificateWish = {}) => {
  const { body, sig, ...rest } = await witness(wish);
  const [signature] = body.signatures;
  const timestamps = [{ type: 'tsp', data: base64(bare(await authority.stamp(sig))) }];
  return { ...rest, sig, body: { ...body, signatures: [{ ...signature, timestamps }] } };
};
const profile = profileOf([root]);
const stamping = profileOf([root], { timestampAuthorities: [inTime.leaf, tooLate.leaf] });

describe('an envelope that brings its certificate (Witness)', () => {
  it.each<SignatureAlgorithm>(['ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'ed25519', 'rsa-pss-sha256'])(
    'holds for %s, and its time is not proven without a timestamp',
    async (algorithm) => {
      const { body } = await witness({}, { algorithm });
      expect(codes(body, [profile])).toEqual(unproven);
      expect(judge(body, [profile]).statements[0]).toMatchObject({
        signers: [
          {
            kind: 'certificate',
            profile: 'acme-ca',
            issuer: 'x509:acme-ca',
            san: 'https://ci.acme.example/release',
            claims: { subject: 'CN=release,O=Acme' },
          },
        ],
      });
    },
  );

  it('is not accepted with an algorithm that the profile does not name', async () => {
    const { body } = await witness({}, { algorithm: 'rsa-pkcs1v15-sha256' });
    expect(codes(body, [profile])).toEqual(['invalid', 'x509.signature failed']);
    expect(codes(body, [{ ...profile, algorithms: ['rsa-pkcs1v15-sha256'] }])).toEqual(unproven);
    expect(codes(body, [{ ...profile, algorithms: ['ed25519'] }])).toEqual(['invalid', 'x509.signature failed']);
  });

  it('is verified with a bare token of a trusted authority', async () => {
    const { body } = await stamped(inTime);
    expect(codes(body, [stamping])).toEqual(verified);
    expect(judge(body, [stamping]).statements[0]?.provenAt).toBe(hoursLater(6).toISOString());
    expect(codes(body, [profile])).toEqual(unproven);
  });

  it('is verified with a token whose authority is certified by a trusted one, and not by another', async () => {
    const [certified, other] = [await makeTimestamping(hoursLater(6)), await makeTimestamping(hoursLater(6))];
    const { body, sig } = await witness();
    const [signature] = body.signatures;
    const timestamps = [{ type: 'tsp', data: base64(bare(await certified.stamp(sig, true))) }];
    const sent = { ...body, signatures: [{ ...signature, timestamps }] };
    expect(codes(sent, [profileOf([root], { timestampAuthorities: [certified.root] })])).toEqual(verified);
    expect(codes(sent, [profileOf([root], { timestampAuthorities: [other.root] })])).toEqual([
      'invalid',
      'x509.timestamp failed',
    ]);
  });

  it('is invalid when the certificate had expired by the proven time', async () => {
    const { body } = await stamped(tooLate);
    expect(codes(body, [stamping])).toEqual(['invalid', 'x509.expired failed']);
  });

  it('is invalid with a timestamp over something else', async () => {
    const [{ body }, other] = [await witness(), await stamped(inTime)];
    const [signature] = body.signatures;
    const timestamps = other.body.signatures[0]?.timestamps;
    expect(codes({ ...body, signatures: [{ ...signature, timestamps }] }, [stamping])).toEqual([
      'invalid',
      'x509.timestamp failed',
    ]);
  });

  it('is invalid for another authority, without its intermediate, or changed', async () => {
    const other = await issue(undefined, { isCa: true, subject: 'CN=Acme root' });
    const { body } = await witness();
    expect(codes(body, [profileOf([other])])).toEqual(['invalid', 'x509.chain failed']);
    expect(codes((await witness({}, { intermediates: [] })).body, [profile])).toEqual(['invalid', 'x509.chain failed']);
    expect(codes((await witness({}, { intermediates: [] })).body, [profileOf([root, between])])).toEqual(unproven);
    const payload = base64(Buffer.from(body.payload, 'base64').toString().replace('app', 'ape'));
    expect(codes({ ...body, payload }, [profile])).toEqual(['invalid', 'x509.signature failed']);
  });
});

describe('a certificate of a customer is not used beyond what it is for', () => {
  const refused = async (code: string, wish: CertificateWish, shape: Shape = {}) =>
    expect(codes((await witness(wish, shape)).body, [profile])).toEqual(['invalid', `${code} failed`]);
  const { nonRepudiation, keyEncipherment, digitalSignature } = x509.KeyUsageFlags;
  const { codeSigning, serverAuth } = x509.ExtendedKeyUsage;

  it('as an authority, without digitalSignature, or for servers', async () => {
    await refused('x509.usage', { isCa: true, keyUsage: digitalSignature });
    await refused('x509.usage', { keyUsage: nonRepudiation | keyEncipherment });
    await refused('x509.usage', { purposes: [serverAuth] });
    expect(codes((await witness({ purposes: [codeSigning] })).body, [profile])).toEqual(unproven);
    const forServers = profileOf([root], { extendedKeyUsages: ['serverAuth'] });
    expect(codes((await witness({ purposes: [serverAuth] })).body, [forServers])).toEqual(unproven);
  });

  it('to certify others: a leaf, or an authority below one that allows none', async () => {
    const leaf = await issue(between, {});
    await refused('x509.chain', {}, { issuer: leaf, intermediates: [leaf, between] });
    const below = await issue(between, { isCa: true, subject: 'CN=below' });
    await refused('x509.chain', {}, { issuer: below, intermediates: [below, between] });
    const notSigning = await issue(root, { isCa: true, keyUsage: digitalSignature, subject: 'CN=not signing' });
    await refused('x509.chain', {}, { issuer: notSigning, intermediates: [notSigning] });
  });

  it('when it was never valid together with its authority', async () => {
    const notBefore = new Date(ISSUED_AT.getTime() + 3 * 86_400_000);
    await refused('x509.chain', { notBefore, notAfter: new Date(notBefore.getTime() + 1000) });
  });

  it('with a restriction that is not understood, a weak signature or a weak key', async () => {
    const nameConstraints = new x509.Extension('2.5.29.30', false, Buffer.from('3000', 'hex'));
    const unknown = new x509.Extension('1.2.3.4', true, Buffer.from('0500', 'hex'));
    const harmless = new x509.Extension('1.2.3.4', false, Buffer.from('0500', 'hex'));
    await refused('x509.malformed', { extensions: [nameConstraints] });
    await refused('x509.malformed', { extensions: [unknown] });
    await refused('x509.malformed', { hash: 'SHA-1' });
    expect(codes((await witness({ extensions: [harmless] })).body, [profile])).toEqual(unproven);
  });

  it('to speak for a CI: extensions of Fulcio are not read', async () => {
    const issuer = new x509.Extension('1.3.6.1.4.1.57264.1.8', false, Buffer.from('0c0568747470733a', 'hex'));
    const { body } = await witness({ extensions: [issuer] });
    expect(judge(body, [profile]).statements[0]?.signers).toMatchObject([{ issuer: 'x509:acme-ca' }]);
  });

  it('under two names; under none it has its subject', async () => {
    const names: CertificateWish['names'] = [
      { type: 'dns', value: 'a.example' },
      { type: 'dns', value: 'b.example' },
    ];
    await refused('x509.malformed', { names });
    const { body } = await witness({ names: [] });
    expect(judge(body, [profile]).statements[0]?.signers).toMatchObject([{ san: 'subject:CN=release,O=Acme' }]);
    await refused('x509.malformed', { names: [{ type: 'url', value: 'subject:CN=release,O=Acme' }] });
  });
});

describe('several signatures in one envelope', () => {
  it('count by key, whether it is registered or certified', async () => {
    const { body, key, leaf } = await witness();
    const [signature] = body.signatures;
    const again = {
      ...signature,
      keyid: 'y',
      certificate: base64((await issue(between, { publicKey: key.publicKey })).pem),
    };
    expect(leaf.der).not.toEqual(again);
    const twice = { ...body, signatures: [signature, again] };
    expect(codes(twice, [profile], { threshold: 2 })).toEqual(['invalid', 'signature.threshold failed']);
    expect(codes(twice, [profile], { threshold: 2, keys: [key.trusted] })).toEqual([
      'invalid',
      'signature.threshold failed',
    ]);
    const other = makeKey();
    const { sig } = signStatement(other);
    const both = { ...body, signatures: [signature, { sig: base64(sig) }] };
    expect(codes(both, [profile], { threshold: 2, keys: [other.trusted] })).toEqual(unproven);
    expect(codes(both, [profile], { keys: [other.trusted] })).toEqual([...verified, 'signature.time-unproven warned']);
    expect(judge(both, [profile], { keys: [other.trusted] }).statements[0]?.signers).toMatchObject([{ kind: 'key' }]);
  });

  it('are not saved by a certificate when the registered key is revoked', async () => {
    const { body, key } = await witness();
    const keys = [{ ...key.trusted, revokedSince: '2026-01-01T00:00:00Z' }];
    expect(codes(body, [profile], { keys })).toEqual(['invalid', 'key.revoked failed']);
    const elsewhere = keys.map((one) => ({ ...one, projects: ['other'] }));
    expect(codes(body, [profile], { keys: elsewhere })).toEqual(['invalid', 'key.revoked failed']);
  });

  it('are not saved by a bundle around them either, which says so at its last step', async () => {
    const { body, key, leaf, sig } = await witness({}, { issuer: root });
    const bundle = {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { certificate: { rawBytes: base64(leaf.der) } },
      dsseEnvelope: { ...body, signatures: [{ sig: base64(sig) }] },
    };
    expect(codes(bundle, [profile])).toEqual(unproven);
    const revokedSince = '2026-01-01T00:00:00Z';
    const keys = [{ ...key.trusted, projects: ['other'], revokedSince }];
    expect(codes(bundle, [profile], { keys })).toEqual(['invalid', 'key.revoked failed']);
    const [told] = judge(bundle, [profile], { keys }).statements[0]?.signatures ?? [];
    expect(told).toMatchObject({ outcome: 'refused', profile: { name: 'acme-ca' } });
    expect(told?.steps.at(-1)).toMatchObject({ code: 'key-revocation', outcome: 'failed' });
    expect(codes(bundle, [profile], { keys: [{ ...key.trusted, revokedSince: '2027-01-01T00:00:00Z' }] })).toEqual(
      unproven,
    );
  });
});

describe('a bundle of Chainloop: the certificate of a customer, no log', () => {
  const chainloop = async ({ twice = false, stamp = false } = {}) => {
    const key = makeKey('ecdsa-p256-sha256');
    const leaf = await issue(root, { publicKey: key.publicKey });
    const { sig, ...envelope } = signStatement(key);
    const rfc3161Timestamps = stamp ? [{ signedTimestamp: base64(await inTime.stamp(sig)) }] : [];
    return {
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.3',
      verificationMaterial: {
        certificate: { rawBytes: base64(leaf.der) },
        ...(stamp && { timestampVerificationData: { rfc3161Timestamps } }),
      },
      dsseEnvelope: { ...envelope, signatures: [{ sig: base64(twice ? base64(sig) : sig) }] },
    };
  };

  it('is time-unproven, and verified with a timestamp', async () => {
    expect(codes(await chainloop(), [profile])).toEqual(unproven);
    expect(codes(await chainloop({ stamp: true }), [stamping])).toEqual(verified);
    expect(codes(await chainloop(), [profileOf([between])])).toEqual(['invalid', 'x509.chain failed']);
  });

  it('may have its signature in base64 twice, which is said', async () => {
    const mark = 'signature.base64-twice warned';
    expect(codes(await chainloop({ twice: true }), [profile])).toEqual([...unproven, mark]);
    expect(codes(await chainloop({ twice: true, stamp: true }), [stamping])).toEqual([...verified, mark]);
    const bundle = await chainloop({ twice: true });
    const [signature] = bundle.dsseEnvelope.signatures;
    const thrice = { ...bundle.dsseEnvelope, signatures: [{ sig: base64(signature?.sig ?? '') }] };
    expect(codes({ ...bundle, dsseEnvelope: thrice }, [profile])[0]).toBe('invalid');
  });

  it('names no signer where a key signed: only a registered key counts', () => {
    const key = makeKey('ecdsa-p256-sha256');
    const { sig, ...envelope } = signStatement(key);
    const mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.3';
    const bundle = { mediaType, dsseEnvelope: { ...envelope, signatures: [{ sig: base64(base64(sig)) }] } };
    const mark = 'signature.base64-twice warned';
    expect(codes(bundle, [profile], { keys: [key.trusted] })).toEqual([...verified, mark]);
    const strangers = [makeKey('ecdsa-p256-sha256').trusted];
    expect(codes(bundle, [profile], { keys: strangers })).toEqual(['invalid', 'signature.unknown-key failed']);
  });
});

describe('an envelope with a certificate of Fulcio (slsa-github-generator)', async () => {
  const sigstore = await makeFakeSigstore('sigstore');
  const stampingOnly = await makeFakeSigstore('stamping', { tlogThreshold: 0, ctlogThreshold: 0 });
  const enveloped = async ({ makeBundle }: typeof sigstore, timestamped = false) => {
    const bundle = await makeBundle({ logged: false, timestamped });
    const { certificate, timestampVerificationData } = bundle.verificationMaterial as {
      certificate: { rawBytes: string };
      timestampVerificationData: { rfc3161Timestamps: { signedTimestamp: string }[] };
    };
    const lines = certificate.rawBytes.match(/.{1,64}/g)?.join('\n');
    const cert = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
    return { bundle, cert, stamps: timestampVerificationData.rfc3161Timestamps };
  };

  it('holds without a proven time, transparency of the certificate included', async () => {
    const { bundle, cert } = await enveloped(sigstore);
    const [signature] = bundle.dsseEnvelope.signatures;
    const sent = { ...bundle.dsseEnvelope, signatures: [{ ...signature, cert }] };
    expect(codes(sent, [profile, sigstore.profile])).toEqual(unproven);
    expect(judge(sent, [sigstore.profile]).statements[0]?.signers).toMatchObject([
      { profile: 'sigstore', issuer: 'https://issuer.example.com' },
    ]);
    expect(codes(sent, [stampingOnly.profile])[0]).toBe('invalid');
    expect(codes(sent, [])).toEqual(['invalid', 'bundle.no-profile failed']);
  });

  it('is verified with a bare token, where the instance needs no log', async () => {
    const { bundle, cert, stamps } = await enveloped(stampingOnly, true);
    const [signature] = bundle.dsseEnvelope.signatures;
    const timestamps = stamps.map(({ signedTimestamp }) => ({
      type: 'tsp',
      data: base64(bare(Buffer.from(signedTimestamp, 'base64'))),
    }));
    const sent = { ...bundle.dsseEnvelope, signatures: [{ ...signature, certificate: base64(cert), timestamps }] };
    expect(codes(sent, [stampingOnly.profile])).toEqual(verified);
    expect(judge(sent, [stampingOnly.profile]).statements[0]?.provenAt).toBe(stampingOnly.stampedAt.toISOString());
  });
});
