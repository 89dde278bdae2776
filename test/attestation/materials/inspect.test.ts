import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectMaterial } from '../../../attestation/materials/inspect.ts';
import {
  MATERIAL_TYPES,
  materialType,
  needsInspection,
  typeOfPredicate,
  typesOfMediaType,
  validatorOf,
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
    const numbers = MATERIAL_TYPES.map((type) => materialType(type)?.number);
    expect(numbers.slice(0, 42)).toEqual(Array.from({ length: 42 }, (_, i) => i + 1));
    expect(new Set(MATERIAL_TYPES).size).toBe(MATERIAL_TYPES.length);
  });

  it('has types of its own after them, without a number', () => {
    const own = MATERIAL_TYPES.filter((type) => materialType(type)?.number === null);
    expect(own.toSorted()).toEqual(['CI_LOG', 'INTOTO_TEST_RESULT', 'INTOTO_VULNS', 'SBOM_CYCLONEDX_XML']);
    expect(MATERIAL_TYPES.slice(42).toSorted()).toEqual(own.toSorted());
  });

  it('knows which predicate and which media type is a material', () => {
    expect(typeOfPredicate('https://cyclonedx.org/bom')).toBe('SBOM_CYCLONEDX_JSON');
    expect(typeOfPredicate('https://cyclonedx.org/bom/v1.4')).toBe('SBOM_CYCLONEDX_JSON');
    expect(typeOfPredicate('https://spdx.dev/Document/v2.3')).toBe('SBOM_SPDX_JSON');
    expect(typeOfPredicate('https://cyclonedx.org/bomb')).toBeUndefined();
    expect(typeOfPredicate('https://slsa.dev/provenance/v0.2')).toBe('SLSA_PROVENANCE');
    expect(typeOfPredicate('https://slsa.dev/provenance/v0.1')).toBeUndefined();
    expect(typeOfPredicate('https://in-toto.io/attestation/test-result/v0.1')).toBe('INTOTO_TEST_RESULT');
    expect(typeOfPredicate('https://in-toto.io/attestation/vulns/v0.2')).toBe('INTOTO_VULNS');
    expect(typeOfPredicate('https://cosign.sigstore.dev/attestation/vuln/v1')).toBe('INTOTO_VULNS');
    expect(typesOfMediaType('application/vnd.cyclonedx+json; version=1.4')).toEqual(['SBOM_CYCLONEDX_JSON']);
    expect(typesOfMediaType('application/json')).toEqual([]);
  });

  it.each(MATERIAL_TYPES.filter((type) => needsInspection(type) && type !== 'CI_LOG'))(
    'refuses an empty file and plain noise as %s',
    (type) => {
      for (const bytes of [Buffer.alloc(0), Buffer.from('noise \u0000 <'), Buffer.from([0xff, 0xfe, 0xfd])]) {
        const inspection = inspectMaterial(bytes, type);
        expect(inspection).toMatchObject({ type, validator: validatorOf(type) });
        expect(inspection.outcome).not.toBe('valid');
        expect(inspection.problems.length).toBeGreaterThan(0);
      }
    },
  );

  it('refuses a type that nobody knows', () => {
    expect(inspectMaterial(Buffer.from('x'), 'SBOM_OF_TOMORROW')).toMatchObject({ outcome: 'unreadable' });
  });
});

describe('a CycloneDX SBOM', () => {
  const inspect = (value: unknown) => inspectMaterial(json(value), 'SBOM_CYCLONEDX_JSON');

  it.skipIf(!haveFixtures)('made by real tools is valid for its declared version', () => {
    const files = readdirSync(folder).filter((file) => file.startsWith('cyclonedx'));
    expect(files.length).toBe(6);
    for (const file of files) {
      const inspection = inspectMaterial(readFileSync(`${folder}/${file}`), 'SBOM_CYCLONEDX_JSON');
      expect(inspection, file).toMatchObject({ outcome: 'valid', problems: [] });
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

  it.skipIf(!haveFixtures)('made by a real tool and broken in one place is refused with that place', () => {
    type Bom = Record<string, unknown> & { components: Record<string, unknown>[] };
    const last = ({ components }: Bom) => components.length - 1;
    const breaks: [path: (bom: Bom) => string, broken: (bom: Bom) => Bom][] = [
      [() => '/serialNumber', (bom) => ({ ...bom, serialNumber: 'urn:uuid:none' })],
      [() => '/version', (bom) => ({ ...bom, version: 'one' })],
      [
        (bom) => `/components/${last(bom)}/name`,
        (bom) => ({ ...bom, components: bom.components.map((it, i) => (i === last(bom) ? { ...it, name: 1 } : it)) }),
      ],
      [
        (bom) => `/components/${last(bom) + 1}/type`,
        (bom) => ({ ...bom, components: [...bom.components, { type: 'x', name: 'a', version: '1' }] }),
      ],
      [
        (bom) => `/components/${last(bom) + 1}`,
        (bom) => ({ ...bom, components: [...bom.components, bom.components[0] ?? {}] }),
      ],
    ];
    const files = readdirSync(folder).filter((file) => file.startsWith('cyclonedx') && !file.includes('vex'));
    for (const file of files) {
      const bom = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Bom;
      for (const [path, broken] of breaks) {
        const { outcome, problems } = inspect(broken(bom));
        expect([outcome, problems[0]?.path], `${file}: ${path(bom)}`).toEqual(['invalid', path(bom)]);
      }
    }
  });

  it.each(['1.2', '1.3', '1.4', '1.5', '1.6', '1.7'])(
    'is valid in version %s, and a broken component is found by its path',
    (specVersion) => {
      expect(inspect(bom({ specVersion, components: [component(1)] }))).toMatchObject({ outcome: 'valid' });
      const broken = inspect(
        bom({ specVersion, components: [component(1), { type: 'libary', name: 'x', version: '1' }] }),
      );
      expect(broken).toMatchObject({ outcome: 'invalid', problems: [{ path: '/components/1/type' }] });
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
    expect(inspection.outcome).not.toBe('valid');
    expect(inspection.problems[0]?.path).toBe(path);
  });

  it('that nests without bottom is not validated, and does not end the process', () => {
    const deep = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":${'[{"type":"library","name":"a","components":'.repeat(20_000)}[]${'}]'.repeat(20_000)}}`;
    expect(inspectMaterial(Buffer.from(deep), 'SBOM_CYCLONEDX_JSON')).toMatchObject({
      outcome: 'not-validated',
      problems: [{ message: expect.stringContaining('nested too deeply') }],
    });
  });

  it('of 2 MB and 20,000 components is held against its schema without comparing all with all', () => {
    const large = bom({
      components: Array.from({ length: 20_000 }, (_, i) =>
        component(i, { description: 'x'.repeat(40), purl: `pkg:npm/lib-${i}@1.0.0` }),
      ),
    });
    expect(json(large).length).toBeGreaterThan(2_000_000);
    expect(inspect(large)).toMatchObject({ outcome: 'valid', facts: { components: 20_000 } });
  });

  it('is judged by its first problem, and shows an author all, twenty at most', () => {
    const many = bom({ components: Array.from({ length: 1000 }, (_, i) => component(i, { type: 'libary' })) });
    expect(inspect(many).problems.length).toBe(1);
    const { outcome, problems } = inspectMaterial(json(many), 'SBOM_CYCLONEDX_JSON', { all: true });
    expect([outcome, problems.length]).toEqual(['invalid', 20]);
    expect(problems.slice(0, 2).map(({ path }) => path)).toEqual(['/components/0/type', '/components/1/type']);
  });
});
