import { asList, asText, isObject, type JsonObject } from '../../json.ts';
import spdx22 from '../schemas/spdx/spdx-2.2.schema.json' with { type: 'json' };
import spdx23 from '../schemas/spdx/spdx-2.3.schema.json' with { type: 'json' };
import { type Findings, found, known, type Problem, parseJsonObject, pointer, show, unreadable } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { createLicenseCount } from './licenses.ts';
import { inspectSpdx3, isSpdx3 } from './spdx3.ts';

const SCHEMAS = new Map([
  ['SPDX-2.2', createSchemaCheck({ draft: 'older', schema: spdx22 })],
  ['SPDX-2.3', createSchemaCheck({ draft: 'older', schema: spdx23 })],
]);

/** An SPDX document: 2.2 and 2.3 against their schemas, and each SPDXID once; 3.0 as far as its structure. */
export function inspectSpdx(bytes: Buffer, all: boolean): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const document = parsed.value;
  if (isSpdx3(document)) return inspectSpdx3(document, all);
  const version = String(document.spdxVersion);
  const check = SCHEMAS.get(version);
  if (!check) {
    const message = `expected "SPDX-2.2", "SPDX-2.3" or an SPDX 3.0 @context, found ${show(document.spdxVersion)}`;
    return unreadable(message, '/spdxVersion');
  }
  const problems = check(document, all);
  return found(problems.length > 0 && !all ? problems : [...problems, ...repeatedIds(document)], {
    facts: factsOf(document),
    mediaType: 'application/spdx+json',
    format: version.replace('-', ' '),
  });
}

function repeatedIds(document: JsonObject): Problem[] {
  const problems: Problem[] = [];
  const ids = new Set([asText(document.SPDXID)]);
  for (const section of ['packages', 'files', 'snippets']) {
    for (const [i, element] of asList(document[section]).entries()) {
      const id = isObject(element) ? asText(element.SPDXID) : undefined;
      if (id !== undefined && ids.has(id) && problems.length < 20)
        problems.push({
          path: pointer(section, i, 'SPDXID'),
          message: `expected an id used once, found ${show(id)} again`,
        });
      ids.add(id);
    }
  }
  return problems;
}

function factsOf(document: JsonObject): Record<string, unknown> {
  const packages = asList(document.packages).filter(isObject);
  const described = describedId(document);
  const main = packages.find((element) => described !== undefined && element.SPDXID === described);
  const creation = isObject(document.creationInfo) ? document.creationInfo : {};
  const tool = asList(creation.creators).find((creator) => typeof creator === 'string' && creator.startsWith('Tool:'));
  const licenses = createLicenseCount();
  for (const { licenseConcluded, licenseDeclared } of packages) licenses.add([licenseConcluded, licenseDeclared]);
  return known({
    specVersion: document.spdxVersion,
    name: asText(document.name),
    documentNamespace: asText(document.documentNamespace),
    components: packages.length,
    ...licenses.counts(),
    mainComponent: main
      ? known({
          name: asText(main.name),
          version: asText(main.versionInfo),
          type: asText(main.primaryPackagePurpose)?.toLowerCase(),
          purl: purlOf(main),
        })
      : undefined,
    tool: typeof tool === 'string' ? tool.slice('Tool:'.length).trim() : undefined,
    created: asText(creation.created),
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
