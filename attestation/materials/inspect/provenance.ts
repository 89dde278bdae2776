import { asList, asText, isObject, type JsonObject } from '../../json.ts';
import { type Findings, found, known, parseJson, parseJsonObject, show, unreadable } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { list, mapOf, object, text, time } from './shapes.ts';

const IN_TOTO = /^application\/vnd\.in-toto(\.[\w.+-]+)?\+json$/;
const V1 = 'https://slsa.dev/provenance/v1';
const V02 = 'https://slsa.dev/provenance/v0.2';

const resource = object({}, { uri: { type: 'string' }, name: { type: 'string' }, digest: mapOf(text) });
const checks = {
  [V1]: createSchemaCheck({
    draft: 'older',
    schema: object({
      buildDefinition: object(
        { buildType: text, externalParameters: { type: 'object' } },
        { internalParameters: { type: 'object' }, resolvedDependencies: list(resource) },
      ),
      runDetails: object(
        { builder: object({ id: text }, { version: mapOf({ type: 'string' }), builderDependencies: list(resource) }) },
        {
          metadata: object({}, { invocationId: { type: 'string' }, startedOn: time, finishedOn: time }),
          byproducts: list(resource),
        },
      ),
    }),
  }),
  [V02]: createSchemaCheck({
    draft: 'older',
    schema: object(
      { builder: object({ id: text }), buildType: text },
      {
        invocation: object({}, { configSource: resource }),
        metadata: object(
          {},
          {
            buildStartedOn: time,
            buildFinishedOn: time,
            reproducible: { type: 'boolean' },
            completeness: mapOf({ type: 'boolean' }),
          },
        ),
        materials: list(resource),
      },
    ),
  }),
};

/** A DSSE envelope or Sigstore bundle around an in-toto statement. Its signature is not verified here: as a material it is only carried. */
export function inspectAttestation(bytes: Buffer): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const statement = statementOf(parsed.value);
  if (!statement.ok) return statement.findings;
  const { predicateType, subject } = statement.value;
  return found([], {
    facts: known({ predicateType: asText(predicateType), subjects: asList(subject).length }),
    format: 'in-toto',
  });
}

/** SLSA provenance v0.2 or v1: inside a bundle or envelope, or the bare predicate of a statement that was verified. */
export function inspectSlsa(bytes: Buffer, all: boolean): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const { payload, payloadType, dsseEnvelope } = parsed.value;
  if (payload === undefined && payloadType === undefined && dsseEnvelope === undefined) {
    const isOld = parsed.value.buildDefinition === undefined && parsed.value.buildType !== undefined;
    return inspectPredicate(parsed.value, isOld ? V02 : V1, all);
  }
  const statement = statementOf(parsed.value);
  if (!statement.ok) return statement.findings;
  const { predicateType, predicate } = statement.value;
  if (predicateType !== V1 && predicateType !== V02)
    return unreadable(`expected ${V1} or v0.2, found ${show(predicateType)}`, '/predicateType');
  return inspectPredicate(isObject(predicate) ? predicate : {}, predicateType, all);
}

function inspectPredicate(predicate: JsonObject, predicateType: typeof V1 | typeof V02, all: boolean): Findings {
  const version = predicateType === V1 ? 'v1' : 'v0.2';
  return found(checks[predicateType](predicate, all), {
    facts: known({ specVersion: version, ...(version === 'v1' ? factsOf(predicate) : factsOfOld(predicate)) }),
    mediaType: 'application/json',
    format: `SLSA provenance ${version}`,
  });
}

function factsOf(predicate: JsonObject): Record<string, unknown> {
  const build = isObject(predicate.buildDefinition) ? predicate.buildDefinition : {};
  const run = isObject(predicate.runDetails) ? predicate.runDetails : {};
  const builder = isObject(run.builder) ? run.builder : {};
  const metadata = isObject(run.metadata) ? run.metadata : {};
  return {
    buildType: asText(build.buildType),
    builder: asText(builder.id),
    dependencies: asList(build.resolvedDependencies).length,
    startedOn: asText(metadata.startedOn),
    finishedOn: asText(metadata.finishedOn),
  };
}

function factsOfOld(predicate: JsonObject): Record<string, unknown> {
  const builder = isObject(predicate.builder) ? predicate.builder : {};
  const metadata = isObject(predicate.metadata) ? predicate.metadata : {};
  return {
    buildType: asText(predicate.buildType),
    builder: asText(builder.id),
    dependencies: asList(predicate.materials).length,
    startedOn: asText(metadata.buildStartedOn),
    finishedOn: asText(metadata.buildFinishedOn),
  };
}

function statementOf(outer: JsonObject): { ok: true; value: JsonObject } | { ok: false; findings: Findings } {
  const envelope = isObject(outer.dsseEnvelope) ? outer.dsseEnvelope : outer;
  const { payload, payloadType } = envelope;
  if (typeof payload !== 'string' || typeof payloadType !== 'string' || !IN_TOTO.test(payloadType)) {
    const message = `expected a DSSE envelope with an in-toto payload, found ${show(payloadType)}`;
    return { ok: false, findings: unreadable(message, '/payloadType') };
  }
  const inner = parseJson(Buffer.from(payload, 'base64'));
  if (!inner.ok) return inner;
  if (isObject(inner.value)) return { ok: true, value: inner.value };
  return { ok: false, findings: unreadable(`expected a statement, found ${show(inner.value)}`, '/payload') };
}
