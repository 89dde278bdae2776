import { z } from 'zod';
import { FORMS } from './schema.ts';
import { SPELLINGS } from './yaml-places.ts';

type Schema = { [key: string]: unknown };

/**
 * JSON Schema (2020-12) of a contract file in any of its forms, for editors. What `parseContract` finds across fields and
 * inside rules it does not know.
 */
export const contractJsonSchema = (): Schema => ({
  title: 'Waybill contract',
  description: 'What an attestation of a pipeline must bring. `waybill contract check FILE` finds more than this.',
  ...z.toJSONSchema(z.union([FORMS.v1, FORMS['chainloop-v2'], FORMS.waybill]), { io: 'input', override: tolerate }),
});

const OTHER_SPELLINGS = new Map(Object.entries(SPELLINGS).map(([other, name]) => [name, other]));

/** What the parser takes beside the one spelling: protobuf's names of fields, and an empty `spec`. */
function tolerate({ jsonSchema }: { jsonSchema: Schema }): void {
  const properties = jsonSchema.properties as Record<string, Schema> | undefined;
  if (!properties) return;
  const required = (jsonSchema.required ?? []) as string[];
  for (const [name, schema] of Object.entries(properties)) {
    const other = OTHER_SPELLINGS.get(name);
    if (other !== undefined && !required.includes(name)) properties[other] = schema;
    if (name === 'spec') properties.spec = { anyOf: [schema, { type: 'null' }] };
  }
}
