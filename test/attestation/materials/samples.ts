import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { createTar } from 'nanotar';

/** Small documents that are valid for their type, for tests to break. */
export const digest = (char: string): string => char.repeat(64);

export const spdx = {
  spdxVersion: 'SPDX-2.3',
  SPDXID: 'SPDXRef-DOCUMENT',
  name: 'app',
  dataLicense: 'CC0-1.0',
  documentNamespace: 'https://example.com/a',
  creationInfo: { created: '2025-01-01T00:00:00Z', creators: ['Tool: syft-1.0'] },
  documentDescribes: ['SPDXRef-a'],
  packages: [
    {
      SPDXID: 'SPDXRef-a',
      name: 'app',
      versionInfo: '1',
      downloadLocation: 'NOASSERTION',
      licenseConcluded: 'MIT',
      licenseDeclared: 'Apache-2.0',
      copyrightText: 'NOASSERTION',
    },
    {
      SPDXID: 'SPDXRef-b',
      name: 'b',
      downloadLocation: 'NOASSERTION',
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'NONE',
      copyrightText: 'NONE',
    },
  ],
};

export const spdx3 = {
  '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
  '@graph': [
    {
      type: 'CreationInfo',
      '@id': '_:c',
      specVersion: '3.0.1',
      created: '2025-01-01T00:00:00Z',
      createdBy: ['urn:me'],
    },
    { type: 'Person', spdxId: 'urn:me', name: 'me', creationInfo: '_:c' },
    { type: 'SpdxDocument', spdxId: 'urn:doc', creationInfo: '_:c', rootElement: ['urn:sbom'] },
    { type: 'software_Sbom', spdxId: 'urn:sbom', creationInfo: '_:c', rootElement: ['urn:app'] },
    { type: 'software_Package', spdxId: 'urn:app', name: 'app', software_packageVersion: '1', creationInfo: '_:c' },
    {
      type: 'Relationship',
      spdxId: 'urn:r',
      from: 'urn:app',
      to: ['urn:me'],
      relationshipType: 'dependsOn',
      creationInfo: '_:c',
    },
  ],
};

export const sarif = {
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'grype',
          version: '1.0',
          rules: [{ id: 'a', defaultConfiguration: { level: 'note' } }, { id: 'b' }],
        },
      },
      results: [
        { ruleId: 'x', message: { text: 'x' }, level: 'error' },
        { ruleId: 'a', message: { text: 'x' } },
        { ruleId: 'b', ruleIndex: 1, message: { text: 'x' }, suppressions: [{ kind: 'inSource' }] },
        { ruleId: 'b', message: { text: 'x' }, kind: 'pass' },
      ],
    },
  ],
};

export const vex = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.com/vex',
  author: 'me',
  timestamp: '2025-01-01T00:00:00Z',
  version: 1,
  statements: [
    { vulnerability: { name: 'CVE-1' }, products: [{ '@id': 'pkg:npm/a@1' }], status: 'fixed' },
    { vulnerability: { name: 'CVE-2' }, status: 'not_affected', justification: 'component_not_present' },
  ],
};

export const csaf = (category = 'csaf_vex') => ({
  document: {
    category,
    csaf_version: '2.0',
    title: 'An advisory',
    publisher: { category: 'vendor', name: 'Acme', namespace: 'https://acme.example' },
    tracking: {
      id: 'ACME-1',
      status: 'final',
      version: '1',
      initial_release_date: '2025-01-01T00:00:00Z',
      current_release_date: '2025-01-01T00:00:00Z',
      revision_history: [{ number: '1', date: '2025-01-01T00:00:00Z', summary: 'first' }],
      generator: { engine: { name: 'gen', version: '2' } },
    },
  },
  vulnerabilities: [
    {
      cve: 'CVE-2025-0001',
      scores: [
        {
          products: ['p1'],
          cvss_v3: {
            version: '3.1',
            vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
            baseScore: 9.8,
            baseSeverity: 'CRITICAL',
          },
        },
      ],
    },
  ],
});

export const slsa = {
  buildDefinition: {
    buildType: 'https://example.com/build',
    externalParameters: {},
    resolvedDependencies: [{ uri: 'git+https://example.com', digest: { gitCommit: 'abc' } }],
  },
  runDetails: { builder: { id: 'https://example.com/builder' }, metadata: { startedOn: '2025-01-01T00:00:00Z' } },
};
export const slsa02 = {
  buildType: 'https://example.com/build',
  builder: { id: 'https://example.com/builder' },
  metadata: { buildFinishedOn: '2025-01-01T00:00:00Z' },
  materials: [{ uri: 'a' }, { uri: 'b' }],
};

export const tests = {
  result: 'WARNED',
  configuration: [{ name: 'ci.yml' }],
  passedTests: ['a', 'b'],
  warnedTests: ['c'],
  failedTests: ['d'],
};
export const vulns = {
  scanner: {
    uri: 'pkg:github/aquasecurity/trivy',
    version: '0.50',
    db: { lastUpdate: '2025-01-01T00:00:00Z' },
    result: [
      {
        id: 'CVE-1',
        severity: [
          { method: 'nvd', score: 'medium' },
          { method: 'cvss', score: '9.1' },
        ],
      },
      { vulnerability: { id: 'CVE-2', severity: [{ method: 'nvd', score: 'Negligible' }] } },
      { id: 'CVE-3', severity: [] },
    ],
  },
  metadata: { scanStartedOn: '2025-01-01T00:00:00Z', scanFinishedOn: '2025-01-01T00:01:00Z' },
};

const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: `sha256:${digest('a')}`, size: 1 };
export const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { ...layer, mediaType: 'application/vnd.oci.image.config.v1+json' },
  layers: [layer, layer],
};
export const index = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [{ ...layer, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }],
};

export const junit =
  '<?xml version="1.0"?><testsuites tests="4"><testsuite name="a" tests="4" time="1.5"><testcase name="b"><failure/></testcase><testcase name="c"/><testcase name="d"><skipped/></testcase><testcase name="e"><error/><failure/></testcase></testsuite></testsuites>';

export const cyclonedxXml = (version = '1.5', more = '') =>
  `<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/${version}" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79" version="1">` +
  '<metadata><timestamp>2025-01-01T00:00:00Z</timestamp><tools><tool><vendor>Acme</vendor><name>maker</name><version>2</version></tool></tools>' +
  '<component type="application" bom-ref="main"><name>app</name><version>1</version><purl>pkg:npm/app@1</purl></component></metadata>' +
  '<components><component type="library" bom-ref="a"><name>a</name><version>1</version>' +
  `<hashes><hash alg="SHA-256">${digest('a')}</hash></hashes><licenses><license><id>MIT</id></license></licenses>` +
  '<components><component type="file"><name>b</name><version>1</version></component></components></component></components>' +
  `<dependencies><dependency ref="a"/></dependencies>${more}</bom>`;

export const tarGz = (files: Record<string, string>): Buffer =>
  gzipSync(createTar(Object.entries(files).map(([name, data]) => ({ name, data }))));
export const zip = (files: Record<string, string>): Buffer =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, data]) => [name, new TextEncoder().encode(data)]))),
  );

export const chart = 'apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: "4"\ndependencies: [{ name: redis }]\n';
export const envelope = (statement: object): object => ({
  payloadType: 'application/vnd.in-toto+json',
  payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
  signatures: [],
});
