import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectMaterial } from '../../../attestation/materials/inspect.ts';
import {
  chart,
  csaf,
  cyclonedxXml,
  digest,
  envelope,
  index,
  junit,
  manifest,
  sarif,
  slsa,
  slsa02,
  spdx,
  spdx3,
  tarGz,
  tests,
  vex,
  vulns,
  zip,
} from './samples.ts';

const folder = '../shared/fixtures/materials';
const haveFixtures = existsSync(folder);
const bytesOf = (content: unknown): Buffer =>
  Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content), 'latin1');

const none = { total: 0, critical: 0, high: 0, medium: 0, low: 0, info: 0, unknown: 0 };
const openapi = (version: string) => ({ openapi: version, info: { title: 'Api', version: '1' }, paths: {} });

type Row = [type: string, what: string, content: unknown, checked: string, format: string | undefined, facts: object];

const VALID: Row[] = [
  [
    'SBOM_CYCLONEDX_XML',
    '1.5',
    cyclonedxXml(),
    'structure',
    'CycloneDX 1.5 XML',
    {
      specVersion: '1.5',
      serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
      created: '2025-01-01T00:00:00Z',
      tool: 'Acme maker 2',
      components: 2,
      licenses: 1,
      unlicensed: 1,
      mainComponent: { name: 'app', version: '1', type: 'application', purl: 'pkg:npm/app@1' },
    },
  ],
  ...['1.2', '1.3', '1.4', '1.6', '1.7'].map(
    (version): Row => [
      'SBOM_CYCLONEDX_XML',
      version,
      cyclonedxXml(version),
      'structure',
      `CycloneDX ${version} XML`,
      { components: 2 },
    ],
  ),
  [
    'SBOM_CYCLONEDX_XML',
    'with vulnerabilities',
    cyclonedxXml(
      '1.5',
      '<vulnerabilities><vulnerability><id>CVE-1</id><ratings><rating><severity>high</severity></rating><rating><severity>low</severity></rating></ratings></vulnerability></vulnerabilities>',
    ),
    'structure',
    'CycloneDX 1.5 XML',
    { vulnerabilities: { ...none, total: 1, high: 1 } },
  ],
  [
    'SBOM_CYCLONEDX_XML',
    'with an extension',
    cyclonedxXml('1.5', '<x:note xmlns:x="urn:x"><component/></x:note>'),
    'structure',
    'CycloneDX 1.5 XML',
    { components: 2 },
  ],
  [
    'SBOM_SPDX_JSON',
    '2.3',
    spdx,
    'schema',
    'SPDX 2.3',
    {
      components: 2,
      licenses: 2,
      unlicensed: 1,
      mainComponent: { name: 'app', version: '1' },
      tool: 'syft-1.0',
      created: '2025-01-01T00:00:00Z',
    },
  ],
  ['SBOM_SPDX_JSON', '2.2', { ...spdx, spdxVersion: 'SPDX-2.2' }, 'schema', 'SPDX 2.2', { components: 2 }],
  [
    'SBOM_SPDX_JSON',
    '3.0',
    spdx3,
    'structure',
    'SPDX 3.0',
    { specVersion: 'SPDX-3.0.1', components: 1, mainComponent: { name: 'app', version: '1' } },
  ],
  [
    'SARIF',
    'levels from results and rules',
    sarif,
    'schema',
    'SARIF 2.1.0',
    {
      tool: 'grype 1.0',
      tools: ['grype'],
      results: 4,
      levels: { error: 1, warning: 1, note: 1, none: 1 },
      suppressed: 1,
    },
  ],
  [
    'OPENVEX',
    '0.2',
    vex,
    'structure',
    'OpenVEX 0.2',
    { specVersion: '0.2.0', statements: { total: 2, fixed: 1, not_affected: 1, affected: 0, under_investigation: 0 } },
  ],
  ...['csaf_vex', 'csaf_informational_advisory', 'csaf_security_advisory', 'csaf_security_incident_response'].map(
    (category): Row => [
      category.toUpperCase(),
      '2.0',
      csaf(category),
      'schema',
      'CSAF 2.0',
      { id: 'ACME-1', tool: 'gen 2', vulnerabilities: { ...none, total: 1, critical: 1 } },
    ],
  ),
  [
    'JUNIT_XML',
    'one report',
    junit,
    'structure',
    'JUnit',
    { suites: 1, tests: { total: 4, passed: 1, failed: 2, skipped: 1 }, files: 1 },
  ],
  [
    'JUNIT_XML',
    'a zip of two',
    zip({ 'a.xml': junit, 'b/b.xml': junit, 'c.txt': 'x' }),
    'structure',
    'JUnit',
    { suites: 2, tests: { total: 8, passed: 2, failed: 4, skipped: 2 }, files: 2 },
  ],
  [
    'JUNIT_XML',
    'a tar.gz',
    tarGz({ 'a.xml': junit }),
    'structure',
    'JUnit',
    { tests: { total: 4, passed: 1, failed: 2, skipped: 1 } },
  ],
  [
    'SLSA_PROVENANCE',
    'v1, bare',
    slsa,
    'structure',
    'SLSA provenance v1',
    { specVersion: 'v1', builder: 'https://example.com/builder', dependencies: 1 },
  ],
  [
    'SLSA_PROVENANCE',
    'v0.2, bare',
    slsa02,
    'structure',
    'SLSA provenance v0.2',
    { specVersion: 'v0.2', dependencies: 2, finishedOn: '2025-01-01T00:00:00Z' },
  ],
  [
    'SLSA_PROVENANCE',
    'v0.2, in a bundle',
    { dsseEnvelope: envelope({ predicateType: 'https://slsa.dev/provenance/v0.2', predicate: slsa02 }) },
    'structure',
    'SLSA provenance v0.2',
    { dependencies: 2 },
  ],
  [
    'ATTESTATION',
    'in an envelope',
    envelope({ predicateType: 'urn:x', subject: [{}] }),
    'structure',
    'in-toto',
    { predicateType: 'urn:x', subjects: 1 },
  ],
  [
    'INTOTO_TEST_RESULT',
    '0.1',
    tests,
    'structure',
    'in-toto test-result 0.1',
    { result: 'WARNED', tests: { total: 4, passed: 3, failed: 1, skipped: 0 } },
  ],
  [
    'INTOTO_VULNS',
    '0.1 and 0.2',
    vulns,
    'structure',
    'in-toto vulns',
    {
      vulnerabilities: { ...none, total: 3, critical: 1, info: 1, unknown: 1 },
      tool: 'pkg:github/aquasecurity/trivy 0.50',
      scannedAt: '2025-01-01T00:01:00Z',
    },
  ],
  [
    'INTOTO_VULNS',
    'cosign’s, with a report',
    { ...vulns, scanner: { ...vulns.scanner, result: { Results: [] } } },
    'structure',
    'in-toto vulns',
    { databaseUpdatedAt: '2025-01-01T00:00:00Z' },
  ],
  [
    'HELM_CHART',
    'packaged',
    tarGz({ 'app/Chart.yaml': chart, 'app/values.yaml': '', 'app/charts/redis/Chart.yaml': chart }),
    'structure',
    'Helm chart',
    { name: 'app', version: '1.2.3', appVersion: '4', dependencies: 1, files: 3 },
  ],
  ['CONTAINER_IMAGE', 'a manifest', manifest, 'structure', 'image manifest', { layers: 2 }],
  ['CONTAINER_IMAGE', 'an index', index, 'structure', 'image index', { platforms: ['linux/arm64/v8'] }],
  [
    'CONTAINER_IMAGE',
    'a reference',
    `ghcr.io/acme/app:1.0@sha256:${digest('a')}\n`,
    'kind',
    'image reference',
    { reference: `ghcr.io/acme/app:1.0@sha256:${digest('a')}` },
  ],
  ...['3.0.3', '3.1.0', '3.2.0'].map(
    (version): Row => [
      'OPENAPI_SPEC',
      version,
      openapi(version),
      'schema',
      `OpenAPI ${version.slice(0, 3)}`,
      { specVersion: version, title: 'Api', version: '1', paths: 0 },
    ],
  ),
  [
    'OPENAPI_SPEC',
    'YAML',
    'openapi: 3.1.0\ninfo: { title: Api, version: "1" }\npaths: { /a: {} }\n',
    'schema',
    'OpenAPI 3.1',
    { paths: 1 },
  ],
  [
    'OPENAPI_SPEC',
    'Swagger',
    { swagger: '2.0', info: { title: 'Api', version: '1' }, paths: {} },
    'schema',
    'OpenAPI 2.0',
    { specVersion: '2.0' },
  ],
  [
    'ASYNCAPI_SPEC',
    'YAML',
    'asyncapi: 3.0.0\ninfo: { title: Api, version: "1" }\nchannels: { a: {} }',
    'fields',
    'AsyncAPI 3.0.0',
    { channels: 1 },
  ],
  [
    'JACOCO_XML',
    'with its DTD',
    '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="app"><counter type="INSTRUCTION" missed="1" covered="3"/><counter type="LINE" missed="1" covered="3"/></report>',
    'fields',
    'JaCoCo',
    { name: 'app', lineRate: 0.75 },
  ],
  [
    'COBERTURA_XML',
    'with its DTD',
    '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd"><coverage line-rate="0.9"/>',
    'fields',
    'Cobertura',
    { lineRate: 0.9 },
  ],
  [
    'GITLAB_SECURITY_REPORT',
    'sast',
    {
      version: '15.0.4',
      scan: { type: 'sast', scanner: { name: 'semgrep' } },
      vulnerabilities: [{ severity: 'High' }, {}],
    },
    'fields',
    'GitLab security report',
    { scan: 'sast', tool: 'semgrep', vulnerabilities: { ...none, total: 2, high: 1, unknown: 1 } },
  ],
  [
    'ZAP_DAST_ZIP',
    'with its report',
    zip({ 'report.json': JSON.stringify({ '@programName': 'ZAP', '@version': '2', site: [{ alerts: [{}] }] }) }),
    'fields',
    'ZAP report',
    { tool: 'ZAP 2', alerts: 1 },
  ],
  ['GITLEAKS_JSON', 'nothing found', '[]', 'fields', undefined, { findings: 0 }],
  [
    'TRUFFLEHOG_JSON',
    'JSON Lines',
    '{"DetectorName":"AWS"}\n{"DetectorName":"GCP"}\n',
    'fields',
    undefined,
    { findings: 2 },
  ],
  ['SYSINTERNALS_SIGCHECK', 'CSV', '"Path","Verified","Date"\n', 'fields', undefined, {}],
  ['RADAMSA_CRASHES', 'zip', zip({ a: 'b' }), 'kind', 'zip', {}],
  ['CI_LOG', 'with bytes of another encoding', 'one\ntwo \xff\n', 'kind', undefined, { lines: 2, utf8: false }],
  ['ARTIFACT', 'anything', 'anything', 'bytes', undefined, {}],
];

