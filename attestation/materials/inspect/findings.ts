import { isObject, type JsonObject } from '../json.ts';
import { overBudget } from './budget.ts';

/** What one validator found; no problem means valid. */
export type Findings = {
  problems: { path?: string; message: string }[];
  facts?: Record<string, unknown>;
  mediaType?: string;
};

/** A value as short text for a message. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text =
    typeof value === 'object' && value !== null
      ? Array.isArray(value)
        ? 'an array'
        : 'an object'
      : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

/** Facts without what is unknown. */
export const known = (facts: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

export type Parsed<T> = { ok: true; value: T } | { ok: false; findings: Findings };

const failed = (message: string, path?: string): { ok: false; findings: Findings } => ({
  ok: false,
  findings: { problems: [path === undefined ? { message } : { path, message }] },
});

/** Text of the bytes, strict UTF-8; a byte order mark is dropped. */
export function parseText(bytes: Buffer): Parsed<string> {
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return failed('expected UTF-8 text, found bytes that are none');
  }
}

export function parseJson(bytes: Buffer): Parsed<unknown> {
  const text = parseText(bytes);
  if (!text.ok) return text;
  const refused = overBudget(text.value);
  if (refused) return failed(refused);
  try {
    return { ok: true, value: JSON.parse(text.value) };
  } catch (error) {
    return failed(`expected JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'}`);
  }
}

export function parseJsonObject(bytes: Buffer): Parsed<JsonObject> {
  const json = parseJson(bytes);
  if (!json.ok) return json;
  return isObject(json.value)
    ? { ok: true, value: json.value }
    : failed(`expected a JSON object, found ${show(json.value)}`, '/');
}

/** JSON pointer of a path. */
export const pointer = (...parts: (string | number)[]): string =>
  `/${parts.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
