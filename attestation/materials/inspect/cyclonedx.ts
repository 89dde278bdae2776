import { asList, asText, isObject, type JsonObject } from '../../json.ts';
import { CYCLONEDX } from './cyclonedx-schemas.ts';
import { type Findings, found, known, type Problem, parseJsonObject, pointer, show, unreadable } from './findings.ts';
import { createLicenseCount } from './licenses.ts';
import { countVulnerabilities } from './severity.ts';

/** A CycloneDX JSON document, held against the schema of the version it declares, and its `bom-ref`s for uniqueness. */
export function inspectCyclonedx(bytes: Buffer, all: boolean): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const bom = parsed.value;
  if (bom.bomFormat !== 'CycloneDX')
    return unreadable(`expected "CycloneDX", found ${show(bom.bomFormat)}`, '/bomFormat');
  const check = typeof bom.specVersion === 'string' ? CYCLONEDX.get(bom.specVersion) : undefined;
  if (!check) {
    const expected = `expected one of ${[...CYCLONEDX.keys()].join(', ')}`;
    return unreadable(`${expected}, found ${show(bom.specVersion)}`, '/specVersion');
  }
  const problems = check(bom, all);
  const walk = walkComponents(bom);
  return found(problems.length > 0 && !all ? problems : [...problems, ...walk.problems], {
    facts: factsOf(bom, walk),
    mediaType: `application/vnd.cyclonedx+json; version=${bom.specVersion}`,
    format: `CycloneDX ${bom.specVersion}`,
  });
}

type Walk = { count: number; licenses: number; unlicensed: number; problems: Problem[] };

/** Looks at each component once, nested ones too: how many there are, under which licences, and which repeat. */
function walkComponents(bom: JsonObject): Walk {
  const licenses = createLicenseCount();
  const seen = new Set<string>();
  const problems: Problem[] = [];
  const note = (item: JsonObject, path: () => string) => {
    const ref = asText(item['bom-ref']);
    if (ref === undefined || !seen.has(ref)) seen.add(ref ?? '');
    else if (problems.length < 20)
      problems.push({ path: `${path()}/bom-ref`, message: `expected a bom-ref used once, found ${show(ref)} again` });
  };
  const metadata = isObject(bom.metadata) ? bom.metadata : {};
  if (isObject(metadata.component)) note(metadata.component, () => '/metadata/component');
  const queue: { items: unknown[]; path: () => string }[] = [
    { items: asList(bom.components), path: () => '/components' },
  ];
  let count = 0;
  for (const { items, path } of queue) {
    for (const [i, item] of items.entries()) {
      count += 1;
      if (!isObject(item)) continue;
      const here = () => `${path()}${pointer(i)}`;
      note(item, here);
      licenses.add(asList(item.licenses).map(licenseOf));
      if (Array.isArray(item.components)) queue.push({ items: item.components, path: () => `${here()}/components` });
    }
  }
  return { count, ...licenses.counts(), problems };
}

function licenseOf(choice: unknown): unknown {
  if (!isObject(choice)) return undefined;
  return isObject(choice.license) ? (choice.license.id ?? choice.license.name) : choice.expression;
}

function factsOf(bom: JsonObject, { count, licenses, unlicensed }: Walk): Record<string, unknown> {
  const metadata = isObject(bom.metadata) ? bom.metadata : {};
  return known({
    specVersion: bom.specVersion,
    serialNumber: asText(bom.serialNumber),
    components: count,
    licenses,
    unlicensed,
    vulnerabilities: Array.isArray(bom.vulnerabilities)
      ? countVulnerabilities(bom.vulnerabilities.map(severitiesOf))
      : undefined,
    mainComponent: componentOf(metadata.component),
    tool: toolOf(metadata.tools),
    created: asText(metadata.timestamp),
  });
}

const severitiesOf = (vulnerability: unknown): unknown[] =>
  isObject(vulnerability)
    ? asList(vulnerability.ratings).map((rating) => (isObject(rating) ? (rating.severity ?? rating.score) : undefined))
    : [];

const componentOf = (component: unknown): Record<string, unknown> | undefined =>
  isObject(component)
    ? known({
        name: asText(component.name),
        version: asText(component.version),
        type: asText(component.type),
        purl: asText(component.purl),
      })
    : undefined;

/** First tool, in the old form (a list) or that of 1.5 (`components`, `services`). */
function toolOf(tools: unknown): string | undefined {
  const first = isObject(tools) ? (asList(tools.components)[0] ?? asList(tools.services)[0]) : asList(tools)[0];
  if (!isObject(first)) return undefined;
  return (
    [asText(first.vendor ?? first.group), asText(first.name), asText(first.version)].filter(Boolean).join(' ') ||
    undefined
  );
}
