import { inspectCyclonedx } from './inspect/cyclonedx.ts';
import type { Findings } from './inspect/findings.ts';
import { inspectCsaf, inspectFields, inspectJsonList, inspectOpenvex } from './inspect/json-shapes.ts';
import { inspectApiDescription, inspectArchive, inspectCsv } from './inspect/other-formats.ts';
import { inspectSarif } from './inspect/sarif.ts';
import { inspectAttestation, inspectSlsa } from './inspect/signed.ts';
import { inspectSpdx } from './inspect/spdx.ts';
import { inspectJunit, inspectXml } from './inspect/xml.ts';
import { defaultMediaType, type MaterialTypeRow, materialType } from './types.ts';

type InspectionProblem = { path?: string; message: string };

/** What was found in the bytes of one material. */
export type Inspection = {
  type: string;
  /** Which validator looked, with its version: part of the key under which a result may be cached. */
  validator: string;
  valid: boolean;
  /** At most 20. */
  problems: InspectionProblem[];
  facts: Record<string, unknown>;
  mediaType: string;
};

const MAX_PROBLEMS = 20;
/** Longest content that is parsed; longer is refused rather than passed unseen. */
export const MAX_INSPECTED_BYTES = 64 * 1024 * 1024;
/** Raised whenever a validator may decide differently than before. */
const INSPECTOR_VERSION = 1;

/** Name and version of the validator of a type; results are cacheable by (sha256, type, this). */
export const validatorOf = (type: string): string =>
  `${materialType(type)?.validator.kind ?? 'unknown'}@${INSPECTOR_VERSION}`;

/** True when the bytes themselves must be read; otherwise size and digest decide. */
export const needsInspection = (type: string): boolean => (materialType(type)?.validator.kind ?? 'none') !== 'none';

/** Holds bytes against what their type promises. Never throws; content nobody can read is a problem, not an exception. */
export function inspectMaterial(bytes: Buffer, type: string): Inspection {
  const findings = findingsOf(bytes, type);
  return {
    type,
    validator: validatorOf(type),
    valid: findings.problems.length === 0,
    problems: findings.problems.slice(0, MAX_PROBLEMS),
    facts: findings.facts ?? {},
    mediaType: findings.mediaType ?? defaultMediaType(type),
  };
}

function findingsOf(bytes: Buffer, type: string): Findings {
  const row = materialType(type);
  if (!row) return refusal(`expected a known material type, found "${type}"`);
  if (bytes.length === 0) return refusal(`expected content of type ${type}, found an empty file`);
  if (row.validator.kind !== 'none' && row.validator.kind !== 'archive' && bytes.length > MAX_INSPECTED_BYTES) {
    return refusal(
      `expected at most ${MAX_INSPECTED_BYTES} bytes of type ${type}, found ${bytes.length}: too long to validate`,
    );
  }
  try {
    return look(bytes, row);
  } catch (error) {
    if (error instanceof RangeError)
      return refusal('expected content of ordinary depth, found one that is nested too deeply to read');
    return refusal(
      `the content could not be read as ${type}: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  }
}

const refusal = (message: string): Findings => ({ problems: [{ message }] });

function look(bytes: Buffer, row: MaterialTypeRow): Findings {
  const { validator } = row;
  switch (validator.kind) {
    case 'none':
      return { problems: [] };
    case 'cyclonedx':
      return inspectCyclonedx(bytes);
    case 'spdx':
      return inspectSpdx(bytes);
    case 'sarif':
      return inspectSarif(bytes);
    case 'openvex':
      return inspectOpenvex(bytes);
    case 'csaf':
      return inspectCsaf(bytes, validator.category);
    case 'junit':
      return inspectJunit(bytes);
    case 'xml':
      return inspectXml(bytes, validator.roots);
    case 'attestation':
      return inspectAttestation(bytes);
    case 'slsa':
      return inspectSlsa(bytes);
    case 'json':
      return inspectFields(bytes, validator);
    case 'json-list':
      return inspectJsonList(bytes, validator.fields);
    case 'archive':
      return inspectArchive(bytes, validator.formats);
    case 'csv':
      return inspectCsv(bytes, validator.columns);
    case 'api-description':
      return inspectApiDescription(bytes, row.type);
  }
}
