import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectMaterial, needsInspection, validatorOf } from '../../../attestation/materials/inspect.ts';
import {
  MATERIAL_TYPES,
  materialType,
  typeOfPredicate,
  typesOfMediaType,
} from '../../../attestation/materials/types.ts';

const folder = '../shared/fixtures/materials';
const haveFixtures = existsSync(folder);
if (!haveFixtures) console.warn(`SKIPPED: published materials are not at ${folder}.`);
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const bom = (fields: Record<string, unknown> = {}) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  ...fields,
});
const component = (i: number, more: Record<string, unknown> = {}) => ({
  type: 'library',
  name: `lib-${i}`,
  version: '1.0.0',
  ...more,
});

describe('the table of material types', () => {
  it('has Chainloop’s 42 types under their numbers', () => {
    expect(MATERIAL_TYPES.length).toBe(42);
    expect(MATERIAL_TYPES.map((type) => materialType(type)?.number)).toEqual(
      Array.from({ length: 42 }, (_, i) => i + 1),
    );
    expect(new Set(MATERIAL_TYPES).size).toBe(42);
  });

  it('knows which predicate and which media type is a material', () => {
    expect(typeOfPredicate('https://cyclonedx.org/bom')).toBe('SBOM_CYCLONEDX_JSON');
    expect(typeOfPredicate('https://cyclonedx.org/bom/v1.4')).toBe('SBOM_CYCLONEDX_JSON');
    expect(typeOfPredicate('https://spdx.dev/Document/v2.3')).toBe('SBOM_SPDX_JSON');
    expect(typeOfPredicate('https://cyclonedx.org/bomb')).toBeUndefined();
    expect(typeOfPredicate('https://slsa.dev/provenance/v0.2')).toBeUndefined();
    expect(typesOfMediaType('application/vnd.cyclonedx+json; version=1.4')).toEqual(['SBOM_CYCLONEDX_JSON']);
    expect(typesOfMediaType('application/json')).toEqual([]);
  });

  it.each(MATERIAL_TYPES.filter((type) => needsInspection(type)))(
    'refuses an empty file and plain noise as %s',
    (type) => {
      for (const bytes of [Buffer.alloc(0), Buffer.from('noise \u0000 <'), Buffer.from([0xff, 0xfe, 0xfd])]) {
        const inspection = inspectMaterial(bytes, type);
        expect(inspection).toMatchObject({ type, valid: false, validator: validatorOf(type) });
        expect(inspection.problems.length).toBeGreaterThan(0);
      }
    },
  );

  it('refuses a type that nobody knows', () => {
    expect(inspectMaterial(Buffer.from('x'), 'SBOM_OF_TOMORROW')).toMatchObject({ valid: false });
  });
});

