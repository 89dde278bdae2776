import { isObject, type JsonObject } from '../json.ts';
import { type Findings, parseJson, parseJsonObject, show } from './findings.ts';

const IN_TOTO = /^application\/vnd\.in-toto(\.[\w.+-]+)?\+json$/;

/** A DSSE envelope or Sigstore bundle around an in-toto statement. Its signature is not verified here: as a material it is only carried. */
export function inspectAttestation(bytes: Buffer): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const statement = statementOf(parsed.value);
  if (!statement.ok) return statement.findings;
  return { problems: [], facts: { predicateType: statement.value.predicateType } };
}

/** SLSA provenance v1: inside a bundle or envelope, or the bare predicate of a statement that was verified. */
export function inspectSlsa(bytes: Buffer): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  if (isObject(parsed.value.buildDefinition)) return inspectPredicate(parsed.value);
  const statement = statementOf(parsed.value);
  if (!statement.ok) return statement.findings;
  const { predicateType, predicate } = statement.value;
  if (predicateType !== 'https://slsa.dev/provenance/v1') {
    return {
      problems: [
        { path: '/predicateType', message: `expected https://slsa.dev/provenance/v1, found ${show(predicateType)}` },
      ],
    };
  }
  return inspectPredicate(isObject(predicate) ? predicate : {});
}

function inspectPredicate(predicate: JsonObject): Findings {
  const build = isObject(predicate.buildDefinition) ? predicate.buildDefinition : {};
  const run = isObject(predicate.runDetails) ? predicate.runDetails : {};
  const builder = isObject(run.builder) ? run.builder : {};
  const problems: Findings['problems'] = [];
  if (typeof build.buildType !== 'string')
    problems.push({ path: '/buildDefinition/buildType', message: `expected text, found ${show(build.buildType)}` });
  if (typeof builder.id !== 'string')
    problems.push({ path: '/runDetails/builder/id', message: `expected text, found ${show(builder.id)}` });
  return { problems, facts: { buildType: build.buildType, builder: builder.id }, mediaType: 'application/json' };
}

function statementOf(outer: JsonObject): { ok: true; value: JsonObject } | { ok: false; findings: Findings } {
  const envelope = isObject(outer.dsseEnvelope) ? outer.dsseEnvelope : outer;
  const { payload, payloadType } = envelope;
  if (typeof payload !== 'string' || typeof payloadType !== 'string' || !IN_TOTO.test(payloadType)) {
    const found = show(payloadType);
    return {
      ok: false,
      findings: {
        problems: [
          { path: '/payloadType', message: `expected a DSSE envelope with an in-toto payload, found ${found}` },
        ],
      },
    };
  }
  const inner = parseJson(Buffer.from(payload, 'base64'));
  if (!inner.ok) return inner;
  if (isObject(inner.value)) return { ok: true, value: inner.value };
  return {
    ok: false,
    findings: { problems: [{ path: '/payload', message: `expected a statement, found ${show(inner.value)}` }] },
  };
}