describe('content that is what its type promises', () => {
  it.each(VALID)('%s is valid: %s', (type, _, content, checked, format, facts) => {
    const inspection = inspectMaterial(bytesOf(content), type);
    expect(inspection).toMatchObject({ outcome: 'valid', problems: [], checked, facts });
    expect(inspection.format).toBe(format);
  });

  it.skipIf(!haveFixtures)('SARIF of a real tool is valid', () => {
    expect(inspectMaterial(readFileSync(`${folder}/sarif-quickstart.json`), 'SARIF')).toMatchObject({
      outcome: 'valid',
      facts: { tools: ['grype'] },
    });
  });
});

const [run] = sarif.runs;
const [element] = spdx.packages;
type Broken = [type: string, what: string, content: unknown, path: string | undefined, outcome?: string];

const BROKEN: Broken[] = [
  ['SBOM_SPDX_JSON', 'no name', { ...spdx, name: undefined }, '/name'],
  ['SBOM_SPDX_JSON', 'another version', { ...spdx, spdxVersion: 'SPDX-1.0' }, '/spdxVersion', 'unreadable'],
  ['SBOM_SPDX_JSON', 'an unknown field', { ...spdx, packges: [] }, '/'],
  ['SBOM_SPDX_JSON', 'an id twice', { ...spdx, packages: [element, element] }, '/packages/1/SPDXID'],
  [
    'SBOM_SPDX_JSON',
    'a checksum of no algorithm',
    { ...spdx, packages: [{ ...element, checksums: [{ algorithm: 'SHA0', checksumValue: 'a' }] }] },
    '/packages/0/checksums/0/algorithm',
  ],
  [
    'SBOM_SPDX_JSON',
    '2.2 with what came in 2.3',
    { ...spdx, spdxVersion: 'SPDX-2.2', packages: [{ ...element, primaryPackagePurpose: 'LIBRARY' }] },
    '/packages/0',
  ],
  [
    'SBOM_SPDX_JSON',
    '3.0 without a document',
    { ...spdx3, '@graph': spdx3['@graph'].filter(({ type }) => type !== 'SpdxDocument') },
    '/@graph',
  ],
  [
    'SBOM_SPDX_JSON',
    '3.0, a package without a name',
    { ...spdx3, '@graph': spdx3['@graph'].map(({ name: _, ...rest }) => rest) },
    '/@graph/4/name',
  ],
  [
    'SBOM_SPDX_JSON',
    '3.0, an id twice',
    { ...spdx3, '@graph': [...spdx3['@graph'], { type: 'Tool', spdxId: 'urn:app' }] },
    '/@graph/6/spdxId',
  ],
  [
    'SBOM_CYCLONEDX_XML',
    'an unknown type',
    cyclonedxXml().replace('type="library"', 'type="libary"'),
    '/bom/components/component/@type',
  ],
  [
    'SBOM_CYCLONEDX_XML',
    'a type of a later version',
    cyclonedxXml('1.4').replace('type="library"', 'type="platform"'),
    '/bom/components/component/@type',
  ],
  [
    'SBOM_CYCLONEDX_XML',
    'a component without a name',
    cyclonedxXml().replace('<name>b</name>', ''),
    '/bom/components/component/components/component',
  ],
  [
    'SBOM_CYCLONEDX_XML',
    'a bom-ref twice',
    cyclonedxXml().replace('bom-ref="a"', 'bom-ref="main"'),
    '/bom/components/component/@bom-ref',
  ],
  [
    'SBOM_CYCLONEDX_XML',
    'an unknown licence',
    cyclonedxXml().replace('<id>MIT</id>', '<id>MITT</id>'),
    '/bom/components/component/licenses/license/id',
  ],
  [
    'SBOM_CYCLONEDX_XML',
    'a hash that is none',
    cyclonedxXml().replace(digest('a'), 'abc'),
    '/bom/components/component/hashes/hash',
  ],
  ['SBOM_CYCLONEDX_XML', 'an element where none may be', cyclonedxXml('1.5', '<componets/>'), '/bom/componets'],
  ['SBOM_CYCLONEDX_XML', 'another namespace', cyclonedxXml('1.9'), '/bom', 'unreadable'],
  [
    'SBOM_CYCLONEDX_XML',
    'a DTD',
    `<!DOCTYPE bom [<!ENTITY x "y">]>${cyclonedxXml().slice(21)}`,
    undefined,
    'unreadable',
  ],
  ['SARIF', 'another version', { ...sarif, version: '2.0.0' }, '/version', 'unreadable'],
  [
    'SARIF',
    'a tool without a name',
    { version: '2.1.0', runs: [{ tool: { driver: {} } }] },
    '/runs/0/tool/driver/name',
  ],
  ['SARIF', 'a result without a message', { ...sarif, runs: [{ ...run, results: [{}] }] }, '/runs/0/results/0/message'],
  [
    'SARIF',
    'a line that is none',
    {
      ...sarif,
      runs: [
        {
          ...run,
          results: [
            {
              message: { text: 'x' },
              locations: [{ physicalLocation: { artifactLocation: { uri: 'a' }, region: { startLine: 0 } } }],
            },
          ],
        },
      ],
    },
    '/runs/0/results/0/locations/0/physicalLocation/region/startLine',
  ],
  ['OPENVEX', 'no id', { ...vex, '@id': undefined }, '/@id'],
  [
    'OPENVEX',
    'an unknown status',
    { ...vex, statements: [{ vulnerability: { name: 'CVE-1' }, status: 'solved' }] },
    '/statements/0/status',
  ],
  [
    'OPENVEX',
    'not affected, and no word why',
    { ...vex, statements: [{ vulnerability: { name: 'CVE-1' }, status: 'not_affected' }] },
    '/statements/0/justification',
  ],
  [
    'OPENVEX',
    'affected, and no word what to do',
    { ...vex, statements: [{ vulnerability: { name: 'CVE-1' }, status: 'affected' }] },
    '/statements/0/action_statement',
  ],
  ['CSAF_VEX', 'another category', csaf('csaf_security_advisory'), '/document/category', 'unreadable'],
  [
    'CSAF_VEX',
    'no publisher',
    { ...csaf(), document: { ...csaf().document, publisher: undefined } },
    '/document/publisher',
  ],
  [
    'CSAF_VEX',
    'a vector that is none',
    JSON.stringify(csaf()).replace('AV:N', 'AV:Z'),
    '/vulnerabilities/0/scores/0/cvss_v3/vectorString',
  ],
  ['JUNIT_XML', 'no suite', '<testsuites></testsuites>', '/testsuites'],
  [
    'JUNIT_XML',
    'a test outside a suite',
    '<testsuites><testcase name="a"/><testsuite/></testsuites>',
    '/testsuites/testcase',
  ],
  ['JUNIT_XML', 'a test without a name', '<testsuite><testcase/></testsuite>', '/testsuite/testcase/@name'],
  ['JUNIT_XML', 'a number that is none', '<testsuite tests="many"/>', '/testsuite/@tests'],
  ['JUNIT_XML', 'another root', '<html><body/></html>', '/html', 'unreadable'],
  ['JUNIT_XML', 'entities', '<!DOCTYPE a [<!ENTITY x "y">]><testsuite name="&x;"/>', undefined, 'unreadable'],
  ['JUNIT_XML', 'an end that is missing', '<testsuite>', undefined, 'unreadable'],
  ['JUNIT_XML', 'a zip without a report', zip({ 'a.txt': 'x' }), undefined, 'unreadable'],
  ['JUNIT_XML', 'a broken report in a zip', zip({ 'a.xml': junit, 'b.xml': '<testsuites/>' }), 'b.xml/testsuites'],
  ['SLSA_PROVENANCE', 'another payload', { payloadType: 'text/plain', payload: '' }, '/payloadType', 'unreadable'],
  ['SLSA_PROVENANCE', 'v1 without a builder', { ...slsa, runDetails: {} }, '/runDetails/builder'],
  ['SLSA_PROVENANCE', 'v0.2 without a builder’s id', { ...slsa02, builder: {} }, '/builder/id'],
  [
    'SLSA_PROVENANCE',
    'v0.1',
    envelope({ predicateType: 'https://slsa.dev/provenance/v0.1' }),
    '/predicateType',
    'unreadable',
  ],
  ['INTOTO_TEST_RESULT', 'an unknown result', { ...tests, result: 'OK' }, '/result'],
  [
    'INTOTO_VULNS',
    'a finding without an id',
    { ...vulns, scanner: { ...vulns.scanner, result: [{ severity: [] }] } },
    '/scanner/result/0/id',
  ],
  ['HELM_CHART', 'no chart in it', tarGz({ 'app/values.yaml': '' }), undefined, 'unreadable'],
  [
    'HELM_CHART',
    'a version that is none',
    tarGz({ 'app/Chart.yaml': chart.replace('1.2.3', 'next') }),
    'Chart.yaml/version',
  ],
  ['HELM_CHART', 'no tar in it', Buffer.from([0x1f, 0x8b, 1, 2, 3]), undefined, 'unreadable'],
  ['CONTAINER_IMAGE', 'a reference without a digest', 'ghcr.io/acme/app:1.0', undefined, 'unreadable'],
  [
    'CONTAINER_IMAGE',
    'a layer without a digest',
    { ...manifest, layers: [{ mediaType: 'a', size: 1 }] },
    '/layers/0/digest',
  ],
  ['OPENAPI_SPEC', 'no title', { ...openapi('3.1.0'), info: { version: '1' } }, '/info/title'],
  ['OPENAPI_SPEC', 'an unknown field', { ...openapi('3.0.3'), path: {} }, '/'],
  ['OPENAPI_SPEC', 'an unknown version', openapi('4.0.0'), '/openapi', 'unreadable'],
  ['ASYNCAPI_SPEC', 'no info', 'asyncapi: 3.0.0', '/info'],
  ['JACOCO_XML', 'no counter of instructions', '<report name="a"/>', '/report'],
  [
    'JACOCO_XML',
    'entities of its own',
    '<!DOCTYPE report [<!ENTITY a "b">]><report name="&a;"/>',
    undefined,
    'unreadable',
  ],
  ['COBERTURA_XML', 'a rate that is none', '<coverage line-rate="2"/>', '/coverage/@line-rate'],
  ['GITLAB_SECURITY_REPORT', 'an unknown scan', { scan: { type: 'guess' } }, '/scan/type', 'unreadable'],
  ['ZAP_DAST_ZIP', 'no report in it', zip({ 'a.json': '{}' }), undefined, 'unreadable'],
  ['GHAS_CODE_SCAN', 'alerts of another kind', '[{"secret_type":"x"}]', '/0/tool'],
  ['CHECKMARX_JSON', 'a field missing', '{"results":[]}', '/scanID'],
  ['CI_LOG', 'no text', Buffer.from([65, 0]), undefined, 'unreadable'],
];

describe('content that is not what its type promises', () => {
  it.each(BROKEN)('%s is refused with its place: %s', (type, _, content, path, outcome = 'invalid') => {
    const inspection = inspectMaterial(bytesOf(content), type);
    expect(inspection).toMatchObject({ outcome });
    expect(inspection.problems[0]?.path).toBe(path);
  });

  it('is not taken for what it claims to be when a zip says less than it holds', () => {
    const bomb = zip({ 'a.xml': ' '.repeat(70 * 1024 * 1024) });
    expect(inspectMaterial(bomb, 'JUNIT_XML')).toMatchObject({ outcome: 'not-validated', checked: 'bytes' });
    expect(inspectMaterial(tarGz({ 'a.xml': ' '.repeat(70 * 1024 * 1024) }), 'JUNIT_XML').outcome).toBe(
      'not-validated',
    );
  });
});
