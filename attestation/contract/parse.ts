import type { Contract } from './contract.ts';
import { explain, type PlacedError, sentence, show, withoutEchoes } from './explain.ts';
import { normalise } from './normalise.ts';
import { FORMS, type Form } from './schema.ts';
import { readSource, type Source, type SourceError } from './yaml.ts';

/** `nearest`: a known name that was probably meant. `path`: where in the file, e.g. `spec.materials[0].type`. Lines and columns count from 1. */
type ContractError = {
  code: string;
  message: string;
  line?: number;
  column?: number;
  path?: string;
  nearest?: string;
};
export type ContractResult = { ok: true; contract: Contract } | { ok: false; errors: ContractError[] };

const MAX_CONTRACT_BYTES = 256 * 1024;
const MAX_ERRORS = 50;
/** A parser that lost its way reports echoes. */
const MAX_SYNTAX_ERRORS = 5;

/**
 * Reads a contract, JSON or YAML, in any of its three forms: Chainloop's v1 and v2, and ours. `name` is used where the
 * file has none (v1). Unknown fields are refused, never ignored; at most 50 errors are named.
 */
export function parseContract(text: string, name: string): ContractResult {
  const size = Buffer.byteLength(text);
  if (size > MAX_CONTRACT_BYTES) {
    return refused({
      code: 'contract.too-large',
      message: `Expected at most ${MAX_CONTRACT_BYTES} bytes, found ${size}.`,
    });
  }
  const source = readSafely(text);
  if (!source.ok) return { ok: false, errors: source.errors.slice(0, MAX_SYNTAX_ERRORS).map(syntaxError) };
  const { value, placeOf } = source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused({
      code: 'contract.syntax',
      message: 'Expected a contract with schemaVersion or apiVersion, found no fields at all.',
    });
  }
  const form = formOf(value as Record<string, unknown>);
  if (!form) return refused(versionError(value as Record<string, unknown>, placeOf));
  const parsed = FORMS[form].safeParse(value);
  if (!parsed.success) {
    const errors = parsed.error.issues.flatMap((issue) => explain(issue, FORMS[form], value, form));
    return { ok: false, errors: placed(withoutEchoes(errors), placeOf) };
  }
  const { contract, errors } = normalise(parsed.data, form, name, (path) => placeOf(path)?.line ?? 1);
  if (errors.length > 0) return { ok: false, errors: placed(errors, placeOf) };
  return { ok: true, contract };
}

function readSafely(text: string): Source {
  try {
    return readSource(text);
  } catch {
    return { ok: false, errors: [{ message: 'expected YAML or JSON of ordinary depth, found what cannot be read' }] };
  }
}

const refused = (error: ContractError): ContractResult => ({ ok: false, errors: [error] });

function formOf(value: Record<string, unknown>): Form | undefined {
  if (value.apiVersion === 'chainloop.dev/v1') return 'chainloop-v2';
  if (value.apiVersion === 'waybill.dev/v1') return 'waybill';
  return value.apiVersion === undefined && value.schemaVersion === 'v1' ? 'v1' : undefined;
}

type PlaceOf = Extract<Source, { ok: true }>['placeOf'];

function versionError(value: Record<string, unknown>, placeOf: PlaceOf): ContractError {
  const field = value.apiVersion === undefined ? 'schemaVersion' : 'apiVersion';
  const expected = 'schemaVersion: v1, apiVersion: chainloop.dev/v1 or apiVersion: waybill.dev/v1';
  const found = value[field] === undefined ? 'neither' : `${field}: ${show(value[field])}`;
  return withPlace(
    { code: 'contract.version', message: `Expected ${expected}, found ${found}.`, at: [field] },
    placeOf,
  );
}

function placed(errors: PlacedError[], placeOf: PlaceOf): ContractError[] {
  return errors
    .slice(0, 4 * MAX_ERRORS)
    .map((error) => withPlace(error, placeOf))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
    .slice(0, MAX_ERRORS);
}

function withPlace({ at, offset, ...error }: PlacedError, placeOf: PlaceOf): ContractError {
  const path = at
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return { ...error, ...placeOf(at, offset), ...(path !== '' && { path }) };
}

function syntaxError({ message, ...place }: SourceError): ContractError {
  const text = /call stack/.test(message)
    ? 'expected YAML of ordinary depth, found one that is nested too deeply to read'
    : message;
  return { code: 'contract.syntax', message: sentence(text), ...place };
}
