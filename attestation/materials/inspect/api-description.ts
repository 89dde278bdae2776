import oas20 from '@seriousme/openapi-schema-validator/schemas/v2.0/schema.json' with { type: 'json' };
import oas30 from '@seriousme/openapi-schema-validator/schemas/v3.0/schema.json' with { type: 'json' };
import oas31 from '@seriousme/openapi-schema-validator/schemas/v3.1/schema.json' with { type: 'json' };
import oas32 from '@seriousme/openapi-schema-validator/schemas/v3.2/schema.json' with { type: 'json' };
import draft04 from 'ajv-draft-04/dist/refs/json-schema-draft-04.json' with { type: 'json' };
import { asText, isObject, type JsonObject } from '../../json.ts';
import { type Findings, found, known, show, unreadable } from './findings.ts';
import { createSchemaCheck } from './json-schema.ts';
import { object, text } from './shapes.ts';
import { parseYaml } from './yaml.ts';

const OPENAPI = new Map([
  [
    '2.0',
    createSchemaCheck({
      draft: 'older',
      schema: oas20,
      refs: { 'http://json-schema.org/draft-04/schema': draft04 },
    }),
  ],
  ['3.0', createSchemaCheck({ draft: 'older', schema: oas30 })],
  ['3.1', createSchemaCheck({ draft: '2020-12', schema: oas31 })],
  ['3.2', createSchemaCheck({ draft: '2020-12', schema: oas32 })],
]);

/** An OpenAPI description, JSON or YAML, against the schema of its version. References are not followed. */
export function inspectOpenapi(bytes: Buffer, all: boolean): Findings {
  const parsed = parseYaml(bytes);
  if (!parsed.ok) return parsed.findings;
  const document = isObject(parsed.value) ? parsed.value : {};
  const version = asText(document.openapi) ?? asText(document.swagger);
  const minor = /^(2\.0|3\.[012](?=\.\d+))/.exec(version ?? '')?.[0] ?? '';
  const check = OPENAPI.get(minor);
  if (!check) return unreadable(`expected OpenAPI 3.0, 3.1, 3.2 or Swagger 2.0, found ${show(version)}`, '/openapi');
  return found(check(document, all), {
    facts: { ...factsOf(document, version), paths: isObject(document.paths) ? Object.keys(document.paths).length : 0 },
    format: `OpenAPI ${minor}`,
  });
}

const checkAsyncapi = createSchemaCheck({
  draft: 'older',
  schema: object({
    asyncapi: { type: 'string', pattern: '^[23]\\.\\d+\\.\\d+$' },
    info: object({ title: text, version: text }),
  }),
});

/** An AsyncAPI description, as far as what every version asks for. */
export function inspectAsyncapi(bytes: Buffer, all: boolean): Findings {
  const parsed = parseYaml(bytes);
  if (!parsed.ok) return parsed.findings;
  const document = isObject(parsed.value) ? parsed.value : {};
  if (document.asyncapi === undefined) return unreadable('expected the field "asyncapi", found nothing', '/asyncapi');
  return found(checkAsyncapi(document, all), {
    facts: {
      ...factsOf(document, asText(document.asyncapi)),
      channels: isObject(document.channels) ? Object.keys(document.channels).length : 0,
    },
    format: `AsyncAPI ${String(document.asyncapi).slice(0, 20)}`,
  });
}

function factsOf(document: JsonObject, specVersion: string | undefined): Record<string, unknown> {
  const info = isObject(document.info) ? document.info : {};
  return known({ specVersion, title: asText(info.title), version: asText(info.version) });
}
