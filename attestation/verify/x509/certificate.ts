import { type KeyObject, X509Certificate } from 'node:crypto';
import { type ASN1Obj, X509Certificate as DerCertificate } from '@sigstore/core';
import { describeKey } from '../algorithms.ts';

/** A certificate read by two parsers that agree about its bytes. Nothing about it is trusted yet. */
export type Certificate = {
  der: Buffer;
  node: X509Certificate;
  key: KeyObject;
  /** Names and serial number as DER values: compared byte by byte, never as text. */
  subject: Buffer;
  issuer: Buffer;
  serialNumber: Buffer;
  notBefore: Date;
  notAfter: Date;
  isCa: boolean;
  pathLength: number | undefined;
  /** Undefined: the certificate does not restrict its key. */
  keyUsage: { digitalSignature: boolean; keyCertSign: boolean } | undefined;
  extendedKeyUsages: { oids: string[]; isCritical: boolean } | undefined;
  alternativeNames: ASN1Obj[];
};

const OID = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  extendedKeyUsage: '2.5.29.37',
} as const;
/** The extended key usage that stands for all others. */
export const ANY_PURPOSE = '2.5.29.37.0';
/** A certificate that restricts itself in a way that nobody here checks must not be used. Source: RFC 5280 §4.2. */
const UNDERSTOOD: readonly string[] = Object.values(OID).filter((oid) => oid !== OID.nameConstraints);

/** ECDSA and RSA (PKCS #1) over SHA-2, and Ed25519: how an authority may have signed a certificate. */
const SIGNATURE_ALGORITHMS = new Set([
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.3.101.112',
]);
const MAX_EXTENSIONS = 64;

/** Reads a certificate. Throws on what is no plain X.509v3, on weak keys and on restrictions that are not understood. */
export const parseCertificate = (bytes: Uint8Array): Certificate => {
  const { der, node, parsed } = readPlain(bytes);
  const signatureAlgorithm = parsed.root.subs[1]?.subs[0]?.toOID() ?? '';
  if (!SIGNATURE_ALGORITHMS.has(signatureAlgorithm)) throw new Error('the certificate is signed with a weak algorithm');
  const key = node.publicKey;
  if (!isStrong(key)) throw new Error(`the certificate has an unsupported key: ${describeKey(key)}`);
  const extensions = readExtensions(parsed);
  const usage = extensions.get(OID.keyUsage)?.value.toBitString();
  const extended = extensions.get(OID.extendedKeyUsage);
  const constraints = extensions.get(OID.basicConstraints)?.value.subs ?? [];
  return {
    der,
    node,
    key,
    subject: parsed.subject,
    issuer: parsed.issuer,
    serialNumber: parsed.serialNumber,
    notBefore: parsed.notBefore,
    notAfter: parsed.notAfter,
    isCa: constraints[0]?.toBoolean() ?? false,
    pathLength: constraints[1] && Number(constraints[1].toInteger()),
    keyUsage: usage && { digitalSignature: usage[0] === 1, keyCertSign: usage[5] === 1 },
    extendedKeyUsages: extended && {
      oids: extended.value.subs.map((oid) => oid.toOID()),
      isCritical: extended.isCritical,
    },
    alternativeNames: extensions.get(OID.subjectAltName)?.value.subs ?? [],
  };
};

/**
 * Both parsers read the same bytes, to the last bit: one of them looks at no tags around what is signed, and would take
 * a certificate in many disguises. Throws otherwise.
 */
const readPlain = (bytes: Uint8Array): { der: Buffer; node: X509Certificate; parsed: DerCertificate } => {
  const der = Buffer.from(bytes);
  const node = new X509Certificate(der);
  const parsed = DerCertificate.parse(der);
  const isPlain = node.raw.equals(der) && parsed.root.toDER().equals(der) && parsed.root.subs[2]?.value[0] === 0;
  if (!isPlain) throw new Error('the certificate is not plain DER');
  return { der, node, parsed };
};

const readExtensions = (parsed: DerCertificate): Map<string, { value: ASN1Obj; isCritical: boolean }> => {
  const extensions = new Map<string, { value: ASN1Obj; isCritical: boolean }>();
  if (parsed.extensions.length > MAX_EXTENSIONS) throw new Error('the certificate has too many extensions');
  for (const { subs } of parsed.extensions) {
    const oid = subs[0]?.toOID() ?? '';
    const isCritical = subs.length === 3 && subs[1]?.toBoolean() === true;
    if (extensions.has(oid)) throw new Error('an extension occurs twice');
    if (oid === OID.nameConstraints || (isCritical && !UNDERSTOOD.includes(oid)))
      throw new Error(`the certificate has a restriction that is not supported: ${oid}`);
    const value = subs.at(-1)?.subs;
    if (UNDERSTOOD.includes(oid) && value?.length !== 1) throw new Error(`the extension ${oid} cannot be read`);
    if (value?.[0]) extensions.set(oid, { value: value[0], isCritical });
  }
  return extensions;
};

const isStrong = (key: KeyObject): boolean => {
  const { namedCurve = '', modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') return ['prime256v1', 'secp384r1', 'secp521r1'].includes(namedCurve);
  if (key.asymmetricKeyType !== 'rsa') return key.asymmetricKeyType === 'ed25519';
  return modulusLength >= 2048 && modulusLength <= 8192 && publicExponent >= 65537n && publicExponent < 2n ** 33n;
};
