import { z } from 'zod';
import { quote, type Refusal, refuse } from './refusal.ts';
import { parseStrictJson } from './strict-json.ts';

const STATEMENT_TYPES = ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1'] as const;

const StatementShape = z.object({
  _type: z.string(),
  predicateType: z.string().min(1).max(1024),
  subject: z
    .array(
      z.object({
        name: z.string().max(4096).nullish(),
        digest: z.record(z.string(), z.string().min(1).max(1024)).refine((digest) => Object.keys(digest).length > 0),
      }),
    )
    .min(1),
  predicate: z.unknown(),
});

/** An in-toto Statement v0.1 or v1, as far as this project reads it. `payload`: the very bytes that were signed. */
export type Statement = {
  _type: (typeof STATEMENT_TYPES)[number];
  predicateType: string;
  predicate: unknown;
  subject: { name?: string; digest: Record<string, string> }[];
  payload: Uint8Array;
};

/** An SBOM of 24 MB has some 600,000. More hold a thread for seconds. */
const MAX_VALUES = 1_000_000;

/** Reads the payload of an envelope as an in-toto statement. Meant for payloads whose signature was verified. */
export const parseStatement = (payload: Uint8Array): { ok: true; statement: Statement } | Refusal => {
  const json = parseStrictJson(payload, { maxValues: MAX_VALUES });
  if (!json.ok)
    return {
      ...json,
      code: `statement.${json.code.replace('json.', '')}`,
      message: `In the signed payload: ${json.message}`,
    };
  const shape = StatementShape.safeParse(json.value);
  if (!shape.success) {
    const place = shape.error.issues[0]?.path.join('.') || 'the whole';
    return refuse('statement.shape', `The signed payload is not an in-toto statement (at ${quote(place)}).`, {
      expected: '_type, predicateType, and a subject list whose entries have a digest',
      found: place,
    });
  }
  const { _type, predicateType, predicate, subject } = shape.data;
  const known = STATEMENT_TYPES.find((type) => type === _type);
  if (!known) {
    return refuse('statement.type-unknown', `The signed payload's _type is not known: ${quote(_type)}.`, {
      expected: STATEMENT_TYPES.join(' or '),
      found: quote(_type),
    });
  }
  const subjects = subject.map(({ name, digest }) => ({ ...(typeof name === 'string' && { name }), digest }));
  return { ok: true, statement: { _type: known, predicateType, predicate, subject: subjects, payload } };
};

/** The bytes of the `predicate` value exactly as they were signed; undefined when the statement has none. */
export const predicateSlice = (payload: Uint8Array): Buffer | undefined => {
  const json = parseStrictJson(payload);
  const span = json.ok ? json.members.get('predicate') : undefined;
  if (!json.ok || !span) return undefined;
  const start = Buffer.byteLength(json.text.slice(0, span.start));
  const length = Buffer.byteLength(json.text.slice(span.start, span.end));
  return Buffer.from(payload.buffer, payload.byteOffset + start, length);
};
