import { createHash, createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';
import { HashAlgorithm, PublicKeyDetails, TransparencyLogEntry, TrustedRoot } from '@sigstore/protobuf-specs';
import { pae } from '../../../attestation/verify/pae.ts';
import type { SigstoreProfile } from '../../../attestation/verify/profiles.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../../attestation/verify/sign.ts';
import { makeStatement } from '../../support/envelopes.ts';
import type { TestKey } from '../../support/keys.ts';

/** Fulcio's extensions by number; a text in the old, raw form where the number is below 7. */
export type Extensions = Record<number, string>;
type BundleWish = {
  san?: string;
  extensions?: Extensions;
  statement?: Record<string, unknown>;
  logged?: boolean | 'v2';
  timestamped?: boolean;
  /** Signs with this key, named by a hint, instead of a certificate. */
  key?: TestKey;
  /** PEM of who the log is told has signed, instead of who did. */
  loggedAs?: string;
};
type FakeBundle = {
  mediaType: string;
  verificationMaterial: Record<string, unknown>;
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid: string }[] };
};
/** Certificates are issued and logged at `loggedAt`; timestamps are given a minute later. */
export type FakeSigstore = {
  loggedAt: Date;
  stampedAt: Date;
  profile: SigstoreProfile;
  makeBundle(wish?: BundleWish): Promise<FakeBundle>;
  /** A bundle that signs a file. */
  makeMessage(file: Buffer, wish?: Omit<BundleWish, 'statement'>): Promise<Record<string, unknown>>;
};

type LogEntry = {
  logIndex: number;
  logID: string;
  integratedTime: number;
  body: string;
  verification: {
    signedEntryTimestamp: string;
    inclusionProof: { logIndex: number; treeSize: number; rootHash: string; checkpoint: string };
  };
};

const SHA256_OID = '2.16.840.1.101.3.4.2.1';
const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const base64 = (bytes: ArrayBufferView) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const readVerifier = (pem: string) => {
  if (pem.includes('CERTIFICATE')) return { x509Certificate: { rawBytes: base64(new X509Certificate(pem).raw) } };
  return { publicKey: { rawBytes: base64(createPublicKey(pem).export({ type: 'spki', format: 'der' })) } };
};

