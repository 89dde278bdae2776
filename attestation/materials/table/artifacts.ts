import { jsonRow, type MaterialTypeRow, row } from './row.ts';

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
const none = { kind: 'none' } as const;

/** What was built, described and written down on the way. */
export const ARTIFACTS: readonly MaterialTypeRow[] = [
  row({
    type: 'STRING',
    number: 1,
    recognisedBy: 'any value',
    validator: none,
    depth: 'bytes',
    mediaTypes: ['text/plain'],
  }),
  row({
    type: 'CONTAINER_IMAGE',
    number: 2,
    recognisedBy:
      'the digest of an OCI image manifest or index; where bytes came, that manifest or a reference with a digest',
    validator: { kind: 'image' },
    depth: 'structure',
    facts: ['reference', 'manifest', 'layers', 'platforms', 'artifactType'],
    mediaTypes: OCI_MANIFESTS,
  }),
  row({ type: 'ARTIFACT', number: 3, recognisedBy: 'any file that is not empty', validator: none, depth: 'bytes' }),
  row({
    type: 'HELM_CHART',
    number: 10,
    recognisedBy: 'a tar.gz with one `Chart.yaml` in its top folder',
    validator: { kind: 'helm' },
    depth: 'structure',
    facts: ['name', 'version', 'appVersion', 'dependencies', 'files'],
    mediaTypes: ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/gzip'],
  }),
  row({ type: 'EVIDENCE', number: 11, recognisedBy: 'any file that is not empty', validator: none, depth: 'bytes' }),
  row({
    type: 'ATTESTATION',
    number: 12,
    recognisedBy: 'a DSSE envelope or Sigstore bundle with an in-toto payload; its signature is not verified',
    validator: { kind: 'attestation' },
    depth: 'structure',
    facts: ['predicateType', 'subjects'],
    mediaTypes: BUNDLES,
  }),
  row({
    type: 'SLSA_PROVENANCE',
    number: 24,
    recognisedBy: 'SLSA provenance v0.2 or v1: the predicate, or an envelope or bundle around it',
    validator: { kind: 'slsa' },
    depth: 'structure',
    facts: ['specVersion', 'buildType', 'builder', 'dependencies', 'startedOn', 'finishedOn'],
    mediaTypes: BUNDLES,
    predicateTypes: ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'],
  }),
  jsonRow(25, 'CHAINLOOP_RUNNER_CONTEXT', []),
  jsonRow(26, 'CHAINLOOP_PR_INFO', []),
  jsonRow(28, 'CHAINLOOP_AI_AGENT_CONFIG', []),
  jsonRow(29, 'CHAINLOOP_AI_CODING_SESSION', []),
  row({
    type: 'OPENAPI_SPEC',
    number: 30,
    recognisedBy: '`openapi` 3.0 to 3.2 or `swagger` 2.0, JSON or YAML',
    validator: { kind: 'openapi' },
    depth: 'schema',
    facts: ['specVersion', 'title', 'version', 'paths'],
    mediaTypes: [
      'application/vnd.oai.openapi+json',
      'application/vnd.oai.openapi',
      'application/json',
      'application/yaml',
    ],
  }),
  row({
    type: 'ASYNCAPI_SPEC',
    number: 31,
    recognisedBy: '`asyncapi` 2.x or 3.x, JSON or YAML',
    validator: { kind: 'asyncapi' },
    depth: 'fields',
    facts: ['specVersion', 'title', 'version', 'channels'],
    mediaTypes: [
      'application/vnd.aai.asyncapi+json',
      'application/vnd.aai.asyncapi',
      'application/json',
      'application/yaml',
    ],
  }),
  row({
    type: 'GRAPHQL_SPEC',
    number: 32,
    recognisedBy: 'any file',
    validator: none,
    depth: 'bytes',
    mediaTypes: ['application/graphql', 'text/plain'],
  }),
  row({
    type: 'CI_LOG',
    number: null,
    recognisedBy: 'text: no zero byte',
    validator: { kind: 'log' },
    depth: 'kind',
    facts: ['lines', 'utf8'],
    mediaTypes: ['text/plain'],
  }),
];
