import type { ErrorObject } from 'ajv';
import { asList, asText, isObject, type JsonObject } from '../json.ts';
import { CYCLONEDX_VERSIONS, cyclonedxValidator } from './cyclonedx-schema.ts';
import { type Findings, known, parseJsonObject, pointer, show } from './findings.ts';

/** A CycloneDX JSON document, held against the schema of the version it declares, and its `bom-ref`s for uniqueness. */
export function inspectCyclonedx(bytes: Buffer): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const bom = parsed.value;
  if (bom.bomFormat !== 'CycloneDX') {
    return { problems: [{ path: '/bomFormat', message: `expected "CycloneDX", found ${show(bom.bomFormat)}` }] };
  }
  const validate = typeof bom.specVersion === 'string' ? cyclonedxValidator(bom.specVersion) : undefined;
  if (!validate) {
    const expected = `expected one of ${CYCLONEDX_VERSIONS.join(', ')}`;
    return { problems: [{ path: '/specVersion', message: `${expected}, found ${show(bom.specVersion)}` }] };
  }
  const problems = validate(bom) ? [] : explain(validate.errors ?? []);
  const walk = walkComponents(bom);
  return {
    problems: problems.length > 0 ? problems : walk.problems,
    facts: factsOf(bom, walk.count),
    mediaType: `application/vnd.cyclonedx+json; version=${bom.specVersion}`,
  };
}

/** The most specific place first: an `anyOf` reports its branches before itself. */
function explain(errors: readonly ErrorObject[]): Findings['problems'] {
  const depth = (error: ErrorObject) => error.instancePath.split('/').length;
  const seen = new Set<string>();
  return [...errors]
    .sort((a, b) => depth(b) - depth(a))
    .map((error) => ({ path: error.instancePath || '/', message: sentence(error) }))
    .filter((problem) => {
      const key = `${problem.path} ${problem.message}`;
      return !seen.has(key) && seen.add(key);
    });
}

function sentence(error: ErrorObject): string {
  const { params } = error;
  if (error.keyword === 'additionalProperties') return `unknown field "${params.additionalProperty}"`;
  if (error.keyword === 'enum') {
    const allowed = asList(params.allowedValues);
    return allowed.length > 20
      ? `is none of the ${allowed.length} allowed values`
      : `must be one of ${allowed.join(', ')}`;
  }
  return error.message ?? error.keyword;
}

/** Looks at each component once, nested ones too: how many there are, and which repeat. */
function walkComponents(bom: JsonObject): { count: number; problems: Findings['problems'] } {
  const seen = new Set<string>();
  const problems: Findings['problems'] = [];
  const note = (item: unknown, path: string) => {
    if (!isObject(item)) return;
    const ref = asText(item['bom-ref']);
    // A parent's text contains its children's: comparing only those without any keeps this linear.
    if (ref === undefined && item.components !== undefined) return;
    const key = ref === undefined ? `=${JSON.stringify(item)}` : `#${ref}`;
    if (!seen.has(key)) seen.add(key);
    else if (problems.length < 20) {
      problems.push({
        path: ref === undefined ? path : `${path}/bom-ref`,
        message:
          ref === undefined
            ? 'the same component stands here twice'
            : `expected a bom-ref used once, found ${show(ref)} again`,
      });
    }
  };
  const metadata = isObject(bom.metadata) ? bom.metadata : {};
  if (isObject(metadata.component) && asText(metadata.component['bom-ref']))
    note(metadata.component, '/metadata/component');
  const queue = asList(bom.components).map((item, i) => ({ item, path: pointer('components', i) }));
  for (const { item, path } of queue) {
    note(item, path);
    const nested = isObject(item) ? asList(item.components) : [];
    nested.forEach((child, i) => {
      queue.push({ item: child, path: `${path}/components/${i}` });
    });
  }
  return { count: queue.length, problems };
}

function factsOf(bom: JsonObject, components: number): Record<string, unknown> {
  const metadata = isObject(bom.metadata) ? bom.metadata : {};
  const main = metadata.component;
  return known({
    specVersion: bom.specVersion,
    serialNumber: asText(bom.serialNumber),
    components,
    vulnerabilities: Array.isArray(bom.vulnerabilities) ? bom.vulnerabilities.length : undefined,
    mainComponent: isObject(main)
      ? known({
          name: asText(main.name),
          version: asText(main.version),
          type: asText(main.type),
          purl: asText(main.purl),
        })
      : undefined,
    tool: toolOf(metadata.tools),
  });
}

/** First tool, in the old form (a list) or that of 1.5 (`components`, `services`). */
function toolOf(tools: unknown): string | undefined {
  const first = isObject(tools) ? (asList(tools.components)[0] ?? asList(tools.services)[0]) : asList(tools)[0];
  if (!isObject(first)) return undefined;
  return (
    [asText(first.vendor ?? first.group), asText(first.name), asText(first.version)].filter(Boolean).join(' ') ||
    undefined
  );
}
