import { asList, asText, isObject, type JsonObject } from '../../json.ts';
import { type Findings, found, known, type Problem, pointer, show } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { list, object, text, time, where } from './shapes.ts';

const RELATIONS = [
  'Relationship',
  'LifecycleScopedRelationship',
  'software_SbomRelationship',
  'security_VexAffectedVulnAssessmentRelationship',
  'security_VexFixedVulnAssessmentRelationship',
  'security_VexNotAffectedVulnAssessmentRelationship',
];
// What stands in another's place may be its id, or the element itself.
const related = object({ from: {}, to: list({}, { minItems: 1 }), relationshipType: text });

/** The published schema of 3.0 takes 1.8 s for a megabyte: what every element must have is checked instead. */
const checkGraph = createSchemaCheck({
  draft: 'older',
  schema: object({
    '@context': {},
    '@graph': list(
      object(
        { type: text },
        { spdxId: text, '@id': text, name: text },
        {
          allOf: [
            where(
              'type',
              'CreationInfo',
              object({
                specVersion: { type: 'string', pattern: '^3\\.0' },
                created: time,
                createdBy: list({}, { minItems: 1 }),
              }),
            ),
            where('type', 'SpdxDocument', object({ spdxId: text })),
            where('type', 'software_Package', object({ spdxId: text, name: text })),
            where('type', 'software_File', object({ spdxId: text, name: text })),
            ...RELATIONS.map((type) => where('type', type, related)),
          ],
        },
      ),
      { minItems: 1 },
    ),
  }),
});

export const isSpdx3 = (document: JsonObject): boolean =>
  contextOf(document)?.startsWith('https://spdx.org/rdf/3.0') ?? false;

const contextOf = (document: JsonObject): string | undefined =>
  asText(document['@context']) ?? asText(asList(document['@context']).find((entry) => typeof entry === 'string'));

/** An SPDX 3.0 document (JSON-LD), as far as its graph: what elements must have, and each id once. */
export function inspectSpdx3(document: JsonObject, all: boolean): Findings {
  const graph = asList(document['@graph']).filter(isObject);
  const wrong = checkGraph(document, all);
  const problems =
    wrong.length > 0 && !all ? wrong : [...wrong, ...repeatedIds(asList(document['@graph'])), ...absent(graph)];
  return found(problems, {
    facts: factsOf(graph),
    mediaType: 'application/spdx+json',
    format: 'SPDX 3.0',
    depth: 'structure',
  });
}

function repeatedIds(graph: readonly unknown[]): Problem[] {
  const ids = new Set<string>();
  return graph
    .flatMap((element, i): Problem[] => {
      const id = isObject(element) ? asText(element.spdxId) : undefined;
      if (id === undefined || !ids.has(id)) {
        ids.add(id ?? '');
        return [];
      }
      return [{ path: pointer('@graph', i, 'spdxId'), message: `expected an id used once, found ${show(id)} again` }];
    })
    .slice(0, 20);
}

const absent = (graph: readonly JsonObject[]): Problem[] =>
  ['CreationInfo', 'SpdxDocument']
    .filter((type) => !graph.some((element) => element.type === type))
    .map((type) => ({ path: '/@graph', message: `expected an element of type ${type}, found none` }));

function factsOf(graph: readonly JsonObject[]): Record<string, unknown> {
  const ofType = (type: string) => graph.filter((element) => element.type === type);
  const [document] = ofType('SpdxDocument');
  const [creation] = ofType('CreationInfo');
  const byId = new Map(graph.map((element) => [element.spdxId, element]));
  const roots = asList(document?.rootElement).map((id) => byId.get(id));
  const sbom = roots.find((element) => element?.type === 'software_Sbom');
  const main = [...roots, ...asList(sbom?.rootElement).map((id) => byId.get(id))].find(
    (element) => element?.type === 'software_Package',
  );
  const tool = asList(creation?.createdUsing).map((id) => byId.get(id))[0];
  return known({
    specVersion: asText(creation?.specVersion) ? `SPDX-${creation?.specVersion}` : undefined,
    name: asText(document?.name),
    documentNamespace: asText(document?.spdxId),
    components: ofType('software_Package').length,
    licenses: ofType('simplelicensing_LicenseExpression').length,
    mainComponent: main
      ? known({
          name: asText(main.name),
          version: asText(main.software_packageVersion),
          type: asText(main.software_primaryPurpose),
          purl: asText(main.software_packageUrl),
        })
      : undefined,
    tool: asText(tool?.name),
    created: asText(creation?.created),
  });
}
