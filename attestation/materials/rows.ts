/** How the content of a type is looked at. `none`: only that it is not empty. */
type Validator =
  | { kind: 'none' }
  | { kind: 'cyclonedx' | 'spdx' | 'sarif' | 'openvex' | 'junit' | 'attestation' | 'slsa' | 'api-description' }
  /** A JSON object with all of these fields (dots descend), and `oneOf` its values where one is named. */
  | { kind: 'json'; fields: readonly string[]; oneOf?: { field: string; values: readonly string[] } }
  /** A JSON array, or JSON Lines; its first element has these fields. May be empty. */
  | { kind: 'json-list'; fields: readonly string[] }
  | { kind: 'csaf'; category: string }
  | { kind: 'xml'; roots: readonly string[] }
  | { kind: 'archive'; formats: readonly ('zip' | 'gzip' | 'tar')[] }
  | { kind: 'csv'; columns: readonly string[] };

/** One row of the table of material types; names and numbers are Chainloop's (v1.106). */
export type MaterialTypeRow = {
  type: string;
  number: number;
  /** What it is recognised by, in words. */
  recognisedBy: string;
  /** The first is used when nothing else is known. */
  mediaTypes: readonly string[];
  /** Predicate types whose predicate is a material of this type; `…/v1.4` of an entry counts too. */
  predicateTypes: readonly string[];
  validator: Validator;
};

type More = { media?: string[]; predicates?: string[] };
const row = (
  number: number,
  type: string,
  recognisedBy: string,
  validator: Validator,
  more: More = {},
): MaterialTypeRow => ({
  type,
  number,
  recognisedBy,
  validator,
  mediaTypes: more.media ?? ['application/octet-stream'],
  predicateTypes: more.predicates ?? [],
});

const none: Validator = { kind: 'none' };
const json = (...fields: string[]): Validator => ({ kind: 'json', fields });
const list = (...fields: string[]): Validator => ({ kind: 'json-list', fields });
const csaf = (category: string): Validator => ({ kind: 'csaf', category });
const JSON_MEDIA = { media: ['application/json'] };
const CSAF_MEDIA = { media: ['application/json', 'application/csaf+json'] };
const XML_MEDIA = { media: ['application/xml'] };
const OCI_MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const BUNDLES = [
  'application/vnd.dev.sigstore.bundle.v0.3+json',
  'application/vnd.dev.sigstore.bundle+json',
  'application/vnd.dsse.envelope.v1+json',
];
const GITLAB_SCANS = [
  'api_fuzzing',
  'cluster_image_scanning',
  'container_scanning',
  'coverage_fuzzing',
  'dast',
  'dependency_scanning',
  'sarif',
  'sast',
  'secret_detection',
];
const SARIF_SCHEMAS = [
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0',
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
  'https://json.schemastore.org/sarif-2.1.0.json',
];

