import { jsonRow, listRow, type MaterialTypeRow, row } from './row.ts';

const SARIF_SCHEMAS = [
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0',
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
  'https://json.schemastore.org/sarif-2.1.0.json',
];

/** What scanners found. */
export const SCANS: readonly MaterialTypeRow[] = [
  row({
    type: 'SARIF',
    number: 9,
    recognisedBy: '`version: 2.1.0` and `runs`',
    validator: { kind: 'sarif' },
    depth: 'schema',
    facts: ['tool', 'tools', 'results', 'levels', 'suppressed'],
    mediaTypes: ['application/sarif+json'],
    predicateTypes: SARIF_SCHEMAS,
  }),
  row({
    type: 'GITLAB_SECURITY_REPORT',
    number: 16,
    recognisedBy: '`scan.type` is one of GitLab’s, and `vulnerabilities`, if there, is a list',
    validator: { kind: 'gitlab' },
    depth: 'fields',
    facts: ['specVersion', 'scan', 'tool', 'vulnerabilities'],
    mediaTypes: ['application/json'],
  }),
  row({
    type: 'ZAP_DAST_ZIP',
    number: 17,
    recognisedBy: 'a zip with a JSON report of ZAP (`@programName`)',
    validator: { kind: 'zap' },
    depth: 'fields',
    facts: ['tool', 'alerts'],
    mediaTypes: ['application/zip'],
  }),
  jsonRow(18, 'BLACKDUCK_SCA_JSON', []),
  jsonRow(19, 'TWISTCLI_SCAN_JSON', ['results', 'consoleURL']),
  listRow(20, 'GHAS_CODE_SCAN', 'tool'),
  listRow(21, 'GHAS_SECRET_SCAN', 'secret_type'),
  listRow(22, 'GHAS_DEPENDENCY_SCAN', 'dependency'),
  listRow(27, 'GITLEAKS_JSON', 'Fingerprint'),
  jsonRow(33, 'YELP_DETECT_SECRETS_BASELINE', ['version', 'plugins_used', 'results']),
  row({
    type: 'SYSINTERNALS_SIGCHECK',
    number: 34,
    recognisedBy: 'CSV with the columns `Path` and `Verified`',
    validator: { kind: 'csv', columns: ['Path', 'Verified'] },
    depth: 'fields',
    mediaTypes: ['text/csv'],
  }),
  row({
    type: 'SYSINTERNALS_ACCESSCHK',
    number: 35,
    recognisedBy: 'any file',
    validator: { kind: 'none' },
    depth: 'bytes',
    mediaTypes: ['text/plain'],
  }),
  row({ type: 'CERTCC_DRANZER', number: 36, recognisedBy: 'any file', validator: { kind: 'none' }, depth: 'bytes' }),
  jsonRow(37, 'OSSF_SCORECARD_JSON', ['scorecard.version']),
  listRow(40, 'TRUFFLEHOG_JSON', 'DetectorName'),
  jsonRow(42, 'CHECKMARX_JSON', ['scanID', 'results']),
];