/** A certificate authority, its CT log, a transparency log and a timestamp authority of one's own, with real keys and signatures. */
export const makeFakeSigstore = async (
  name: string,
  thresholds: Partial<SigstoreProfile> = {},
  { stampedAfterMs = 60_000, hasCtLog = true } = {},
): Promise<FakeSigstore> => {
  // One whole second for all: the library reads no other fractions than three digits. After the roots' first moment.
  const loggedAt = new Date((Math.floor(Date.now() / 1000) + 60) * 1000);
  const stampedAt = new Date(loggedAt.getTime() + stampedAfterMs);
  const ctlog = await initializeCTLog(keyPair(), loggedAt);
  const ca = await initializeCA(keyPair(), hasCtLog ? ctlog : undefined, loggedAt);
  const tlog = await initializeTLog('https://log.example.com', keyPair(), loggedAt);
  const tsa = await initializeTSA(keyPair(), stampedAt);
  const logInstance = (publicKey: Buffer, baseUrl: string) => ({
    baseUrl,
    hashAlgorithm: HashAlgorithm[HashAlgorithm.SHA2_256],
    publicKey: {
      rawBytes: base64(publicKey),
      keyDetails: PublicKeyDetails[PublicKeyDetails.PKIX_ECDSA_P256_SHA_256],
      validFor: { start: '2020-01-01T00:00:00Z' },
    },
    logId: { keyId: sha256(publicKey).toString('base64') },
  });
  const authority = (certificates: ArrayBufferView[]) => ({
    certChain: { certificates: certificates.map((bytes) => ({ rawBytes: base64(bytes) })) },
    validFor: { start: '2020-01-01T00:00:00Z' },
  });
  const trustedRoot = TrustedRoot.fromJSON({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logInstance(tlog.publicKey, 'https://log.example.com')],
    ctlogs: [logInstance(ctlog.publicKey, 'https://ctlog.example.com')],
    certificateAuthorities: [authority([ca.rootCertificate])],
    timestampAuthorities: [authority([tsa.intCertificate, tsa.rootCertificate])],
  });

  const makeSigner = async ({ san, extensions = {}, key }: BundleWish) => {
    const { privateKey, publicKey } = key ?? keyPair();
    const certificate = await ca.issueCertificate({
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      subjectAltName: san ?? 'https://ci.example.com/job',
      extensions: Object.entries({ 8: 'https://issuer.example.com', ...extensions })
        .filter(([, value]) => value !== '')
        .map(([number, value]) => ({ oid: `1.3.6.1.4.1.57264.1.${number}`, value, legacy: Number(number) < 7 })),
    });
    const pem = new X509Certificate(
      Buffer.from(certificate.buffer, certificate.byteOffset, certificate.byteLength),
    ).toString();
    return { privateKey, certificate, pem, verifier: key ? key.publicPem : pem };
  };

  const makeMaterial = async (
    { key, timestamped = false }: BundleWish,
    certificate: ArrayBufferView,
    sig: Buffer,
    entry: object | undefined,
  ) => {
    const token = timestamped
      ? await tsa.timestamp({ artifactHash: sha256(sig), hashAlgorithmOID: SHA256_OID, nonce: 1, policyOID: '1.2.3.4' })
      : undefined;
    return {
      ...(key ? { publicKey: { hint: key.name } } : { certificate: { rawBytes: base64(certificate) } }),
      tlogEntries: entry ? [entry] : [],
      timestampVerificationData: { rfc3161Timestamps: token ? [{ signedTimestamp: base64(token) }] : [] },
    };
  };

  const makeBundle = async (wish: BundleWish = {}) => {
    const { statement = makeStatement(), logged = true } = wish;
    const { privateKey, certificate, verifier } = await makeSigner(wish);
    const payload = Buffer.from(JSON.stringify(statement));
    const sig = sign('sha256', pae(IN_TOTO_PAYLOAD_TYPE, payload), privateKey);
    const log = logged === 'v2' ? logEntryV2 : logEntry;
    const entry = logged ? await log(payload, sig, wish.loggedAs ?? verifier) : undefined;
    return {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: await makeMaterial(wish, certificate, sig, entry),
      dsseEnvelope: {
        payload: payload.toString('base64'),
        payloadType: IN_TOTO_PAYLOAD_TYPE,
        signatures: [{ sig: sig.toString('base64'), keyid: '' }],
      },
    };
  };

  const makeMessage = async (file: Buffer, wish: Omit<BundleWish, 'statement'> = {}) => {
    const { privateKey, certificate, verifier } = await makeSigner(wish);
    const sig = sign('sha256', file, privateKey);
    const publicKey = { content: Buffer.from(wish.loggedAs ?? verifier).toString('base64') };
    const spec = {
      data: { hash: { algorithm: 'sha256', value: sha256(file).toString('hex') } },
      signature: { content: sig.toString('base64'), publicKey },
    };
    const entry = (wish.logged ?? true) ? await logged('hashedrekord', spec) : undefined;
    const messageDigest = { algorithm: 'SHA2_256', digest: sha256(file).toString('base64') };
    return {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: await makeMaterial(wish, certificate, sig, entry),
      messageSignature: { messageDigest, signature: sig.toString('base64') },
    };
  };

  const logEntry = (payload: Buffer, sig: Buffer, pem: string) =>
    logged('dsse', {
      payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
      signatures: [{ signature: sig.toString('base64'), verifier: Buffer.from(pem).toString('base64') }],
    });

  const logged = async (kind: string, spec: object) => {
    const [entry] = Object.values((await tlog.log({ apiVersion: '0.0.1', kind, spec })) as Record<string, LogEntry>);
    if (!entry) throw new Error('the fake log gave no entry');
    const proof = entry.verification.inclusionProof;
    return {
      logIndex: `${entry.logIndex}`,
      logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
      kindVersion: { kind, version: '0.0.1' },
      integratedTime: `${entry.integratedTime}`,
      inclusionPromise: { signedEntryTimestamp: entry.verification.signedEntryTimestamp },
      inclusionProof: {
        logIndex: `${proof.logIndex}`,
        treeSize: `${proof.treeSize}`,
        rootHash: Buffer.from(proof.rootHash, 'hex').toString('base64'),
        hashes: [],
        checkpoint: { envelope: proof.checkpoint },
      },
      canonicalizedBody: entry.body,
    };
  };

  /** As the tiled log writes it: over the encoding that was signed, without a promise and so without a time. */
  const logEntryV2 = async (payload: Buffer, sig: Buffer, pem: string) => {
    const data = { algorithm: 'SHA2_256', digest: sha256(pae(IN_TOTO_PAYLOAD_TYPE, payload)).toString('base64') };
    const verifier = {
      ...readVerifier(pem),
      keyDetails: PublicKeyDetails[PublicKeyDetails.PKIX_ECDSA_P256_SHA_256],
    };
    const hashedRekordV002 = { data, signature: { content: sig.toString('base64'), verifier } };
    // The fake log takes the entry itself for the request, and tells its kind by that mark.
    const spec = { $case: 'hashedRekordRequestV002', hashedRekordV002 };
    const entry = await tlog.logV2({ kind: 'hashedrekord', apiVersion: '0.0.2', spec } as unknown as Parameters<
      typeof tlog.logV2
    >[0]);
    // Its tree has one leaf, whatever index it says.
    const inclusionProof = entry.inclusionProof && { ...entry.inclusionProof, logIndex: '0' };
    return TransparencyLogEntry.toJSON({ ...entry, inclusionProof, integratedTime: '0' }) as object;
  };

  return {
    loggedAt,
    stampedAt,
    profile: {
      kind: 'sigstore',
      name,
      trustedRoot,
      tlogThreshold: 1,
      ctlogThreshold: 1,
      timestampThreshold: 1,
      ...thresholds,
    },
    makeBundle,
    makeMessage,
  };
};
