import { asList, asText, isObject } from '../../json.ts';
import { isArchive, unpack } from './archives.ts';
import { type Findings, found, known, unreadable } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { list, object, oneOf, text } from './shapes.ts';
import { parseYaml } from './yaml.ts';

const check = createSchemaCheck({
  draft: 'older',
  schema: object(
    {
      apiVersion: oneOf('v1', 'v2'),
      name: { type: 'string', pattern: '^[a-zA-Z0-9._-]{1,250}$' },
      version: { type: 'string', pattern: '^v?\\d+(\\.\\d+){0,2}([-+][0-9A-Za-z.+-]+)?$' },
    },
    {
      type: oneOf('application', 'library'),
      dependencies: list(object({ name: text })),
      keywords: list({ type: 'string' }),
    },
  ),
});

/** A packaged Helm chart: one top folder with a `Chart.yaml` that is one. Templates are not rendered. */
export function inspectHelm(bytes: Buffer, all: boolean): Findings {
  if (!isArchive(bytes, ['gzip'])) return unreadable('expected a gzipped chart, found other content');
  const unpacked = unpack(bytes, (name) => /^(\.\/)?[^/]+\/Chart\.yaml$/.test(name));
  if (!unpacked.ok) return unpacked.findings;
  const [chart, second] = unpacked.files;
  if (!chart || second) return unreadable(`expected one Chart.yaml in one top folder, found ${unpacked.files.length}`);
  const parsed = parseYaml(chart.bytes);
  if (!parsed.ok) return parsed.findings;
  const fields = isObject(parsed.value) ? parsed.value : {};
  const facts = known({
    name: asText(fields.name),
    version: asText(fields.version),
    appVersion: fields.appVersion === undefined ? undefined : String(fields.appVersion),
    dependencies: asList(fields.dependencies).length,
    files: unpacked.count,
  });
  const problems = check(parsed.value, all).map(({ path, message }) => ({ path: `Chart.yaml${path ?? ''}`, message }));
  return found(problems, {
    facts,
    mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    format: 'Helm chart',
  });
}
