import { asList, asText, isObject } from '../../json.ts';
import { type Findings, found, known, parseJsonObject, show, unreadable } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { list, object, oneOf, text, time, where } from './shapes.ts';

const STATUSES = ['not_affected', 'affected', 'fixed', 'under_investigation'];
const JUSTIFICATIONS = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
];
const version = { type: 'integer', minimum: 1 };

const check = createSchemaCheck({
  draft: 'older',
  schema: object(
    {
      '@id': text,
      author: text,
      timestamp: time,
      version,
      statements: list(
        object(
          { vulnerability: object({ name: text }, { aliases: list(text) }), status: oneOf(...STATUSES) },
          {
            products: list(
              object({}, { '@id': text, identifiers: { type: 'object' }, subcomponents: list(object({})) }),
            ),
            justification: oneOf(...JUSTIFICATIONS),
            impact_statement: text,
            action_statement: text,
            timestamp: time,
          },
          {
            allOf: [
              where('status', 'not_affected', {
                anyOf: [{ required: ['justification'] }, { required: ['impact_statement'] }],
              }),
              where('status', 'affected', { required: ['action_statement'] }),
            ],
          },
        ),
        { minItems: 1 },
      ),
    },
    { last_updated: time, role: text, tooling: { type: 'string' } },
  ),
});

/** The structure of OpenVEX 0.2; earlier documents named the vulnerability as plain text and had the version as text. */
export function inspectOpenvex(bytes: Buffer, all: boolean): Findings {
  const parsed = parseJsonObject(bytes);
  if (!parsed.ok) return parsed.findings;
  const vex = parsed.value;
  const context = asText(vex['@context']);
  if (!context?.startsWith('https://openvex.dev/ns'))
    return unreadable(`expected https://openvex.dev/ns…, found ${show(vex['@context'])}`, '/@context');
  const statements: Record<string, number> = { total: 0, ...Object.fromEntries(STATUSES.map((status) => [status, 0])) };
  for (const statement of asList(vex.statements).filter(isObject)) {
    statements.total = (statements.total ?? 0) + 1;
    const status = STATUSES.find((name) => name === statement.status);
    if (status) statements[status] = (statements[status] ?? 0) + 1;
  }
  const specVersion = /\/v(\d[\d.]*)$/.exec(context)?.[1];
  return found(check(vex, all), {
    facts: known({
      specVersion,
      id: asText(vex['@id']),
      author: asText(vex.author),
      tool: asText(vex.tooling),
      statements,
    }),
    mediaType: 'application/json',
    format: 'OpenVEX 0.2',
  });
}
