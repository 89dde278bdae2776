import { asList, asText, isObject, type JsonObject } from '../../json.ts';
import schema from '../schemas/sarif/sarif-2.1.0-rtm.5.schema.json' with { type: 'json' };
import { type Findings, found, known, parseJsonObject, show, unreadable } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';

const check = createSchemaCheck({ draft: 'older', schema });

/** A SARIF 2.1.0 log, against its schema. */
export function inspectSarif(bytes: Buffer, all: boolean): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const log = parsed.value;
  if (log.version !== '2.1.0') return unreadable(`expected "2.1.0", found ${show(log.version)}`, '/version');
  return found(check(log, all), {
    facts: factsOf(asList(log.runs).filter(isObject)),
    mediaType: 'application/sarif+json',
    format: 'SARIF 2.1.0',
  });
}

function factsOf(runs: readonly JsonObject[]): Record<string, unknown> {
  const drivers = runs.map((run) => (isObject(run.tool) && isObject(run.tool.driver) ? run.tool.driver : {}));
  const tools = new Set(drivers.map((driver) => asText(driver.name)).filter((name) => name !== undefined));
  const levels: Record<string, number> = { error: 0, warning: 0, note: 0, none: 0 };
  let results = 0;
  let suppressed = 0;
  for (const [i, run] of runs.entries()) {
    const levelOf = levelsOf(drivers[i] ?? {});
    for (const result of asList(run.results).filter(isObject)) {
      results += 1;
      if (asList(result.suppressions).length > 0) suppressed += 1;
      const level = levelOf(result);
      if (levels[level] !== undefined) levels[level] += 1;
    }
  }
  const [driver] = drivers;
  return known({
    tool:
      [asText(driver?.name), asText(driver?.semanticVersion ?? driver?.version)].filter(Boolean).join(' ') || undefined,
    tools: [...tools].slice(0, 20),
    results,
    levels,
    suppressed,
  });
}

/** A result without a level has that of its rule, and `warning` where the rule says none; one that is no failure has none. */
function levelsOf(driver: JsonObject): (result: JsonObject) => string {
  const rules = asList(driver.rules).map((rule) => (isObject(rule) ? rule : {}));
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return (result) => {
    const own = asText(result.level);
    if (own) return own;
    if (asText(result.kind) && result.kind !== 'fail') return 'none';
    const rule = rules[Number(result.ruleIndex ?? -1)] ?? byId.get(result.ruleId);
    const wanted = isObject(rule?.defaultConfiguration) ? rule.defaultConfiguration.level : undefined;
    return asText(wanted) ?? 'warning';
  };
}
