import { sha256Hex } from '../ids.ts';
import { isObject } from '../json.ts';
import { parseBundle, type ReceivedBundle } from './bundle.ts';
import { type Envelope, parseEnvelope } from './envelope.ts';
import { pae } from './pae.ts';
import { type Refusal, refuse } from './refusal.ts';
import { foldKey, parseStrictJson } from './strict-json.ts';
import { checkPredicateType, isWrapper, unwrap } from './wrapped.ts';

export { parseStatement, predicateSlice } from './statement.ts';

const MAX_STATEMENTS = 16;
export const MAX_SUBMISSION_BYTES = 32 * 1024 * 1024;
/** Of an envelope or a bundle around its payload; real ones have a few dozen. */
const MAX_VALUES = 10_000;

/** One signed statement as it came: well-formed, within limits, and not yet verified. Plain data, fit for a worker thread. */
export type ReceivedStatement = {
  bytes: Uint8Array;
  /** sha256 of `bytes`, hex. */
  sha256: string;
  kind: 'dsse' | 'sigstore-bundle';
  envelope: Envelope;
  /** sha256 of the pre-authentication encoding, hex: the identity of what was signed. */
  paeDigest: string;
  bundle?: ReceivedBundle;
};

/**
 * Reads what was sent: one DSSE envelope or Sigstore bundle as JSON, or up to 16 as JSON Lines; for a multipart body
 * its parts, each one or the other. The bytes of a statement are the document as it came, or a line without its end
 * (PROTOCOLS A); of npm's list, the bundle as it stands in it. A statement sent twice counts once.
 */
export const parseSubmission = (
  sent: Uint8Array | readonly Uint8Array[],
  { maxBytes = MAX_SUBMISSION_BYTES } = {},
): { ok: true; statements: ReceivedStatement[] } | Refusal => {
  const parts = sent instanceof Uint8Array ? [sent] : sent;
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (size > maxBytes) {
    return refuse('submission.too-large', `The attestation is larger than ${maxBytes} bytes.`, {
      expected: `at most ${maxBytes} bytes`,
      found: `${size} bytes`,
      remedy: 'Send large files as materials, and sign their digests.',
    });
  }
  const documents = parts.flatMap(splitDocuments);
  if (documents.length === 0) {
    return refuse('submission.empty', 'Nothing was sent: the body has no statement.', {
      expected: 'a DSSE envelope or a Sigstore bundle',
      found: 'an empty body',
      remedy: 'Send the file itself: `curl --data-binary @attestation.json`.',
    });
  }
  if (documents.length > MAX_STATEMENTS) {
    return tooMany(documents.length);
  }
  const statements = new Map<string, ReceivedStatement>();
  for (const { bytes, line } of documents) {
    const read = parseDocument(bytes);
    if (!read.ok) return line === undefined ? read : { ...read, message: `Line ${line}: ${read.message}` };
    for (const statement of read.statements) statements.set(statement.sha256, statement);
    if (statements.size > MAX_STATEMENTS) return tooMany(statements.size);
  }
  return { ok: true, statements: [...statements.values()] };
};

/** One statement, or npm's list of them. */
const parseDocument = (bytes: Uint8Array): { ok: true; statements: ReceivedStatement[] } | Refusal => {
  const json = parseStrictJson(bytes, { fold: foldKey, maxValues: MAX_VALUES });
  if (!json.ok) return json;
  if (!isWrapper(json.value)) {
    const read = readStatement(bytes, json.value);
    return read.ok ? { ok: true, statements: [read.statement] } : read;
  }
  const wrapped = unwrap(json, MAX_STATEMENTS);
  if (!Array.isArray(wrapped)) return wrapped;
  const statements: ReceivedStatement[] = [];
  for (const item of wrapped) {
    const read = parseStatementBytes(item.bytes);
    const refusal = read.ok ? checkPredicateType(read.statement.envelope.payload, item) : read;
    if (refusal) return refusal;
    if (read.ok) statements.push(read.statement);
  }
  return { ok: true, statements };
};

