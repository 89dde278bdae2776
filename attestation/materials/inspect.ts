import { inspectAsyncapi, inspectOpenapi } from './inspect/api-description.ts';
import { inspectArchive } from './inspect/archives.ts';
import { inspectCobertura, inspectJacoco } from './inspect/coverage.ts';
import { inspectCsaf } from './inspect/csaf.ts';
import { inspectCyclonedx } from './inspect/cyclonedx.ts';
import { inspectCyclonedxXml } from './inspect/cyclonedx-xml.ts';
import { inspectFields, inspectGitlab, inspectJsonList, inspectZap } from './inspect/fields.ts';
import { type Findings, found, notValidated, unreadable } from './inspect/findings.ts';
import { inspectHelm } from './inspect/helm.ts';
import { inspectImage } from './inspect/image.ts';
import { inspectTestResult, inspectVulns } from './inspect/in-toto.ts';
import { inspectJunit } from './inspect/junit.ts';
import { inspectCsv, inspectLog } from './inspect/plain-text.ts';
import { inspectAttestation, inspectSlsa } from './inspect/provenance.ts';
import { inspectSarif } from './inspect/sarif.ts';
import { inspectSpdx } from './inspect/spdx.ts';
import { inspectOpenvex } from './inspect/vex.ts';
import type { Inspection } from './inspection.ts';
import { defaultMediaType, type MaterialTypeRow, materialType, validatorOf } from './types.ts';

export type { Inspection } from './inspection.ts';

const MAX_PROBLEMS = 20;

/**
 * Holds bytes against what their type promises. With `all`, every problem is looked for (as an author wants), else the
 * first is enough (as a verdict does). Never throws; content nobody can read is an outcome, not an exception.
 */
export function inspectMaterial(bytes: Buffer, type: string, { all = false } = {}): Inspection {
  const row = materialType(type);
  const findings = row ? findingsOf(bytes, row, all) : unreadable(`expected a known material type, found "${type}"`);
  return {
    type,
    validator: validatorOf(type),
    outcome: findings.outcome,
    checked: findings.outcome === 'not-validated' ? 'bytes' : (findings.depth ?? row?.depth ?? 'bytes'),
    ...(findings.format && { format: findings.format }),
    problems: findings.problems.slice(0, MAX_PROBLEMS),
    facts: findings.facts ?? {},
    mediaType: findings.mediaType ?? defaultMediaType(type),
  };
}

function findingsOf(bytes: Buffer, row: MaterialTypeRow, all: boolean): Findings {
  const { type, maxBytes } = row;
  if (bytes.length === 0) return unreadable(`expected content of type ${type}, found an empty file`);
  if (bytes.length > maxBytes)
    return notValidated(
      `expected at most ${maxBytes} bytes of type ${type}, found ${bytes.length}: too long to validate`,
    );
  try {
    return look(bytes, row, all);
  } catch (error) {
    if (error instanceof RangeError)
      return notValidated('expected content of ordinary depth, found one that is nested too deeply to read');
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
    return notValidated(`the validator of ${type} failed, which is a bug of Waybill: ${reason}`);
  }
}

function look(bytes: Buffer, { validator }: MaterialTypeRow, all: boolean): Findings {
  switch (validator.kind) {
    case 'none':
      return found([]);
    case 'cyclonedx':
      return inspectCyclonedx(bytes, all);
    case 'cyclonedx-xml':
      return inspectCyclonedxXml(bytes);
    case 'spdx':
      return inspectSpdx(bytes, all);
    case 'sarif':
      return inspectSarif(bytes, all);
    case 'openvex':
      return inspectOpenvex(bytes, all);
    case 'csaf':
      return inspectCsaf(bytes, validator.category, all);
    case 'junit':
      return inspectJunit(bytes);
    case 'jacoco':
      return inspectJacoco(bytes);
    case 'cobertura':
      return inspectCobertura(bytes);
    case 'attestation':
      return inspectAttestation(bytes);
    case 'slsa':
      return inspectSlsa(bytes, all);
    case 'test-result':
      return inspectTestResult(bytes, all);
    case 'vulns':
      return inspectVulns(bytes, all);
    case 'helm':
      return inspectHelm(bytes, all);
    case 'image':
      return inspectImage(bytes, all);
    case 'openapi':
      return inspectOpenapi(bytes, all);
    case 'asyncapi':
      return inspectAsyncapi(bytes, all);
    case 'gitlab':
      return inspectGitlab(bytes);
    case 'zap':
      return inspectZap(bytes);
    case 'log':
      return inspectLog(bytes);
    case 'json':
      return inspectFields(bytes, validator.fields);
    case 'json-list':
      return inspectJsonList(bytes, validator.fields);
    case 'archive':
      return inspectArchive(bytes, validator.formats);
    case 'csv':
      return inspectCsv(bytes, validator.columns);
  }
}
