import { asList, asText, isObject, type JsonObject } from '../json.ts';
import type { SignedStatement } from '../materials/descriptors.ts';
import { chainloopPredicates } from './claims.ts';

/** A reference to a policy or group, as far as two of them can be compared. */
export type Reference = { name: string; uri?: string; organization?: string; sha256?: string };

/** The result of one policy as a Chainloop predicate claims it. */
export type Evaluation = {
  name: string;
  /** Absent for a policy on the attestation as a whole. */
  material?: string;
  policy?: Reference;
  group?: Reference;
  violations: number;
  skipped: boolean;
  gate?: boolean;
};

export type Claims = {
  evaluations: Evaluation[];
  /** Results that stand elsewhere: only their counts are in the predicate. */
  counts?: { total: number; hasViolations: boolean; hasSkipped: boolean };
  /** Violations block by default, as the organisation of the sender has it. */
  isEnforced: boolean;
};

/** What the predicates claim about policies; undefined when there is no Chainloop predicate. Both spellings of fields are read. */
export function findClaims(statements: readonly SignedStatement[]): Claims | undefined {
  const predicates = chainloopPredicates(statements);
  if (predicates.length === 0) return undefined;
  const evaluations = predicates.flatMap(evaluationsOf);
  const remote = predicates.filter(
    (predicate) => isObject(predicate.policyEvaluationsRef) && evaluationsOf(predicate).length === 0,
  );
  return {
    evaluations,
    ...(remote.length > 0 && { counts: countsOf(remote) }),
    isEnforced: predicates.some(
      (predicate) => field(predicate, 'policyCheckBlockingStrategy', 'policy_check_blocking_strategy') === 'ENFORCED',
    ),
  };
}

const field = (object: JsonObject, camel: string, snake: string): unknown => object[camel] ?? object[snake];

function countsOf(predicates: JsonObject[]): NonNullable<Claims['counts']> {
  const sum = (name: string) => predicates.reduce((total, predicate) => total + (Number(predicate[name]) || 0), 0);
  return {
    total: sum('policyEvaluationsCount'),
    hasViolations:
      sum('policyViolationsCount') > 0 || predicates.some((predicate) => predicate.policyHasViolations !== false),
    hasSkipped: sum('policySkippedCount') > 0,
  };
}

function evaluationsOf(predicate: JsonObject): Evaluation[] {
  const byMaterial = field(predicate, 'policyEvaluations', 'policy_evaluations');
  if (!isObject(byMaterial)) return [];
  return Object.entries(byMaterial).flatMap(([material, list]) =>
    asList(list)
      .filter(isObject)
      .map((entry) => {
        const policy = referenceOf(field(entry, 'policyReference', 'policy_reference'));
        const group = referenceOf(field(entry, 'groupReference', 'group_reference'));
        return {
          name: asText(entry.name) ?? '',
          ...(material !== 'CHAINLOOP.ATTESTATION' && { material }),
          ...(policy && { policy }),
          ...(group && { group }),
          violations: asList(entry.violations).length,
          skipped: entry.skipped === true,
          ...(typeof entry.gate === 'boolean' && { gate: entry.gate }),
        };
      }),
  );
}

function referenceOf(value: unknown): Reference | undefined {
  if (!isObject(value)) return undefined;
  const annotations = isObject(value.annotations) ? value.annotations : {};
  const digest = isObject(value.digest) ? asText(value.digest.sha256)?.replace(/^sha256:/, '') : undefined;
  const [uri, organization] = [asText(value.uri), asText(annotations.organization)];
  return {
    name: asText(value.name) ?? '',
    ...(uri && { uri }),
    ...(organization && { organization }),
    ...(digest && { sha256: digest }),
  };
}

/** A reference as a contract writes it: `file://…`, `http(s)://…`, `chainloop://[provider:][org/]name` or a bare name, with or without a digest. */
export function parseReference(text: string): Reference {
  const [, bare = text, sha256] = /^(.*?)(?:@sha256:([0-9a-f]{64}))?$/.exec(text) ?? [];
  const pinned = sha256 ? { sha256 } : {};
  if (/^(file|https?):\/\//.test(bare)) {
    const file = bare.split('/').at(-1) ?? bare;
    return { name: file.replace(/\.(ya?ml|json)$/, ''), uri: bare, ...pinned };
  }
  const path = bare.replace(/^chainloop:\/\//, '').replace(/^[^/:]+:/, '');
  const slash = path.lastIndexOf('/');
  return slash === -1
    ? { name: path, ...pinned }
    : { name: path.slice(slash + 1), organization: path.slice(0, slash), ...pinned };
}

/** Whether a result is of the policy (or group) that a contract refers to. A pinned digest must agree. */
export function isOf(wanted: Reference, found: Reference | undefined, name?: string): boolean {
  if (wanted.sha256 !== undefined && wanted.sha256 !== found?.sha256) return false;
  if (
    wanted.organization !== undefined &&
    found?.organization !== undefined &&
    wanted.organization !== found.organization
  )
    return false;
  if (wanted.uri !== undefined && wanted.uri === found?.uri) return true;
  return wanted.name === found?.name || wanted.name === name;
}
