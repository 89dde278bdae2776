import 'reflect-metadata';
import { createHash, type KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { initializeTSA } from '@sigstore/mock';
import { signBytes } from '../../../attestation/verify/algorithms.ts';
import { pae } from '../../../attestation/verify/pae.ts';
import type { X509Profile } from '../../../attestation/verify/profiles.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../../attestation/verify/sign.ts';
import { makeStatement } from '../../support/envelopes.ts';
import { makeKey, type TestKey } from '../../support/keys.ts';

x509.cryptoProvider.set(webcrypto as Crypto);

// From here, because the library wants the import above before it.
export { x509 };

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** All certificates are valid for a day from this moment on, unless a wish says otherwise; timestamp authorities for a year. */
export const ISSUED_AT = new Date(Math.floor(Date.now() / 1000) * 1000);
export const hoursLater = (hours: number): Date => new Date(ISSUED_AT.getTime() + hours * 3_600_000);

export type Issued = { der: Buffer; pem: string; key: webcrypto.CryptoKeyPair; cert: x509.X509Certificate };
export type CertificateWish = {
  subject?: string;
  isCa?: boolean;
  pathLength?: number;
  keyUsage?: x509.KeyUsageFlags;
  purposes?: string[];
  names?: { type: 'url' | 'email' | 'dns'; value: string }[];
  extensions?: x509.Extension[];
  notBefore?: Date;
  notAfter?: Date;
  /** Holds this key instead of one of its own. */
  publicKey?: KeyObject;
  hash?: 'SHA-1' | 'SHA-256';
};

const issued = (cert: x509.X509Certificate, key: webcrypto.CryptoKeyPair): Issued => {
  const der = Buffer.from(cert.rawData);
  return { der, pem: new X509Certificate(der).toString(), key, cert };
};

/** Issues a certificate; without an issuer, one that signs itself. */
export const issue = async (issuer: Issued | undefined, wish: CertificateWish = {}): Promise<Issued> => {
  const key = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const given = wish.publicKey?.export({ type: 'spki', format: 'der' });
  const publicKey = given ? new x509.PublicKey(new Uint8Array(given)) : key.publicKey;
  const { isCa = false, pathLength, names = [{ type: 'url', value: 'https://ci.acme.example/release' }] } = wish;
  const usage = wish.keyUsage ?? (isCa ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.digitalSignature);
  const subject = wish.subject ?? (isCa ? `CN=authority ${randomBytes(4).toString('hex')}` : 'O=Acme,CN=release');
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    subject,
    issuer: issuer?.cert.subject ?? subject,
    notBefore: wish.notBefore ?? ISSUED_AT,
    notAfter: wish.notAfter ?? new Date(ISSUED_AT.getTime() + DAY_MS),
    signingAlgorithm: { ...EC, hash: wish.hash ?? 'SHA-256' },
    publicKey,
    signingKey: (issuer?.key ?? key).privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(isCa, pathLength, true),
      new x509.KeyUsagesExtension(usage, true),
      ...(wish.purposes ? [new x509.ExtendedKeyUsageExtension(wish.purposes)] : []),
      ...(names.length > 0 && !isCa ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ...(wish.extensions ?? []),
    ],
  });
  return issued(cert, key);
};

export const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

export const profileOf = (anchors: readonly Issued[], more: Partial<X509Profile> = {}): X509Profile => ({
  kind: 'x509',
  name: 'acme-ca',
  certificates: anchors.map(({ der }) => base64(der)),
  timestampAuthorities: [],
  algorithms: ['ed25519', 'ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'rsa-pss-sha256'],
  extendedKeyUsages: ['codeSigning'],
  ...more,
});

const viewed = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(new Uint8Array(buffer, byteOffset, byteLength));

/** A timestamp authority that always says the same time. */
export const makeTimestamping = async (at: Date) => {
  const { publicKey, privateKey } = makeKey('ecdsa-p256-sha256');
  const tsa = await initializeTSA({ publicKey, privateKey }, at);
  const stamp = async (bytes: Uint8Array, certReq = false): Promise<Buffer> => {
    const artifactHash = createHash('sha256').update(bytes).digest();
    const hashAlgorithmOID = '2.16.840.1.101.3.4.2.1';
    return viewed(await tsa.timestamp({ artifactHash, hashAlgorithmOID, nonce: 1, policyOID: '1.2.3.4', certReq }));
  };
  const certificates = [tsa.intCertificate, tsa.rootCertificate].map((der) => base64(viewed(der)));
  return { stamp, leaf: certificates[0] ?? '', root: certificates[1] ?? '' };
};

/** A timestamp response without its status: the bare token that Witness keeps. */
export const bare = (response: Buffer): Buffer => {
  const header = (at: number) => ((response[at + 1] ?? 0) < 0x80 ? 2 : 2 + ((response[at + 1] ?? 0) & 0x7f));
  const status = header(0);
  return response.subarray(status + header(status) + (response[status + 1] ?? 0));
};

/** What is signed with a key, as the pieces of an envelope. */
export const signStatement = (key: TestKey, statement: Record<string, unknown> = makeStatement()) => {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = signBytes(key.algorithm, key.privateKey, pae(IN_TOTO_PAYLOAD_TYPE, payload));
  return { sig, payload: payload.toString('base64'), payloadType: IN_TOTO_PAYLOAD_TYPE };
};
