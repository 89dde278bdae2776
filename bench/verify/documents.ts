import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { SignatureAlgorithm } from '../../attestation/verify/algorithms.ts';
import { parseTrustedKey, type TrustedKey } from '../../attestation/verify/keys.ts';
import { IN_TOTO_PAYLOAD_TYPE, signEnvelope } from '../../attestation/verify/sign.ts';

/** What is verified over and over. `key`: whose signature it is; without one, its own certificate's. */
export type Document = { name: string; bytes: Buffer; algorithm?: SignatureAlgorithm; key?: TrustedKey };

const ENVELOPE_BYTES = 4096;
const FIXTURES = '../shared/fixtures/attestations';
const BUNDLES = {
  'bundle 0.1, Rekor promise': 'npm-publish-V01-dsse-no-proof.sigstore.json',
  'bundle 0.1, Rekor proof': 'npm-publish-V01-dsse-with-proof.sigstore.json',
  'bundle 0.2': 'npm-publish-V02-dsse.sigstore.json',
  'bundle 0.3': 'slsa-gha_go-v2.1.0-push-v14.2.sigstore.json',
};

/** A DSSE envelope of 4 KB for every algorithm that a key may have. */
export const envelopes = (): Document[] => SignatureAlgorithm.options.map(signWith);

function signWith(algorithm: SignatureAlgorithm): Document {
  const { privateKey, publicKey } = generate(algorithm);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const read = parseTrustedKey('bench', { publicKey: publicPem, algorithm });
  if (!read.ok) throw new Error(read.message);
  const make = (fill: string) => {
    const payload = Buffer.from(JSON.stringify(statement(fill)));
    return Buffer.from(JSON.stringify(signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, privateKey, algorithm, 'bench')));
  };
  const missing = Math.max(0, ENVELOPE_BYTES - make('').byteLength);
  return {
    name: `DSSE ${algorithm}`,
    bytes: make('x'.repeat(Math.floor((missing * 3) / 4))),
    algorithm,
    key: read.key,
  };
}

function generate(algorithm: SignatureAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'ed25519') return generateKeyPairSync('ed25519');
  if (algorithm === 'ecdsa-p256-sha256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'ecdsa-p384-sha384') return generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

const statement = (fill: string) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar.gz', digest: { sha256: '0'.repeat(64) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: { buildType: 'https://example.com/build', externalParameters: {}, internalParameters: { fill } },
    runDetails: { builder: { id: 'https://example.com/builder' } },
  },
});

/** Published Sigstore bundles; none, said loudly, where they are absent. */
export function bundles(say: (line: string) => void): Document[] {
  if (!existsSync(FIXTURES)) {
    say(`SKIPPED: published attestations are not at ${FIXTURES}; no Sigstore bundle is measured.`);
    return [];
  }
  return Object.entries(BUNDLES).map(([name, file]) => ({ name, bytes: readFileSync(`${FIXTURES}/${file}`) }));
}
