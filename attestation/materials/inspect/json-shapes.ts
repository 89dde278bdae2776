import { asList, asText, isObject, type JsonObject } from '../json.ts';
import { overBudget } from './budget.ts';
import { type Findings, known, parseJson, parseJsonObject, parseText, pointer, show } from './findings.ts';

const at = (object: JsonObject, path: string): unknown =>
  path.split('.').reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), object);

/** A JSON object that has certain fields. */
export function inspectFields(
  bytes: Buffer,
  shape: { fields: readonly string[]; oneOf?: { field: string; values: readonly string[] } },
): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const missing = shape.fields.filter((field) => at(parsed.value, field) === undefined);
  const problems: Findings['problems'] = missing.map((field) => ({
    path: pointer(...field.split('.')),
    message: 'expected this field, found nothing',
  }));
  const { oneOf } = shape;
  if (oneOf && missing.length === 0 && !oneOf.values.includes(String(at(parsed.value, oneOf.field)))) {
    const found = show(at(parsed.value, oneOf.field));
    problems.push({
      path: pointer(...oneOf.field.split('.')),
      message: `expected one of ${oneOf.values.join(', ')}, found ${found}`,
    });
  }
  return { problems, mediaType: 'application/json' };
}

/** A JSON array or JSON Lines, maybe empty, whose first element has certain fields. */
export function inspectJsonList(bytes: Buffer, fields: readonly string[]): Findings {
  const list = parseList(bytes);
  if (!list.ok) return list.findings;
  const first = list.value[0];
  if (first === undefined) return { problems: [], facts: { entries: 0 }, mediaType: 'application/json' };
  const missing = fields.filter((field) => !isObject(first) || first[field] === undefined);
  return {
    problems: missing.map((field) => ({ path: pointer(0, field), message: 'expected this field, found nothing' })),
    facts: { entries: list.value.length },
    mediaType: 'application/json',
  };
}

function parseList(bytes: Buffer): { ok: true; value: unknown[] } | { ok: false; findings: Findings } {
  const whole = parseJson(bytes);
  if (whole.ok) {
    if (isObject(whole.value)) return { ok: true, value: [whole.value] };
    if (Array.isArray(whole.value)) return { ok: true, value: whole.value };
    return {
      ok: false,
      findings: { problems: [{ path: '/', message: `expected a list, found ${show(whole.value)}` }] },
    };
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

const VEX_STATES = ['not_affected', 'affected', 'fixed', 'under_investigation'];

/** An OpenVEX document: context, id, and statements with a vulnerability and a known status. */
export function inspectOpenvex(bytes: Buffer): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const vex = parsed.value;
  const problems: Findings['problems'] = [];
  const context = asText(vex['@context']);
  if (!context?.startsWith('https://openvex.dev/ns')) {
    problems.push({ path: '/@context', message: `expected https://openvex.dev/ns…, found ${show(vex['@context'])}` });
  }
  if (!asText(vex['@id'])) problems.push({ path: '/@id', message: `expected text, found ${show(vex['@id'])}` });
  if (!Array.isArray(vex.statements))
    problems.push({ path: '/statements', message: `expected a list, found ${show(vex.statements)}` });
  asList(vex.statements).forEach((statement, i) => {
    if (problems.length >= 20) return;
    const entry = isObject(statement) ? statement : {};
    if (entry.vulnerability === undefined)
      problems.push({
        path: pointer('statements', i, 'vulnerability'),
        message: 'expected a vulnerability, found nothing',
      });
    if (!VEX_STATES.includes(String(entry.status))) {
      problems.push({
        path: pointer('statements', i, 'status'),
        message: `expected one of ${VEX_STATES.join(', ')}, found ${show(entry.status)}`,
      });
    }
  });
  const facts = known({
    id: asText(vex['@id']),
    author: asText(vex.author),
    statements: asList(vex.statements).length,
  });
  return { problems, facts, mediaType: 'application/json' };
}

/** A CSAF document whose category, where it says one, is the type's. */
export function inspectCsaf(bytes: Buffer, category: string): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const document = parsed.value.document;
  if (!isObject(document))
    return { problems: [{ path: '/document', message: `expected an object, found ${show(document)}` }] };
  const problems: Findings['problems'] = [];
  if (document.category !== undefined && document.category !== category) {
    problems.push({
      path: '/document/category',
      message: `expected "${category}", found ${show(document.category)}`,
    });
  }
  if (!asText(document.title))
    problems.push({ path: '/document/title', message: `expected text, found ${show(document.title)}` });
  const tracking = isObject(document.tracking) ? document.tracking : {};
  if (!asText(tracking.id))
    problems.push({ path: '/document/tracking/id', message: `expected text, found ${show(tracking.id)}` });
  const facts = known({
    specVersion: asText(document.csaf_version),
    id: asText(tracking.id),
    title: asText(document.title),
  });
  return { problems, facts, mediaType: 'application/json' };
}
