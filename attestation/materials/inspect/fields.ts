import { asList, asText, isObject, type JsonObject } from '../../json.ts';
import { isArchive, unpack } from './archives.ts';
import { overBudget } from './budget.ts';
import {
  type Findings,
  found,
  known,
  type Parsed,
  parseJson,
  parseJsonObject,
  parseText,
  pointer,
  show,
  unreadable,
} from './findings.ts';
import { countVulnerabilities } from './severity.ts';

const at = (object: JsonObject, path: string): unknown =>
  path.split('.').reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), object);

const missingAt = (...path: (string | number)[]) => ({
  path: pointer(...path),
  message: 'expected this field, found nothing',
});

/** A JSON object that has certain fields. */
export function inspectFields(bytes: Buffer, fields: readonly string[]): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const missing = fields.filter((field) => at(parsed.value, field) === undefined);
  return found(
    missing.map((field) => missingAt(...field.split('.'))),
    { mediaType: 'application/json' },
  );
}

/** A JSON array or JSON Lines, maybe empty, whose first element has certain fields. */
export function inspectJsonList(bytes: Buffer, fields: readonly string[]): Findings {
  const list = parseList(bytes);
  if (!list.ok) return list.findings;
  const [first] = list.value;
  const missing =
    list.value.length === 0 ? [] : fields.filter((field) => !isObject(first) || first[field] === undefined);
  return found(
    missing.map((field) => missingAt(0, field)),
    { facts: { findings: list.value.length }, mediaType: 'application/json' },
  );
}

function parseList(bytes: Buffer): Parsed<unknown[]> {
  const whole = parseJson(bytes);
  if (whole.ok) {
    if (isObject(whole.value)) return { ok: true, value: [whole.value] };
    if (Array.isArray(whole.value)) return { ok: true, value: whole.value };
    return { ok: false, findings: unreadable(`expected a list, found ${show(whole.value)}`, '/') };
  }
  const text = parseText(bytes);
  const lines = text.ok && !overBudget(text.value) ? text.value.split('\n').filter((line) => line.trim() !== '') : [];
  try {
    if (lines.length > 1) return { ok: true, value: lines.map((line) => JSON.parse(line) as unknown) };
  } catch {
    // Neither JSON nor JSON Lines: the first message says where.
  }
  return whole;
}

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

/** A security report of GitLab: the kind of scan, and its list of vulnerabilities. */
export function inspectGitlab(bytes: Buffer): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const scan = isObject(parsed.value.scan) ? parsed.value.scan : {};
  if (!GITLAB_SCANS.includes(String(scan.type)))
    return unreadable(`expected one of ${GITLAB_SCANS.join(', ')}, found ${show(scan.type)}`, '/scan/type');
  const { version, vulnerabilities } = parsed.value;
  const isList = vulnerabilities === undefined || Array.isArray(vulnerabilities);
  const scanner = isObject(scan.scanner) ? scan.scanner : {};
  return found(
    isList ? [] : [{ path: '/vulnerabilities', message: `expected a list, found ${show(vulnerabilities)}` }],
    {
      facts: known({
        specVersion: asText(version),
        scan: scan.type,
        tool: [asText(scanner.name), asText(scanner.version)].filter(Boolean).join(' ') || undefined,
        vulnerabilities: countVulnerabilities(
          asList(vulnerabilities).map((entry) => [isObject(entry) ? entry.severity : undefined]),
        ),
      }),
      mediaType: 'application/json',
      format: 'GitLab security report',
    },
  );
}

/** A zip with a JSON report of ZAP in it. */
export function inspectZap(bytes: Buffer): Findings {
  if (!isArchive(bytes, ['zip'])) return unreadable('expected a zip archive, found other content');
  const unpacked = unpack(bytes, (name) => name.toLowerCase().endsWith('.json'));
  if (!unpacked.ok) return unpacked.findings;
  for (const file of unpacked.files) {
    const report = parseJson(file.bytes);
    if (!report.ok || !isObject(report.value) || !asText(report.value['@programName'])) continue;
    const alerts = asList(report.value.site).flatMap((site) => (isObject(site) ? asList(site.alerts) : [])).length;
    const tool = [report.value['@programName'], report.value['@version']].map(asText).filter(Boolean).join(' ');
    return found([], { facts: { tool, alerts }, mediaType: 'application/zip', format: 'ZAP report' });
  }
  return unreadable('expected a JSON report with "@programName" in the zip, found none');
}
