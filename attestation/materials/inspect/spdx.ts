import { asList, asText, isObject, type JsonObject } from '../json.ts';
import { type Findings, known, parseJsonObject, pointer, show } from './findings.ts';

/**
 * An SPDX 2.2 or 2.3 document: required fields, and each SPDXID once. SPDX 3 is looked at only as far as its context and graph.
 * No schema: the official one of 2.2 constrains nothing at the root.
 */
export function inspectSpdx(bytes: Buffer): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const document = parsed.value;
  if (contextOf(document)?.startsWith('https://spdx.org/rdf/3.')) return inspectSpdx3(document);
  if (!/^SPDX-2\.[23]$/.test(String(document.spdxVersion))) {
    const message = `expected "SPDX-2.2", "SPDX-2.3" or an SPDX 3 @context, found ${show(document.spdxVersion)}`;
    return { problems: [{ path: '/spdxVersion', message }] };
  }
  return { problems: problemsOf(document), facts: factsOf(document), mediaType: 'application/spdx+json' };
}

const contextOf = (document: JsonObject): string | undefined =>
  asText(document['@context']) ?? asText(asList(document['@context']).find((entry) => typeof entry === 'string'));

function inspectSpdx3(document: JsonObject): Findings {
  const graph = document['@graph'];
  if (!Array.isArray(graph) || graph.length === 0) {
    return { problems: [{ path: '/@graph', message: `expected a list of elements, found ${show(graph)}` }] };
  }
  const packages = graph.filter((element) => isObject(element) && element.type === 'software_Package').length;
  return { problems: [], facts: { specVersion: 'SPDX-3', packages }, mediaType: 'application/spdx+json' };
}

const REQUIRED = ['SPDXID', 'name', 'dataLicense', 'documentNamespace'];

function problemsOf(document: JsonObject): Findings['problems'] {
  const problems: Findings['problems'] = [];
  const requireText = (object: JsonObject, field: string, ...path: (string | number)[]) => {
    if (problems.length < 20 && !asText(object[field])) {
      problems.push({ path: pointer(...path, field), message: `expected text, found ${show(object[field])}` });
    }
  };
  for (const field of REQUIRED) requireText(document, field);
  const creation = document.creationInfo;
  if (isObject(creation)) requireText(creation, 'created', 'creationInfo');
  else problems.push({ path: '/creationInfo', message: `expected an object, found ${show(creation)}` });
  const ids = new Set<string>([asText(document.SPDXID) ?? '']);
  for (const section of ['packages', 'files', 'snippets']) {
    if (document[section] !== undefined && !Array.isArray(document[section])) {
      problems.push({ path: pointer(section), message: `expected a list, found ${show(document[section])}` });
    }
    asList(document[section]).forEach((element, i) => {
      if (problems.length >= 20) return;
      if (!isObject(element)) {
        problems.push({ path: pointer(section, i), message: `expected an object, found ${show(element)}` });
        return;
      }
      requireText(element, 'SPDXID', section, i);
      if (section === 'packages') {
        requireText(element, 'name', section, i);
        requireText(element, 'downloadLocation', section, i);
      }
      const id = asText(element.SPDXID);
      if (id && ids.has(id))
        problems.push({
          path: pointer(section, i, 'SPDXID'),
          message: `expected an id used once, found "${id}" again`,
        });
      if (id) ids.add(id);
    });
  }
  return problems;
}

function factsOf(document: JsonObject): Record<string, unknown> {
  const packages = asList(document.packages).filter(isObject);
  const described = describedId(document);
  const main = packages.find((element) => element.SPDXID === described);
  const creators = isObject(document.creationInfo) ? asList(document.creationInfo.creators) : [];
  const tool = creators.find((creator) => typeof creator === 'string' && creator.startsWith('Tool:'));
  return known({
    specVersion: document.spdxVersion,
    name: asText(document.name),
    documentNamespace: asText(document.documentNamespace),
    packages: packages.length,
    mainComponent: main
      ? known({ name: asText(main.name), version: asText(main.versionInfo), purl: purlOf(main) })
      : undefined,
    tool: typeof tool === 'string' ? tool.slice('Tool:'.length).trim() : undefined,
  });
}

function describedId(document: JsonObject): unknown {
  const listed = asList(document.documentDescribes)[0];
  if (listed !== undefined) return listed;
  const relation = asList(document.relationships).find(
    (entry) => isObject(entry) && entry.relationshipType === 'DESCRIBES' && entry.spdxElementId === document.SPDXID,
  );
  return isObject(relation) ? relation.relatedSpdxElement : undefined;
}

function purlOf(element: JsonObject): string | undefined {
  const reference = asList(element.externalRefs).find((entry) => isObject(entry) && entry.referenceType === 'purl');
  return isObject(reference) ? asText(reference.referenceLocator) : undefined;
}
