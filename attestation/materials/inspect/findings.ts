import { isObject, type JsonObject } from '../../json.ts';
import type { Depth } from '../types.ts';
import { overBudget } from './budget.ts';

export type Problem = { path?: string; message: string };

/**
 * How an inspection ended. `invalid`: what it is meant to be, against its rules. `unreadable`: not that at all.
 * `not-validated`: nobody looked, because it is too long or too complex.
 */
export type Outcome = 'valid' | 'invalid' | 'unreadable' | 'not-validated';

/** What one validator found. */
export type Findings = {
  outcome: Outcome;
  problems: Problem[];
  facts?: Record<string, unknown>;
  mediaType?: string;
  /** Where it differs from the row's. */
  depth?: Depth;
  /** Format and version, as one says it: `CycloneDX 1.5`. */
  format?: string;
};

/** Findings of content that is what it is meant to be: valid when nothing is wrong with it. */
export const found = (problems: Problem[], more: Omit<Findings, 'outcome' | 'problems'> = {}): Findings => ({
  outcome: problems.length === 0 ? 'valid' : 'invalid',
  problems,
  ...more,
});

export const unreadable = (message: string, path?: string): Findings => ({
  outcome: 'unreadable',
  problems: [path === undefined ? { message } : { path, message }],
});

export const notValidated = (message: string): Findings => ({ outcome: 'not-validated', problems: [{ message }] });

/** A value as short text for a message. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  // Cut before it is quoted: the value may be as long as the file.
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 120)) : String(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

/** Facts without what is unknown. */
export const known = (facts: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

export type Parsed<T> = { ok: true; value: T } | { ok: false; findings: Findings };

const failed = (findings: Findings): { ok: false; findings: Findings } => ({ ok: false, findings });

/** Text of the bytes, strict UTF-8; a byte order mark is dropped. */
export function parseText(bytes: Uint8Array): Parsed<string> {
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return failed(unreadable('expected UTF-8 text, found bytes that are none'));
  }
}

export function parseJson(bytes: Uint8Array): Parsed<unknown> {
  const text = parseText(bytes);
  if (!text.ok) return text;
  const refused = overBudget(text.value);
  if (refused) return failed(notValidated(refused));
  try {
    return { ok: true, value: JSON.parse(text.value) };
  } catch (error) {
    return failed(unreadable(`expected JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'}`));
  }
}

export function parseJsonObject(bytes: Uint8Array): Parsed<JsonObject> {
  const json = parseJson(bytes);
  if (!json.ok) return json;
  return isObject(json.value)
    ? { ok: true, value: json.value }
    : failed(unreadable(`expected a JSON object, found ${show(json.value)}`, '/'));
}

/** JSON pointer of a path. */
export const pointer = (...parts: (string | number)[]): string =>
  `/${parts.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
