import { createHash } from 'node:crypto';
import { parseSubmission, type ReceivedStatement } from '../../attestation/verify/parse.ts';
import { type EnvelopeJson, IN_TOTO_PAYLOAD_TYPE, signEnvelope } from '../../attestation/verify/sign.ts';
import type { TestKey } from './keys.ts';

export const sha256Of = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const sha512Of = (bytes: string | Uint8Array): string => createHash('sha512').update(bytes).digest('hex');

/** The subject that statements have unless a test says otherwise. */
export const ARTIFACT = 'the bytes of an artifact';

/** An in-toto Statement v1 as an object. */
export const makeStatement = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar.gz', digest: { sha256: sha256Of(ARTIFACT) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: { buildType: 'https://example.com/build', externalParameters: {} },
    runDetails: { builder: { id: 'https://example.com/builder' } },
  },
  ...fields,
});

/** A signed envelope as an object. A text or bytes are signed as they are, anything else as JSON. With several keys: one signature each. */
export const makeEnvelope = (
  keys: TestKey | readonly TestKey[],
  statement: Record<string, unknown> | string | Uint8Array = makeStatement(),
  payloadType = IN_TOTO_PAYLOAD_TYPE,
): EnvelopeJson => {
  const signedBy = 'privateKey' in keys ? [keys] : keys;
  const payload =
    statement instanceof Uint8Array
      ? statement
      : Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement));
  const envelopes = signedBy.map((key) => signEnvelope(payloadType, payload, key.privateKey, key.algorithm, key.name));
  const signatures = envelopes.flatMap((envelope) => envelope.signatures);
  return { payloadType, payload: Buffer.from(payload).toString('base64'), signatures };
};

export const toBytes = (json: unknown): Buffer => Buffer.from(JSON.stringify(json));

/** What ingest makes of a body; throws where ingest refuses. Values that are not bytes are sent as JSON. */
export const receive = (body: unknown): ReceivedStatement[] => {
  const parsed = parseSubmission(body instanceof Uint8Array ? body : toBytes(body));
  if (!parsed.ok) throw new Error(`${parsed.code}: ${parsed.message}`);
  return parsed.statements;
};
