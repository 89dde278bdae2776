import { type CelInput, celEnv, isCelError, parse, plan } from '@bufbuild/cel';

/**
 * A JSON value as CEL sees it. Whole numbers are `int`, others `double`. Objects become maps here and not in the
 * evaluator, which would stumble over a key named `constructor`.
 */
export function toCelInput(value: unknown): CelInput {
  if (Array.isArray(value)) return value.map(toCelInput);
  switch (typeof value) {
    case 'object':
      return value === null ? null : new Map(Object.entries(value).map(([key, inner]) => [key, toCelInput(inner)]));
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'string':
    case 'boolean':
      return value;
    default:
      return null;
  }
}

const read = plan(celEnv(), parse('timestamp(text)'));

/** A time, ISO 8601, as a CEL timestamp. */
export function toTimestamp(text: string): CelInput {
  const value = read({ text });
  if (isCelError(value)) throw new Error(`expected a time in ISO 8601, found ${text}`);
  return value;
}
