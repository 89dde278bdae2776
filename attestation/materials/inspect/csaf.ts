import { asList, asText, isObject } from '../../json.ts';
import schema from '../schemas/csaf/csaf-2.0.schema.json' with { type: 'json' };
import cvss20 from '../schemas/csaf/cvss-2.0.schema.json' with { type: 'json' };
import cvss30 from '../schemas/csaf/cvss-3.0.schema.json' with { type: 'json' };
import cvss31 from '../schemas/csaf/cvss-3.1.schema.json' with { type: 'json' };
import { type Findings, found, known, parseJsonObject, show, unreadable } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { countVulnerabilities } from './severity.ts';

const FIRST = 'https://www.first.org/cvss/cvss-v';
const check = createSchemaCheck({
  draft: '2020-12',
  schema,
  refs: { [`${FIRST}2.0.json`]: cvss20, [`${FIRST}3.0.json`]: cvss30, [`${FIRST}3.1.json`]: cvss31 },
});

/** A CSAF 2.0 document of this category, against its schema. The tests that CSAF asks for beyond its schema are not made. */
export function inspectCsaf(bytes: Buffer, category: string, all: boolean): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const { document } = parsed.value;
  if (!isObject(document)) return unreadable(`expected an object, found ${show(document)}`, '/document');
  if (document.csaf_version !== '2.0')
    return unreadable(`expected "2.0", found ${show(document.csaf_version)}`, '/document/csaf_version');
  if (document.category !== category)
    return unreadable(`expected "${category}", found ${show(document.category)}`, '/document/category');
  const tracking = isObject(document.tracking) ? document.tracking : {};
  const generator =
    isObject(tracking.generator) && isObject(tracking.generator.engine) ? tracking.generator.engine : {};
  return found(check(parsed.value, all), {
    facts: known({
      specVersion: '2.0',
      id: asText(tracking.id),
      title: asText(document.title),
      tool: [asText(generator.name), asText(generator.version)].filter(Boolean).join(' ') || undefined,
      vulnerabilities: countVulnerabilities(asList(parsed.value.vulnerabilities).map(severitiesOf)),
    }),
    mediaType: 'application/json',
    format: 'CSAF 2.0',
  });
}

const severitiesOf = (vulnerability: unknown): unknown[] =>
  isObject(vulnerability)
    ? asList(vulnerability.scores).flatMap((score) =>
        isObject(score)
          ? [score.cvss_v3, score.cvss_v2].filter(isObject).map((cvss) => cvss.baseSeverity ?? cvss.baseScore)
          : [],
      )
    : [];
