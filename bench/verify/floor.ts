import { constants, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { Document } from './documents.ts';

/**
 * What Node alone does with the same bytes. `crypto`: the signatures only, over what was taken apart before, with keys
 * that are ready. `naive`: with taking the envelope apart and parsing the statement, and without any check.
 */
export type Floor = { crypto(): void; naive?: () => void };

type Envelope = { payloadType: string; payload: string; signatures: [{ sig: string }] };
type Bundle = {
  dsseEnvelope: Envelope;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    x509CertificateChain?: { certificates: [{ rawBytes: string }] };
  };
};

/** Of a bundle: the statement's signature and the chain to one of `authorities`; not the log's and not the promises in the certificate. */
export function floorOf(document: Document, authorities: readonly X509Certificate[]): Floor {
  const text = document.bytes.toString();
  if (document.key) {
    const key = createPublicKey(document.key.spki);
    const parsed = takeApart(JSON.parse(text) as Envelope);
    const check = ({ signed, sig }: Parsed) => assert(verifyWith(document.algorithm ?? '', key, signed, sig));
    return {
      crypto: () => check(parsed),
      naive: () => {
        const again = takeApart(JSON.parse(text) as Envelope);
        check(again);
        JSON.parse(again.payload.toString());
      },
    };
  }
  const { dsseEnvelope, verificationMaterial: material } = JSON.parse(text) as Bundle;
  const raw = (material.certificate ?? material.x509CertificateChain?.certificates[0])?.rawBytes ?? '';
  const leaf = new X509Certificate(Buffer.from(raw, 'base64'));
  const { signed, sig } = takeApart(dsseEnvelope);
  const chain = chainOf(leaf, authorities);
  const check = () => {
    assert(verify('sha256', signed, leaf.publicKey, sig));
    for (const [at, one] of chain.entries()) assert(one.verify((chain[at + 1] ?? one).publicKey));
  };
  return { crypto: check };
}

type Parsed = { payload: Buffer; signed: Buffer; sig: Buffer };

function takeApart({ payloadType, payload: encoded, signatures }: Envelope): Parsed {
  const payload = Buffer.from(encoded, 'base64');
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
    payload,
  ]);
  return { payload, signed, sig: Buffer.from(signatures[0].sig, 'base64') };
}

/** From the leaf up to the root. */
function chainOf(leaf: X509Certificate, issuers: readonly X509Certificate[]): X509Certificate[] {
  const above = issuers.find((issuer) => leaf.checkIssued(issuer) && issuer !== leaf);
  return above && above.subject !== leaf.subject ? [leaf, ...chainOf(above, issuers)] : [leaf];
}

function verifyWith(algorithm: string, key: KeyObject, data: Buffer, sig: Buffer): boolean {
  if (algorithm === 'ed25519') return verify(null, data, key, sig);
  const hash = algorithm.slice(-6);
  if (!algorithm.startsWith('rsa-pss')) return verify(hash, data, key, sig);
  return verify(
    hash,
    data,
    { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO },
    sig,
  );
}

function assert(isGood: boolean): void {
  if (!isGood) throw new Error('expected a good signature, found one that does not verify');
}
