/** Documents of every shape that might cost a validator most; each is of its type, valid or not. */
export type WorstMaterial = {
  name: string;
  type: string;
  /** What a validator must make of it. */
  outcome: 'valid' | 'invalid' | 'unreadable' | 'not-validated';
  make(): string;
};

const MB = 1_000_000;
const bom = (fields: string, version = '1.6') =>
  `{"bomFormat":"CycloneDX","specVersion":"${version}","version":1,${fields}}`;
const many = (count: number, make: (i: number) => string, between = ',') =>
  Array.from({ length: count }, (_, i) => make(i)).join(between);
const nested = (levels: number, open: string, close: string) => `${open.repeat(levels)}${close.repeat(levels)}`;
const component = (i: number, more = '') =>
  `{"type":"library","bom-ref":"r${i}","name":"lib-${i}","version":"1.0.${i % 9}","purl":"pkg:npm/lib-${i}@1.0.0","licenses":[{"license":{"id":"MIT"}}]${more}}`;
const xml = (body: string, version = '1.6') =>
  `<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/${version}" version="1"><components>${body}</components></bom>`;
const xmlComponent = (i: number) =>
  `<component type="library" bom-ref="r${i}"><name>lib-${i}</name><version>1.0.0</version><licenses><license><id>MIT</id></license></licenses></component>`;
const json = 'SBOM_CYCLONEDX_JSON';

