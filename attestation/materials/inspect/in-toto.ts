import { asList, asText, isObject } from '../../json.ts';
import { type Findings, found, known, parseJsonObject } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { countVulnerabilities } from './severity.ts';
import { list, object, oneOf, text, time } from './shapes.ts';

const names = list({ type: 'string' });
const checkTests = createSchemaCheck({
  draft: 'older',
  schema: object(
    { result: oneOf('PASSED', 'WARNED', 'FAILED'), configuration: list(object({})) },
    { url: { type: 'string' }, passedTests: names, warnedTests: names, failedTests: names },
  ),
});

const finding = object({ id: text, severity: list(object({ method: text, score: { type: ['string', 'number'] } })) });
const checkVulns = createSchemaCheck({
  draft: 'older',
  schema: object({
    scanner: object(
      {
        uri: text,
        // cosign's keeps the scanner's own report here, as an object.
        result: { anyOf: [list({ anyOf: [finding, object({ vulnerability: finding })] }), { type: 'object' }] },
      },
      {
        version: { type: 'string' },
        db: object({}, { uri: { type: 'string' }, version: { type: 'string' }, lastUpdate: time }),
      },
    ),
    metadata: object({ scanStartedOn: time, scanFinishedOn: time }),
  }),
});

/** The in-toto predicate `test-result` 0.1. */
export function inspectTestResult(bytes: Buffer, all: boolean): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const { result, passedTests, warnedTests, failedTests } = parsed.value;
  const [passed, warned, failed] = [passedTests, warnedTests, failedTests].map((tests) => asList(tests).length);
  return found(checkTests(parsed.value, all), {
    facts: known({
      result: asText(result),
      tests: {
        total: (passed ?? 0) + (warned ?? 0) + (failed ?? 0),
        passed: (passed ?? 0) + (warned ?? 0),
        failed: failed ?? 0,
        skipped: 0,
      },
    }),
    mediaType: 'application/json',
    format: 'in-toto test-result 0.1',
  });
}

/** The in-toto predicate `vulns` 0.1 or 0.2, or cosign's `vuln`, whose result is its scanner's and is not counted. */
export function inspectVulns(bytes: Buffer, all: boolean): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const scanner = isObject(parsed.value.scanner) ? parsed.value.scanner : {};
  const database = isObject(scanner.db) ? scanner.db : {};
  const metadata = isObject(parsed.value.metadata) ? parsed.value.metadata : {};
  return found(checkVulns(parsed.value, all), {
    facts: known({
      tool: [asText(scanner.uri), asText(scanner.version)].filter(Boolean).join(' ') || undefined,
      vulnerabilities: Array.isArray(scanner.result)
        ? countVulnerabilities(scanner.result.map(severitiesOf))
        : undefined,
      scannedAt: asText(metadata.scanFinishedOn),
      databaseUpdatedAt: asText(database.lastUpdate),
    }),
    mediaType: 'application/json',
    format: 'in-toto vulns',
  });
}

function severitiesOf(entry: unknown): unknown[] {
  const item = isObject(entry) && isObject(entry.vulnerability) ? entry.vulnerability : entry;
  return isObject(item) ? asList(item.severity).map((given) => (isObject(given) ? given.score : undefined)) : [];
}
