import { decodeBase64 } from './base64.ts';
import { type Enclosed, parseEnclosed } from './enclosed.ts';
import { quote, type Refusal, refuse } from './refusal.ts';

/** A DSSE envelope, decoded. `keyid` is a hint, never evidence. */
export type Envelope = {
  payloadType: string;
  payload: Uint8Array;
  signatures: { sig: Uint8Array; keyid?: string; enclosed?: Enclosed }[];
};

const MAX_SIGNATURES = 16;
/** A certificate costs a hundred times what a key does, and each may bring a chain and timestamps. */
const MAX_CERTIFIED_SIGNATURES = 4;
const MAX_SIGNATURE_BYTES = 4096;
const MAX_KEYID_LENGTH = 1024;
const PAYLOAD_TYPE = /^application\/vnd\.in-toto(\.[A-Za-z0-9][\w.-]{0,127})?\+json$/;

/** True for `application/vnd.in-toto+json` and `application/vnd.in-toto.<predicate>+json`. */
export const isInTotoPayloadType = (payloadType: string): boolean => PAYLOAD_TYPE.test(payloadType);

/** Reads a DSSE envelope, bare or in a bundle, which holds one signature and its certificate elsewhere. Unknown fields are ignored. */
export const parseEnvelope = (
  json: Record<string, unknown>,
  { inBundle = false } = {},
): { ok: true; envelope: Envelope } | Refusal => {
  const maxSignatures = inBundle ? 1 : MAX_SIGNATURES;
  const { payload, payloadType, signatures } = json;
  if (typeof payload !== 'string' || typeof payloadType !== 'string' || !Array.isArray(signatures)) {
    return refuse(
      'envelope.shape',
      'This is not a DSSE envelope: `payload`, `payloadType` (texts) and `signatures` (a list) are needed.',
      {
        expected: 'payload, payloadType, signatures',
        found:
          Object.keys(json)
            .slice(0, 8)
            .map((key) => quote(key, 40))
            .join(', ') || 'an empty object',
      },
    );
  }
  if (!isInTotoPayloadType(payloadType)) {
    return refuse('envelope.payload-type', `The payload type ${quote(payloadType)} is not one of in-toto's.`, {
      expected: 'application/vnd.in-toto+json',
      found: quote(payloadType),
      remedy: 'Sign an in-toto statement, with its payload type inside the signed encoding.',
    });
  }
  if (signatures.length === 0 || signatures.length > maxSignatures) {
    const expected = maxSignatures === 1 ? 'exactly 1 signature' : `1 to ${maxSignatures} signatures`;
    return wrongCount(signatures.length, expected);
  }
  const bytes = decodeBase64(payload);
  if (!bytes || bytes.length === 0) return badBase64('payload', payload);
  const decoded: Envelope['signatures'] = [];
  for (const [index, signature] of signatures.entries()) {
    const read = readSignature(signature, index, inBundle);
    if ('ok' in read) return read;
    decoded.push(read);
  }
  const certified = decoded.filter(({ enclosed }) => enclosed).length;
  if (certified > MAX_CERTIFIED_SIGNATURES)
    return wrongCount(certified, `at most ${MAX_CERTIFIED_SIGNATURES} signatures that bring a certificate`);
  return { ok: true, envelope: { payloadType, payload: bytes, signatures: decoded } };
};

const wrongCount = (found: number, expected: string): Refusal =>
  refuse(
    found === 0 ? 'envelope.no-signatures' : 'envelope.too-many-signatures',
    `The envelope has ${found} signatures; expected ${expected}.`,
    { expected, found: `${found}` },
  );

const readSignature = (json: unknown, index: number, inBundle: boolean): Envelope['signatures'][number] | Refusal => {
  const { sig, keyid = null } = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const keyidIsFit = keyid === null || (typeof keyid === 'string' && keyid.length <= MAX_KEYID_LENGTH);
  if (typeof sig !== 'string' || !keyidIsFit) {
    return refuse(
      'envelope.shape',
      `Signature ${index + 1} of the envelope is not as expected: it needs \`sig\` and may have \`keyid\` (texts).`,
      {
        expected: `sig as base64, keyid of at most ${MAX_KEYID_LENGTH} characters`,
      },
    );
  }
  const bytes = sig.length <= MAX_SIGNATURE_BYTES * 2 ? decodeBase64(sig) : undefined;
  if (!bytes || bytes.length === 0 || bytes.length > MAX_SIGNATURE_BYTES)
    return badBase64(`signatures[${index}].sig`, sig);
  const enclosed = inBundle ? undefined : parseEnclosed(json as Record<string, unknown>);
  if (enclosed && 'ok' in enclosed) return badCertificate(index, enclosed);
  return { sig: bytes, ...(keyid !== null && keyid !== '' && { keyid }), ...(enclosed && { enclosed }) };
};

const badCertificate = (index: number, refusal: Refusal): Refusal => ({
  ...refusal,
  message: `In signature ${index + 1} of the envelope: ${refusal.message}`,
});

const badBase64 = (field: string, text: string): Refusal =>
  refuse('envelope.base64', `\`${field}\` is not valid base64 (damaged, cut off, empty or too long).`, {
    expected: 'base64, standard or URL-safe, without line breaks, padded fully or not at all',
    found: `${text.length} characters`,
    remedy: 'Encode without line breaks (`base64 -w0`), and check that the file was sent whole.',
  });