export const WORST: readonly WorstMaterial[] = [
  {
    name: '100,000 components',
    type: json,
    outcome: 'valid',
    make: () => bom(`"components":[${many(100_000, (i) => component(i))}]`),
  },
  {
    name: '100,000 components without bom-ref',
    type: json,
    outcome: 'valid',
    make: () => bom(`"components":[${many(100_000, (i) => `{"type":"library","name":"lib-${i}"}`)}]`),
  },
  {
    name: '100,000 components alike but for what is in them',
    type: json,
    outcome: 'valid',
    make: () =>
      bom(
        `"components":[${many(100_000, (i) => `{"type":"library","name":"a","hashes":[{"alg":"SHA-256","content":"${i.toString(16).padStart(64, '0')}"}]}`)}]`,
      ),
  },
  {
    name: '20 MB, wide',
    type: json,
    outcome: 'valid',
    make: () => bom(`"components":[${many(100_000, (i) => component(i, `,"description":"${'x'.repeat(70)}"`))}]`),
  },
  {
    name: '20 MB, components in components',
    type: json,
    outcome: 'valid',
    make: () =>
      bom(
        `"components":[${many(1000, (i) => `{"type":"library","bom-ref":"p${i}","name":"p","components":[${many(100, (j) => component(i * 100 + j, `,"description":"${'x'.repeat(60)}"`))}]}`)}]`,
      ),
  },
  {
    name: '60 levels of components, two a level that look alike',
    type: json,
    outcome: 'valid',
    make: () =>
      bom(
        `"components":[${'{"type":"library","name":"a","components":[{"type":"library","name":"a","components":[]},'.repeat(60)}{"type":"library","name":"z","components":[${many(20_000, (i) => component(i))}]}${']}'.repeat(60)}]`,
      ),
  },
  {
    name: '10,000 levels',
    type: json,
    outcome: 'not-validated',
    make: () => bom(`"components":[${nested(10_000, '{"type":"library","name":"a","components":[', ']}')}]`),
  },
  {
    name: 'a million levels of nothing',
    type: json,
    outcome: 'not-validated',
    make: () => bom(`"components":${nested(MB, '[', ']')}`),
  },
  {
    name: 'one text of 20 MB',
    type: json,
    outcome: 'valid',
    make: () => bom(`"components":[{"type":"library","name":"${'x'.repeat(20 * MB)}"}]`),
  },
  {
    name: 'one purl and one serial number of 10 MB each',
    type: json,
    outcome: 'invalid',
    make: () =>
      bom(
        `"serialNumber":"urn:uuid:${'a'.repeat(10 * MB)}","components":[{"type":"library","name":"a","purl":"pkg:${'a'.repeat(10 * MB)}"}]`,
      ),
  },
  {
    name: 'a million licences',
    type: json,
    outcome: 'invalid',
    make: () =>
      bom(
        `"components":[{"type":"library","name":"a","licenses":[${many(MB, () => '{"license":{"id":"NONE-SUCH"}}')}]}]`,
      ),
  },
  {
    name: '500,000 licences, all valid',
    type: json,
    outcome: 'valid',
    make: () =>
      bom(
        `"components":[{"type":"library","name":"a","licenses":[${many(500_000, (i) => `{"license":{"name":"l${i}"}}`)}]}]`,
      ),
  },
  {
    name: '100,000 components that are all wrong',
    type: json,
    outcome: 'invalid',
    make: () => bom(`"components":[${many(100_000, (i) => `{"type":"libary","name":"lib-${i}"}`)}]`),
  },
  {
    name: '1.7, 20 MB',
    type: json,
    outcome: 'valid',
    make: () =>
      bom(`"components":[${many(100_000, (i) => component(i, `,"description":"${'x'.repeat(70)}"`))}]`, '1.7'),
  },
  {
    name: 'five million values',
    type: json,
    outcome: 'not-validated',
    make: () => bom(`"components":[${many(5 * MB, () => '{}')}]`),
  },
  {
    name: 'XML, 100,000 components',
    type: 'SBOM_CYCLONEDX_XML',
    outcome: 'valid',
    make: () => xml(many(100_000, xmlComponent, '')),
  },
  {
    name: 'XML, one text of 20 MB',
    type: 'SBOM_CYCLONEDX_XML',
    outcome: 'valid',
    make: () => xml(`<component type="library"><name>${'x'.repeat(20 * MB)}</name></component>`),
  },
  {
    name: 'XML, 10,000 levels',
    type: 'SBOM_CYCLONEDX_XML',
    outcome: 'not-validated',
    make: () =>
      xml(nested(10_000, '<component type="library"><name>a</name><components>', '</components></component>')),
  },
  {
    name: 'XML, entities that multiply',
    type: 'SBOM_CYCLONEDX_XML',
    outcome: 'unreadable',
    make: () =>
      `<!DOCTYPE bom [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]>${xml('<component type="library"><name>&b;</name></component>').slice(21)}`,
  },
  {
    name: 'XML, 20,000 attributes',
    type: 'SBOM_CYCLONEDX_XML',
    outcome: 'valid',
    make: () => xml(`<component type="library" ${many(20_000, (i) => `a${i}="${i}"`, ' ')}><name>a</name></component>`),
  },
  {
    name: 'XML, 100,000 components that are all wrong',
    type: 'SBOM_CYCLONEDX_XML',
    outcome: 'invalid',
    make: () => xml(many(100_000, () => '<component type="libary"><nam>a</nam></component>', '')),
  },
  {
    name: 'SPDX 2.3, 20 MB',
    type: 'SBOM_SPDX_JSON',
    outcome: 'valid',
    make: () =>
      `{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"a","dataLicense":"CC0-1.0","documentNamespace":"https://example.com/a","creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: x"]},"packages":[${many(80_000, (i) => `{"SPDXID":"SPDXRef-${i}","name":"p${i}","versionInfo":"1","downloadLocation":"NOASSERTION","filesAnalyzed":false,"licenseConcluded":"MIT","licenseDeclared":"MIT","copyrightText":"NOASSERTION","externalRefs":[]}`)}]}`,
  },
  {
    name: 'SPDX 3.0, 100,000 elements',
    type: 'SBOM_SPDX_JSON',
    outcome: 'valid',
    make: () =>
      `{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1","created":"2026-01-01T00:00:00Z","createdBy":["urn:a"]},{"type":"SpdxDocument","spdxId":"urn:doc","creationInfo":"_:c"},${many(100_000, (i) => `{"type":"software_Package","spdxId":"urn:p${i}","name":"p${i}","creationInfo":"_:c"}`)}]}`,
  },
  {
    name: 'SARIF, 50,000 results',
    type: 'SARIF',
    outcome: 'valid',
    make: () =>
      `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[${many(50_000, (i) => `{"ruleId":"r${i % 50}","message":{"text":"m${i}"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a${i}.ts"},"region":{"startLine":${i + 1}}}}]}`)}]}]}`,
  },
  {
    name: 'JUnit, 100,000 tests',
    type: 'JUNIT_XML',
    outcome: 'valid',
    make: () =>
      `<testsuites><testsuite name="s">${many(100_000, (i) => `<testcase name="t${i}" classname="c" time="0.1"/>`, '')}</testsuite></testsuites>`,
  },
];