/** Reads exactly one statement from its bytes, e.g. from the store. */
export const parseStatementBytes = (bytes: Uint8Array): { ok: true; statement: ReceivedStatement } | Refusal => {
  const json = parseStrictJson(bytes, { fold: foldKey, maxValues: MAX_VALUES });
  return json.ok ? readStatement(bytes, json.value) : json;
};

const readStatement = (bytes: Uint8Array, json: unknown): { ok: true; statement: ReceivedStatement } | Refusal => {
  const kind = isObject(json) ? kindOf(json) : undefined;
  if (!kind || !isObject(json)) return neither();
  const read: ReturnType<typeof parseEnvelope> & { bundle?: ReceivedBundle } =
    kind === 'dsse' ? parseEnvelope(json) : parseBundle(json);
  if (!read.ok) return read;
  const { ok: _, envelope, ...bundle } = read;
  const paeDigest = sha256Hex(pae(envelope.payloadType, envelope.payload));
  return { ok: true, statement: { bytes, sha256: sha256Hex(bytes), kind, envelope, paeDigest, ...bundle } };
};

/** A body is JSON Lines when its first line is JSON by itself and more lines follow; else it is one document. */
const splitDocuments = (part: Uint8Array): { bytes: Uint8Array; line?: number }[] => {
  const lines: { bytes: Uint8Array; line: number }[] = [];
  let next = nextLine(part, 0, 1);
  while (next && lines.length <= MAX_STATEMENTS) {
    const { start, line } = next;
    const newline = part.indexOf(0x0a, start);
    const end = newline === -1 ? part.byteLength : part[newline - 1] === 0x0d ? newline - 1 : newline;
    if (lines.length === 1 && lines[0] && !isJson(lines[0].bytes)) return [{ bytes: part }];
    lines.push({ bytes: part.subarray(start, end), line });
    next = newline === -1 ? undefined : nextLine(part, newline + 1, line + 1);
  }
  return lines.length === 1 ? [{ bytes: part }] : lines;
};

/** The next line that is not blank. A tight loop, because a body may be 32 MiB of nothing and others wait meanwhile. */
const nextLine = (part: Uint8Array, from: number, fromLine: number): { start: number; line: number } | undefined => {
  let start = from;
  let line = fromLine;
  for (let at = from; at < part.byteLength; at++) {
    const byte = part[at];
    if (byte === 0x0a) {
      start = at + 1;
      line += 1;
    } else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return { start, line };
  }
  return undefined;
};

const isJson = (bytes: Uint8Array): boolean => {
  const json = parseStrictJson(bytes, { maxValues: MAX_VALUES });
  return json.ok || json.code !== 'json.invalid';
};

const kindOf = (json: Record<string, unknown>): ReceivedStatement['kind'] | undefined => {
  const isEnvelope = 'payload' in json || 'signatures' in json;
  const isBundle = 'dsseEnvelope' in json || 'verificationMaterial' in json || 'messageSignature' in json;
  if (isEnvelope === isBundle) return undefined;
  return isEnvelope ? 'dsse' : 'sigstore-bundle';
};

const tooMany = (found: number): Refusal =>
  refuse('submission.too-many-statements', `At most ${MAX_STATEMENTS} statements can be sent together.`, {
    expected: `1 to ${MAX_STATEMENTS}`,
    found: `${found} or more`,
    remedy: 'Send statements about other things on their own.',
  });

const neither = (): Refusal =>
  refuse('submission.shape', 'The JSON is neither a DSSE envelope nor a Sigstore bundle.', {
    expected:
      'an object with payload, payloadType and signatures, or with mediaType, verificationMaterial and dsseEnvelope',
    remedy:
      'Send one envelope or bundle; for several (an API that wraps them in a list), send each on a line of its own.',
  });
