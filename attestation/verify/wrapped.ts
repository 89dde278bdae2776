import { isObject } from '../json.ts';
import { quote, type Refusal, refuse } from './refusal.ts';
import { parseStatement } from './statement.ts';
import { itemsOf, parseStrictJson, type StrictJson } from './strict-json.ts';

/** A bundle that stood in a list, its bytes exactly as they stood there. */
export type Wrapped = { bytes: Uint8Array; predicateType: string };

/** True for npm's answer about a package: `{ attestations: [{ predicateType, bundle }] }`. */
export const isWrapper = (value: unknown): boolean =>
  isObject(value) && Array.isArray(value.attestations) && !['payload', 'dsseEnvelope'].some((key) => key in value);

/** The bundles of npm's answer about a package. Their bytes are a part of what was sent, never written anew. */
export const unwrap = (json: Extract<StrictJson, { ok: true }>, max: number): Wrapped[] | Refusal => {
  const span = json.members.get('attestations');
  const items = span ? itemsOf(json.text, span) : [];
  if (items.length === 0 || items.length > max) {
    return refuse('submission.attestations', `The list \`attestations\` has ${items.length} entries.`, {
      expected: `1 to ${max}`,
      found: `${items.length}`,
    });
  }
  const wrapped: Wrapped[] = [];
  for (const [index, item] of items.entries()) {
    const read = parseStrictJson(Buffer.from(item));
    const bundle = read.ok ? read.members.get('bundle') : undefined;
    const { predicateType } = read.ok && isObject(read.value) ? read.value : {};
    if (!read.ok || !bundle || typeof predicateType !== 'string') {
      return refuse('submission.attestations', `Entry ${index + 1} of \`attestations\` is not as expected.`, {
        expected: 'predicateType (a text) and bundle',
      });
    }
    wrapped.push({ bytes: Buffer.from(read.text.slice(bundle.start, bundle.end)), predicateType });
  }
  return wrapped;
};

/** Nobody signs what a wrapper says: it must say what the signed payload says. A payload that is no statement is refused later. */
export const checkPredicateType = (payload: Uint8Array, { predicateType }: Wrapped): Refusal | undefined => {
  const read = parseStatement(payload);
  if (!read.ok || read.statement.predicateType === predicateType) return undefined;
  return refuse(
    'submission.predicate-type',
    `The list says ${quote(predicateType)} of a statement that says ${quote(read.statement.predicateType)}.`,
    { expected: quote(read.statement.predicateType), found: quote(predicateType) },
  );
};