/** The table of material types, as data. Types are read through `types.ts`. */
export const ROWS: readonly MaterialTypeRow[] = [
  row(1, 'STRING', 'any value', none, { media: ['text/plain'] }),
  row(2, 'CONTAINER_IMAGE', 'digest of an OCI image manifest or index', none, { media: OCI_MANIFESTS }),
  row(3, 'ARTIFACT', 'any file that is not empty', none),
  row(
    4,
    'SBOM_CYCLONEDX_JSON',
    '`bomFormat: CycloneDX` and `specVersion` 1.2 to 1.7',
    { kind: 'cyclonedx' },
    {
      media: ['application/vnd.cyclonedx+json'],
      predicates: ['https://cyclonedx.org/bom', 'https://cyclonedx.org/schema'],
    },
  ),
  row(
    5,
    'SBOM_SPDX_JSON',
    '`spdxVersion: SPDX-2.x`, or an SPDX 3 `@context`',
    { kind: 'spdx' },
    {
      media: ['application/spdx+json', 'text/spdx+json'],
      predicates: ['https://spdx.dev/Document'],
    },
  ),
  row(
    6,
    'JUNIT_XML',
    'XML with root `testsuites` or `testsuite`, or an archive of such',
    { kind: 'junit' },
    {
      media: ['application/xml', 'application/junit+xml', 'application/vnd.junit+xml'],
    },
  ),
  row(
    7,
    'OPENVEX',
    '`@context` of openvex.dev and `@id`',
    { kind: 'openvex' },
    {
      media: ['application/json', 'application/vex+json', 'application/openvex+json'],
      predicates: ['https://openvex.dev/ns'],
    },
  ),
  row(8, 'CSAF_VEX', '`document.category: csaf_vex`', csaf('csaf_vex'), CSAF_MEDIA),
  row(
    9,
    'SARIF',
    '`version: 2.1.0` and `runs`',
    { kind: 'sarif' },
    {
      media: ['application/sarif+json'],
      predicates: SARIF_SCHEMAS,
    },
  ),
  row(
    10,
    'HELM_CHART',
    'a gzipped chart',
    { kind: 'archive', formats: ['gzip'] },
    {
      media: ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/gzip'],
    },
  ),
  row(11, 'EVIDENCE', 'any file that is not empty', none, {
    predicates: ['https://in-toto.io/attestation/test-result'],
  }),
  row(
    12,
    'ATTESTATION',
    'a DSSE envelope or Sigstore bundle with an in-toto payload',
    { kind: 'attestation' },
    { media: BUNDLES },
  ),
  row(13, 'CSAF_INFORMATIONAL_ADVISORY', '`document.category`', csaf('csaf_informational_advisory'), CSAF_MEDIA),
  row(14, 'CSAF_SECURITY_ADVISORY', '`document.category`', csaf('csaf_security_advisory'), CSAF_MEDIA),
  row(
    15,
    'CSAF_SECURITY_INCIDENT_RESPONSE',
    '`document.category`',
    csaf('csaf_security_incident_response'),
    CSAF_MEDIA,
  ),
  row(
    16,
    'GITLAB_SECURITY_REPORT',
    '`scan.type` is one of GitLab’s',
    {
      kind: 'json',
      fields: ['scan.type'],
      oneOf: { field: 'scan.type', values: GITLAB_SCANS },
    },
    JSON_MEDIA,
  ),
  row(17, 'ZAP_DAST_ZIP', 'a zip archive', { kind: 'archive', formats: ['zip'] }, { media: ['application/zip'] }),
  row(18, 'BLACKDUCK_SCA_JSON', 'a JSON object', json(), JSON_MEDIA),
  row(19, 'TWISTCLI_SCAN_JSON', '`results` and `consoleURL`', json('results', 'consoleURL'), JSON_MEDIA),
  row(20, 'GHAS_CODE_SCAN', 'a list of alerts with `tool`', list('tool'), JSON_MEDIA),
  row(21, 'GHAS_SECRET_SCAN', 'a list of alerts with `secret_type`', list('secret_type'), JSON_MEDIA),
  row(22, 'GHAS_DEPENDENCY_SCAN', 'a list of alerts with `dependency`', list('dependency'), JSON_MEDIA),
  row(23, 'JACOCO_XML', 'XML with root `report`', { kind: 'xml', roots: ['report'] }, XML_MEDIA),
  row(
    24,
    'SLSA_PROVENANCE',
    'a Sigstore bundle, or the predicate, of SLSA provenance v1',
    { kind: 'slsa' },
    {
      media: BUNDLES,
      predicates: ['https://slsa.dev/provenance/v1'],
    },
  ),
  row(25, 'CHAINLOOP_RUNNER_CONTEXT', 'a JSON object', json(), JSON_MEDIA),
  row(26, 'CHAINLOOP_PR_INFO', 'a JSON object', json(), JSON_MEDIA),
  row(27, 'GITLEAKS_JSON', 'a list of findings with `Fingerprint`', list('Fingerprint'), JSON_MEDIA),
  row(28, 'CHAINLOOP_AI_AGENT_CONFIG', 'a JSON object', json(), JSON_MEDIA),
  row(29, 'CHAINLOOP_AI_CODING_SESSION', 'a JSON object', json(), JSON_MEDIA),
  row(
    30,
    'OPENAPI_SPEC',
    '`openapi` 3.x or `swagger` 2.0, JSON or YAML',
    { kind: 'api-description' },
    {
      media: [
        'application/vnd.oai.openapi+json',
        'application/vnd.oai.openapi',
        'application/json',
        'application/yaml',
      ],
    },
  ),
  row(
    31,
    'ASYNCAPI_SPEC',
    '`asyncapi` 2.x or 3.x, JSON or YAML',
    { kind: 'api-description' },
    {
      media: [
        'application/vnd.aai.asyncapi+json',
        'application/vnd.aai.asyncapi',
        'application/json',
        'application/yaml',
      ],
    },
  ),
  row(32, 'GRAPHQL_SPEC', 'any text', none, { media: ['application/graphql', 'text/plain'] }),
  row(
    33,
    'YELP_DETECT_SECRETS_BASELINE',
    '`version`, `plugins_used` and `results`',
    json('version', 'plugins_used', 'results'),
    JSON_MEDIA,
  ),
  row(
    34,
    'SYSINTERNALS_SIGCHECK',
    'CSV with `Path` and `Verified`',
    { kind: 'csv', columns: ['Path', 'Verified'] },
    { media: ['text/csv'] },
  ),
  row(35, 'SYSINTERNALS_ACCESSCHK', 'any text', none, { media: ['text/plain'] }),
  row(36, 'CERTCC_DRANZER', 'any text or archive', none),
  row(37, 'OSSF_SCORECARD_JSON', '`scorecard.version`', json('scorecard.version'), JSON_MEDIA),
  row(38, 'RADAMSA_REPORT', 'any file', none),
  row(39, 'RADAMSA_CRASHES', 'an archive', { kind: 'archive', formats: ['zip', 'gzip', 'tar'] }),
  row(40, 'TRUFFLEHOG_JSON', 'a list of findings with `DetectorName`', list('DetectorName'), JSON_MEDIA),
  row(41, 'COBERTURA_XML', 'XML with root `coverage`', { kind: 'xml', roots: ['coverage'] }, XML_MEDIA),
  row(42, 'CHECKMARX_JSON', '`scanID` and `results`', json('scanID', 'results'), JSON_MEDIA),
];
