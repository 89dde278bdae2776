import type { z } from 'zod';
import { knownFields, nearest } from './nearest.ts';
import { type Form, TERM_NAMES } from './schema.ts';

/** An error of a contract, at a path in the file; with `offset`, at that character of the text there. */
export type PlacedError = {
  code: string;
  message: string;
  nearest?: string;
  at: readonly PropertyKey[];
  offset?: number;
};

const UNKNOWN = 'contract.unknown-field';
const MISSING = 'contract.missing-field';

/** Of one mapping; finding the line of each costs a walk. */
const MAX_UNKNOWN_FIELDS = 20;

/** One issue of the schema as sentences with hints, each at its place. */
export function explain(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, form: Form): PlacedError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MAX_UNKNOWN_FIELDS).map((key) => unknownField(key, issue.path, schema, form));
  const found = valueAt(value, issue.path);
  if (issue.code === 'invalid_union' && found !== undefined) return explainUnion(issue, schema, value, form);
  if (found === undefined) {
    const kind = issue.code === 'invalid_type' ? ` (${issue.expected})` : '';
    return [
      {
        code: MISSING,
        at: issue.path,
        message: `Expected a field "${String(issue.path.at(-1))}"${kind}, found none.`,
      },
    ];
  }
  const error = { code: 'contract.invalid-value', at: issue.path };
  if (issue.code === 'invalid_type') {
    const remedy = issue.expected === 'string' && typeof found !== 'object' ? ' Write it in quotes.' : '';
    return [{ ...error, message: `Expected ${issue.expected}, found ${show(found)}.${remedy}` }];
  }
  if (issue.code === 'invalid_value') return [{ ...error, ...unknownValue(issue.values.map(String), found) }];
  const expected = issue.code === 'too_small' || issue.code === 'too_big' ? bound(issue) : issue.message;
  return [
    {
      ...error,
      message: sentence(
        typeof found === 'object' && issue.code === 'custom' ? issue.message : `${expected}, found ${show(found)}`,
      ),
    },
  ];
}

/** Of the alternatives, the one that has the right kind of value was meant. */
function explainUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  schema: z.ZodType,
  value: unknown,
  form: Form,
): PlacedError[] {
  const isOfKind = (issues: readonly z.core.$ZodIssue[]) =>
    !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  const meant = issue.errors.find(isOfKind) ?? issue.errors[0] ?? [];
  return meant.flatMap((inner) => explain({ ...inner, path: [...issue.path, ...inner.path] }, schema, value, form));
}

/** A field that is missing because its name is misspelled is said once. */
export function withoutEchoes(errors: readonly PlacedError[]): PlacedError[] {
  const place = (at: readonly PropertyKey[], name: PropertyKey | undefined) =>
    JSON.stringify([...at.slice(0, -1), name]);
  const meant = new Set(errors.flatMap(({ code, at, nearest: name }) => (code === UNKNOWN ? [place(at, name)] : [])));
  return errors.filter(({ code, at }) => code !== MISSING || !meant.has(place(at, at.at(-1))));
}

function unknownField(key: string, path: readonly PropertyKey[], schema: z.ZodType, form: Form): PlacedError {
  const at = [...path, key];
  if (form !== 'v1' && path.length === 0 && TERM_NAMES.includes(key)) {
    return {
      code: UNKNOWN,
      at,
      nearest: `spec.${key}`,
      message: `Unknown field "${key}": in this form it belongs into "spec".`,
    };
  }
  const known = knownFields(schema, path);
  const meant = nearest(key, known);
  const hint = meant ? `did you mean "${meant}"?` : `known here: ${known.join(', ')}.`;
  return {
    code: UNKNOWN,
    at,
    message: `Unknown field "${key}": ${hint}`,
    ...(meant && { nearest: meant }),
  };
}

function unknownValue(values: string[], found: unknown): Pick<PlacedError, 'message' | 'nearest'> {
  const meant = typeof found === 'string' ? nearest(found, values) : undefined;
  const expected =
    values.length > 12
      ? `one of the ${values.length} known names`
      : values.length === 1
        ? `"${values[0]}"`
        : `one of ${values.join(', ')}`;
  return {
    message: `Expected ${expected}, found ${show(found)}${meant ? `: did you mean "${meant}"?` : '.'}`,
    ...(meant && { nearest: meant }),
  };
}

function bound(issue: { code: 'too_small' | 'too_big'; minimum?: unknown; maximum?: unknown; origin: string }): string {
  const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  return `expected ${limit}${unit}`;
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );

/** A value as short text for a message. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
