import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { asList } from '../../json.ts';
import { createDistinct, type Distinct } from './distinct.ts';
import type { Problem } from './findings.ts';

/** A JSON schema with what it refers to, by id. `older`: everything before 2019-09. */
export type SchemaSet = { draft: 'older' | '2020-12'; schema: object; refs?: Record<string, object> };

/** Holds a value against a schema: nothing when it is valid; else the first problem, or with `all` every one. */
export type SchemaCheck = (value: unknown, all: boolean) => Problem[];

/** A check whose schema is compiled when it is first needed (up to 0.7 s) and kept; the one for `all` is not kept. */
export function createSchemaCheck(schemas: SchemaSet): SchemaCheck {
  const state: { distinct: Distinct; first?: ValidateFunction } = { distinct: createDistinct() };
  const compile = (allErrors: boolean) => createAjv(schemas, { allErrors }, (items) => state.distinct(items));
  return (value, all) => {
    state.first ??= compile(false);
    state.distinct = createDistinct();
    try {
      if (state.first(value)) return [];
      const validate = all ? compile(true) : state.first;
      validate(value);
      return explain(validate.errors ?? [], all);
    } finally {
      state.distinct = createDistinct();
    }
  };
}

function createAjv({ draft, schema, refs = {} }: SchemaSet, options: Options, distinct: Distinct): ValidateFunction {
  const Compiler = draft === '2020-12' ? Ajv2020 : Ajv;
  // Published schemas: not strict by Ajv's rules, and valid ones; optimising their code costs more than it saves.
  const ajv = new Compiler({
    strict: false,
    logger: false,
    validateSchema: false,
    // Older schemas have patterns that are none under the stricter rules of `u`.
    unicodeRegExp: draft !== 'older',
    code: { optimize: false },
    ...options,
  });
  formats.default(ajv, { mode: 'fast', formats: ['date-time', 'date', 'uri', 'uri-reference', 'email'] });
  // Both lists of characters are those RFC 3987 and RFC 6531 exclude; cheap on purpose, and linear.
  ajv.addFormat('iri-reference', /^[^\s<>"{}|\\^`]*$/u);
  ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/u);
  ajv.addFormat('regex', true);
  ajv.addFormat('media-range', true);
  // Ajv compares items pairwise: 20 s for a hostile SBOM of 2 MB.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: true,
    validate: uniqueBy(distinct),
  });
  ajv.addKeyword({ keyword: AMONG, schemaType: 'array', errors: true, compile: amongMany });
  for (const [id, ref] of Object.entries(refs)) ajv.addSchema(plain(ref) as object, id);
  return ajv.compile(plain(schema) as object);
}

function uniqueBy(distinct: Distinct) {
  const validate: { (isUnique: boolean, items: unknown[]): boolean; errors?: Partial<ErrorObject>[] } = (
    isUnique,
    items,
  ) => {
    const repeated = isUnique ? distinct(items) : undefined;
    if (repeated) validate.errors = [{ keyword: 'uniqueItems', params: repeated }];
    return repeated === undefined;
  };
  return validate;
}

/** Ajv looks through a list of values one by one, and the list of licences has 826. */
const AMONG = 'waybill-among';
const MANY = 20;

function amongMany(values: unknown[]) {
  const known = new Set(values);
  const validate: { (value: unknown): boolean; errors?: Partial<ErrorObject>[] } = (value) => {
    const isKnown = known.has(value);
    if (!isKnown) validate.errors = [{ keyword: 'enum', params: { allowedValues: values } }];
    return isKnown;
  };
  return validate;
}

const WORDS = new Set(['description', 'title', '$comment', 'examples', 'meta:enum', '$schema', 'id']);
const NAMED = new Set(['properties', 'definitions', '$defs', 'patternProperties', 'dependentSchemas']);

/** The schema as rules only: words for people dropped, draft-04's `exclusiveMinimum: true` as later drafts write it. */
function plain(schema: unknown, isNamed = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => plain(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const rules = Object.entries(schema)
    .filter(
      ([key, value]) =>
        isNamed || !(WORDS.has(key) && (typeof value === 'string' || key === 'examples' || key === 'meta:enum')),
    )
    .map(([key, value]): [string, unknown] => {
      if (!isNamed && key === 'enum') return [asList(value).length > MANY ? AMONG : key, value];
      return [key, !isNamed && key === 'const' ? value : plain(value, !isNamed && NAMED.has(key))];
    });
  const rule = Object.fromEntries(rules);
  if (isNamed || rule.exclusiveMinimum !== true) return rule;
  const { minimum, ...rest } = rule;
  return { ...rest, exclusiveMinimum: minimum };
}

const CHOICES = new Set(['anyOf', 'oneOf', 'if', 'not', 'allOf']);
const MOST_PROBLEMS = 20;

/** The most specific place first: a choice reports its branches before itself, and says nothing that they do not. */
function explain(errors: readonly ErrorObject[], all: boolean): Problem[] {
  const depth = (error: ErrorObject) => error.instancePath.split('/').length;
  const telling = errors.filter(({ keyword }) => !CHOICES.has(keyword));
  const chosen = telling.length > 0 ? telling : errors;
  // Of branches that came equally far, one that fails by its version or kind is not the one that was meant.
  const isOtherKind = ({ keyword, params }: ErrorObject) =>
    Number(keyword === 'const' || (keyword === 'enum' && asList(params.allowedValues).length === 1));
  const ordered = all ? chosen : [...chosen].sort((a, b) => depth(b) - depth(a) || isOtherKind(a) - isOtherKind(b));
  const problems = new Map<string, Problem>();
  for (const error of ordered) {
    const problem = describe(error);
    problems.set(`${problem.path} ${problem.message}`, problem);
    if (problems.size === MOST_PROBLEMS) break;
  }
  return [...problems.values()];
}

function describe({ instancePath, keyword, params, message }: ErrorObject): Problem {
  const path = instancePath || '/';
  if (keyword === 'additionalProperties')
    return { path, message: `unknown field "${String(params.additionalProperty).slice(0, 100)}"` };
  if (keyword === 'uniqueItems')
    return { path: `${instancePath}/${params.item}`, message: `stands here twice: the same as item ${params.repeats}` };
  if (keyword === 'required')
    return { path: `${instancePath}/${params.missingProperty}`, message: 'expected this field, found nothing' };
  if (keyword !== 'enum' && keyword !== 'const') return { path, message: message ?? keyword };
  const allowed = asList(params.allowedValues ?? [params.allowedValue]);
  return {
    path,
    message:
      allowed.length > 20
        ? `is none of the ${allowed.length} allowed values`
        : `must be one of ${allowed.map(String).join(', ')}`,
  };
}
