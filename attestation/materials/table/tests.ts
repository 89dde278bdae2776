import { type MaterialTypeRow, row } from './row.ts';

const XML_MEDIA = ['application/xml', 'text/xml'];

/** What was tried and how it went: tests and their coverage. */
export const TESTS: readonly MaterialTypeRow[] = [
  row({
    type: 'JUNIT_XML',
    number: 6,
    recognisedBy: 'XML with root `testsuites` or `testsuite`, or a zip or tar.gz of such',
    validator: { kind: 'junit' },
    depth: 'structure',
    facts: ['suites', 'tests', 'files'],
    mediaTypes: ['application/xml', 'application/junit+xml', 'application/vnd.junit+xml'],
  }),
  row({
    type: 'INTOTO_TEST_RESULT',
    number: null,
    recognisedBy: '`result` and `configuration`: the in-toto predicate `test-result` 0.1',
    validator: { kind: 'test-result' },
    depth: 'structure',
    facts: ['result', 'tests'],
    mediaTypes: ['application/json'],
    predicateTypes: ['https://in-toto.io/attestation/test-result'],
  }),
  row({
    type: 'JACOCO_XML',
    number: 23,
    recognisedBy: 'XML with root `report` and a `counter` of type INSTRUCTION',
    validator: { kind: 'jacoco' },
    depth: 'fields',
    facts: ['name', 'lineRate'],
    mediaTypes: XML_MEDIA,
  }),
  row({
    type: 'COBERTURA_XML',
    number: 41,
    recognisedBy: 'XML with root `coverage`',
    validator: { kind: 'cobertura' },
    depth: 'fields',
    facts: ['lineRate'],
    mediaTypes: XML_MEDIA,
  }),
  row({
    type: 'RADAMSA_REPORT',
    number: 38,
    recognisedBy: 'any file',
    validator: { kind: 'none' },
    depth: 'bytes',
  }),
  row({
    type: 'RADAMSA_CRASHES',
    number: 39,
    recognisedBy: 'an archive: zip, gzip or tar',
    validator: { kind: 'archive', formats: ['zip', 'gzip', 'tar'] },
    depth: 'kind',
  }),
];
