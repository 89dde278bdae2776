import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { IN_TOTO_PAYLOAD_TYPE, signEnvelope } from '../attestation/verify/sign.ts';

/** A request body, ready to be sent. */
export type Submission = { contentType: string; body: Buffer; envelopeBytes: number; materialBytes: number };
export type Signer = { publicPem: string; next(): Submission };

const MATERIAL = 'bench-sbom';
const ENVELOPE_BYTES = 4096;
const digestsOf = (bytes: Buffer) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  sha512: createHash('sha512').update(bytes).digest('hex'),
});

export const CONTRACT = `schemaVersion: v1
owner: { team: bench, contact: bench@example.com }
materials:
  - { type: SBOM_CYCLONEDX_JSON, name: ${MATERIAL} }
runner: { type: GITHUB_ACTION }
`;

/** Makes attestations as `waybill attest --submit` sends them, no two alike: a DSSE of 4 KB and its SBOM, as multipart. */
export function createSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const next = (): Submission => {
    const sbom = makeSbom();
    const envelope = (fill: string) => {
      const payload = Buffer.from(JSON.stringify(statementAbout(sbom, fill)));
      const signed = signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, privateKey, 'ecdsa-p256-sha256', 'bench');
      return Buffer.from(JSON.stringify(signed));
    };
    const missing = ENVELOPE_BYTES - envelope('').byteLength;
    const attestation = envelope('x'.repeat(Math.max(0, Math.floor((missing * 3) / 4))));
    return {
      ...multipart({ attestation, [MATERIAL]: sbom }),
      envelopeBytes: attestation.byteLength,
      materialBytes: sbom.byteLength,
    };
  };
  return { publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(), next };
}

const statementAbout = (sbom: Buffer, fill: string) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar.gz', digest: digestsOf(Buffer.from(randomUUID())) }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref: 'refs/heads/main', path: '.github/workflows/release.yml' } },
      internalParameters: { fill },
    },
    runDetails: {
      builder: { id: 'https://github.com/actions/runner/github-hosted' },
      byproducts: [{ name: MATERIAL, mediaType: 'application/vnd.cyclonedx+json', digest: digestsOf(sbom) }],
    },
  },
});

function makeSbom(): Buffer {
  const components = Array.from({ length: 20 }, (_, at) => ({
    type: 'library',
    name: `library-${at}`,
    version: `1.${at}.0`,
    purl: `pkg:npm/library-${at}@1.${at}.0`,
  }));
  const serialNumber = `urn:uuid:${randomUUID()}`;
  return Buffer.from(
    JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber, version: 1, components }),
  );
}

/** By hand: it is made before the clock runs, and costs the measuring process nothing while it does. */
export function multipart(parts: Record<string, Buffer>): { contentType: string; body: Buffer } {
  const boundary = 'waybill-bench-5f0c1c2a';
  const chunks = Object.entries(parts).flatMap(([name, bytes]) => [
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="${name}"\r\n`),
    Buffer.from('content-type: application/json\r\n\r\n'),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  };
}
