import { asList, asText, isObject } from '../json.ts';
import { type Findings, parseJsonObject, pointer, show } from './findings.ts';

/** A SARIF 2.1.0 log: version, runs, each with a named tool and results that carry a message. */
export function inspectSarif(bytes: Buffer): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const log = parsed.value;
  if (log.version !== '2.1.0')
    return { problems: [{ path: '/version', message: `expected "2.1.0", found ${show(log.version)}` }] };
  if (!Array.isArray(log.runs))
    return { problems: [{ path: '/runs', message: `expected a list, found ${show(log.runs)}` }] };

  const problems: Findings['problems'] = [];
  const tools: string[] = [];
  const levels: Record<string, number> = {};
  let results = 0;
  log.runs.forEach((run, i) => {
    const tool = isObject(run) && isObject(run.tool) ? run.tool : {};
    const name = isObject(tool.driver) ? asText(tool.driver.name) : undefined;
    if (name) tools.push(name);
    else note(problems, pointer('runs', i, 'tool', 'driver', 'name'), 'expected the name of the tool, found nothing');
    if (!isObject(run)) return;
    if (run.results !== undefined && run.results !== null && !Array.isArray(run.results)) {
      note(problems, pointer('runs', i, 'results'), `expected a list, found ${show(run.results)}`);
    }
    asList(run.results).forEach((result, j) => {
      results += 1;
      if (!isObject(result) || !isObject(result.message)) {
        note(problems, pointer('runs', i, 'results', j, 'message'), 'expected a message object, found none');
        return;
      }
      const level = asText(result.level) ?? 'warning';
      if (['none', 'note', 'warning', 'error'].includes(level)) levels[level] = (levels[level] ?? 0) + 1;
      else
        note(
          problems,
          pointer('runs', i, 'results', j, 'level'),
          `expected none, note, warning or error, found ${show(level)}`,
        );
    });
  });
  return {
    problems,
    facts: { tools: [...new Set(tools)].slice(0, 20), results, levels },
    mediaType: 'application/sarif+json',
  };
}

function note(problems: Findings['problems'], path: string, message: string): void {
  if (problems.length < 20) problems.push({ path, message });
}