describe('a CycloneDX SBOM', () => {
  const inspect = (value: unknown) => inspectMaterial(json(value), 'SBOM_CYCLONEDX_JSON');

  it.skipIf(!haveFixtures)('made by real tools is valid for its declared version', () => {
    const files = readdirSync(folder).filter((file) => file.startsWith('cyclonedx'));
    expect(files.length).toBe(6);
    for (const file of files) {
      const inspection = inspectMaterial(readFileSync(`${folder}/${file}`), 'SBOM_CYCLONEDX_JSON');
      expect(inspection, file).toMatchObject({ valid: true, problems: [] });
    }
    expect(inspectMaterial(readFileSync(`${folder}/cyclonedx-1.4-laravel.json`), 'SBOM_CYCLONEDX_JSON')).toMatchObject({
      mediaType: 'application/vnd.cyclonedx+json; version=1.4',
      facts: {
        specVersion: '1.4',
        components: 62,
        mainComponent: { name: 'cyclonedx-php-composer-demo', version: 'dev-master', type: 'application' },
        tool: 'cyclonedx cyclonedx-php-composer in-dev',
      },
    });
  });

  it.each(['1.2', '1.3', '1.4', '1.5', '1.6', '1.7'])(
    'is valid in version %s, and a broken component is found by its path',
    (specVersion) => {
      expect(inspect(bom({ specVersion, components: [component(1)] }))).toMatchObject({ valid: true });
      const broken = inspect(
        bom({ specVersion, components: [component(1), { type: 'libary', name: 'x', version: '1' }] }),
      );
      expect(broken).toMatchObject({ valid: false, problems: [{ path: '/components/1/type' }] });
    },
  );

  it.each<[string, Record<string, unknown>, string]>([
    ['another format', { bomFormat: 'Cyclone' }, '/bomFormat'],
    ['a version without a schema', { specVersion: '1.8' }, '/specVersion'],
    ['a version that is no text', { specVersion: 1.5 }, '/specVersion'],
    ['an unknown field', { componets: [] }, '/'],
    ['components that are no list', { components: {} }, '/components'],
    ['null weaknesses', { vulnerabilities: [{ cwes: null }] }, '/vulnerabilities/0/cwes'],
    ['a serial number that is none', { serialNumber: 'urn:uuid:1' }, '/serialNumber'],
    [
      'a repeated bom-ref',
      { components: [component(1, { 'bom-ref': 'a' }), component(2, { 'bom-ref': 'a' })] },
      '/components/1/bom-ref',
    ],
    [
      'a repeated bom-ref further in',
      { components: [component(1, { 'bom-ref': 'a', components: [component(2, { 'bom-ref': 'a' })] })] },
      '/components/0/components/0/bom-ref',
    ],
    ['the same component twice', { components: [component(1), component(1)] }, '/components/1'],
  ])('is refused for %s', (_, fields, path) => {
    const inspection = inspect(bom(fields));
    expect(inspection.valid).toBe(false);
    expect(inspection.problems[0]?.path).toBe(path);
  });

  it('that nests without bottom is refused, and does not end the process', () => {
    const deep = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":${'[{"type":"library","name":"a","components":'.repeat(20_000)}[]${'}]'.repeat(20_000)}}`;
    expect(inspectMaterial(Buffer.from(deep), 'SBOM_CYCLONEDX_JSON').valid).toBe(false);
  });

  it('of 2 MB and 20,000 components is held against its schema without comparing all with all', () => {
    const large = bom({
      components: Array.from({ length: 20_000 }, (_, i) =>
        component(i, { description: 'x'.repeat(40), purl: `pkg:npm/lib-${i}@1.0.0` }),
      ),
    });
    expect(json(large).length).toBeGreaterThan(2_000_000);
    expect(inspect(large)).toMatchObject({ valid: true, facts: { components: 20_000 } });
  });

  it('with very many errors names twenty at most', () => {
    const many = bom({ components: Array.from({ length: 1000 }, () => component(1)) });
    expect(inspect(many).problems.length).toBe(20);
  });
});

describe('other materials', () => {
  const spdx = {
    spdxVersion: 'SPDX-2.3',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'app',
    dataLicense: 'CC0-1.0',
    documentNamespace: 'https://example.com/a',
    creationInfo: { created: '2025-01-01T00:00:00Z', creators: ['Tool: syft-1.0'] },
  };
  const sarif = {
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'grype' } }, results: [{ message: { text: 'x' }, level: 'error' }] }],
  };
  const vex = {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://example.com/vex',
    author: 'me',
    statements: [{ vulnerability: { name: 'CVE-1' }, status: 'fixed' }],
  };

  it.each<[string, string, Record<string, unknown>]>([
    [
      'SBOM_SPDX_JSON',
      JSON.stringify({
        ...spdx,
        documentDescribes: ['SPDXRef-a'],
        packages: [{ SPDXID: 'SPDXRef-a', name: 'app', versionInfo: '1', downloadLocation: 'NOASSERTION' }],
      }),
      { packages: 1, mainComponent: { name: 'app', version: '1' }, tool: 'syft-1.0' },
    ],
    [
      'SBOM_SPDX_JSON',
      JSON.stringify({
        '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
        '@graph': [{ type: 'software_Package' }],
      }),
      { specVersion: 'SPDX-3', packages: 1 },
    ],
    ['SARIF', JSON.stringify(sarif), { tools: ['grype'], results: 1, levels: { error: 1 } }],
    ['OPENVEX', JSON.stringify(vex), { statements: 1 }],
    [
      'JUNIT_XML',
      '<?xml version="1.0"?><testsuites><testsuite name="a"><testcase name="b"><failure/></testcase><testcase name="c"/></testsuite></testsuites>',
      { suites: 1, tests: 2, failures: 1 },
    ],
    ['COBERTURA_XML', '<coverage line-rate="0.9"></coverage>', { lineRate: '0.9' }],
    [
      'CSAF_VEX',
      JSON.stringify({ document: { category: 'csaf_vex', title: 't', csaf_version: '2.0', tracking: { id: 'x' } } }),
      { id: 'x' },
    ],
    ['GITLEAKS_JSON', '[]', { entries: 0 }],
    ['TRUFFLEHOG_JSON', '{"DetectorName":"AWS"}\n{"DetectorName":"GCP"}\n', { entries: 2 }],
    ['GITLAB_SECURITY_REPORT', JSON.stringify({ scan: { type: 'sast' } }), {}],
    ['OPENAPI_SPEC', 'openapi: 3.1.0\ninfo: { title: Api, version: "1" }\n', { title: 'Api', specVersion: '3.1.0' }],
    ['ZAP_DAST_ZIP', 'PK\u0003\u0004rest', { opened: false }],
    ['SYSINTERNALS_SIGCHECK', '"Path","Verified","Date"\n', {}],
    ['ARTIFACT', 'anything', {}],
  ])('%s is recognised: %s', (type, text, facts) => {
    expect(inspectMaterial(Buffer.from(text, 'latin1'), type)).toMatchObject({ valid: true, problems: [], facts });
  });

  it.each<[string, string, string | undefined]>([
    ['SBOM_SPDX_JSON', JSON.stringify({ ...spdx, name: undefined }), '/name'],
    ['SBOM_SPDX_JSON', JSON.stringify({ ...spdx, spdxVersion: 'SPDX-1.0' }), '/spdxVersion'],
    [
      'SBOM_SPDX_JSON',
      JSON.stringify({ ...spdx, packages: [{ SPDXID: 'SPDXRef-DOCUMENT', name: 'a', downloadLocation: 'b' }] }),
      '/packages/0/SPDXID',
    ],
    ['SARIF', JSON.stringify({ ...sarif, version: '2.0.0' }), '/version'],
    ['SARIF', JSON.stringify({ version: '2.1.0', runs: [{ tool: {} }] }), '/runs/0/tool/driver/name'],
    [
      'SARIF',
      JSON.stringify({ version: '2.1.0', runs: [{ ...sarif.runs[0], results: [{}] }] }),
      '/runs/0/results/0/message',
    ],
    ['OPENVEX', JSON.stringify({ ...vex, '@id': '' }), '/@id'],
    [
      'OPENVEX',
      JSON.stringify({ ...vex, statements: [{ vulnerability: 'CVE-1', status: 'solved' }] }),
      '/statements/0/status',
    ],
    ['JUNIT_XML', '<testsuites></testsuites>', '/testsuites'],
    ['JUNIT_XML', '<html><body/></html>', '/html'],
    ['JUNIT_XML', '<!DOCTYPE a [<!ENTITY x "y">]><testsuite name="&x;"/>', undefined],
    ['JUNIT_XML', '<testsuite>', undefined],
    [
      'CSAF_VEX',
      JSON.stringify({ document: { category: 'csaf_security_advisory', title: 't', tracking: { id: 'x' } } }),
      '/document/category',
    ],
    ['GHAS_CODE_SCAN', '[{"secret_type":"x"}]', '/0/tool'],
    ['GITLAB_SECURITY_REPORT', JSON.stringify({ scan: { type: 'guess' } }), '/scan/type'],
    ['SLSA_PROVENANCE', JSON.stringify({ payloadType: 'text/plain', payload: '' }), '/payloadType'],
    ['CHECKMARX_JSON', '{"results":[]}', '/scanID'],
  ])('%s is refused with its path: %s', (type, text, path) => {
    const inspection = inspectMaterial(Buffer.from(text), type);
    expect(inspection.valid).toBe(false);
    expect(inspection.problems[0]?.path).toBe(path);
  });

  it.skipIf(!haveFixtures)('SARIF of a real tool is valid', () => {
    expect(inspectMaterial(readFileSync(`${folder}/sarif-quickstart.json`), 'SARIF')).toMatchObject({
      valid: true,
      facts: { tools: ['grype'] },
    });
  });
});
