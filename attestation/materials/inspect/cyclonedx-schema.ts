import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import bom12 from '../schemas/bom-1.2.schema.json' with { type: 'json' };
import bom13 from '../schemas/bom-1.3.schema.json' with { type: 'json' };
import bom14 from '../schemas/bom-1.4.schema.json' with { type: 'json' };
import bom15 from '../schemas/bom-1.5.schema.json' with { type: 'json' };
import bom16 from '../schemas/bom-1.6.schema.json' with { type: 'json' };
import bom17 from '../schemas/bom-1.7.schema.json' with { type: 'json' };
import cryptography from '../schemas/cryptography-defs.schema.json' with { type: 'json' };
import jsf from '../schemas/jsf-0.82.schema.json' with { type: 'json' };
import spdx from '../schemas/spdx.schema.json' with { type: 'json' };

const SCHEMAS = new Map<string, object>([
  ['1.2', bom12],
  ['1.3', bom13],
  ['1.4', bom14],
  ['1.5', bom15],
  ['1.6', bom16],
  ['1.7', bom17],
]);

export const CYCLONEDX_VERSIONS: readonly string[] = [...SCHEMAS.keys()];

const compiled = new Map<string, ValidateFunction>();

/** The validator of a CycloneDX version, compiled at first use (0.2–0.7 s); undefined for a version without a schema. */
export function cyclonedxValidator(specVersion: string): ValidateFunction | undefined {
  const known = compiled.get(specVersion);
  const schema = SCHEMAS.get(specVersion);
  if (known || !schema) return known;
  const validate = createAjv().compile(withoutUniqueItems(schema) as object);
  compiled.set(specVersion, validate);
  return validate;
}

function createAjv(): Ajv {
  const ajv = new Ajv({ strict: false, logger: false });
  formats.default(ajv, { mode: 'fast', formats: ['date-time', 'date', 'uri'] });
  // Both lists of characters are those RFC 3987 and RFC 6531 exclude; cheap on purpose, and linear.
  ajv.addFormat('iri-reference', /^[^\s<>"{}|\\^`]*$/u);
  ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/u);
  for (const [name, schema] of [
    ['spdx.SNAPSHOT.schema.json', spdx],
    ['jsf-0.82.SNAPSHOT.schema.json', jsf],
    ['cryptography-defs.SNAPSHOT.schema.json', cryptography],
  ] as const) {
    ajv.addSchema(withoutUniqueItems(schema) as object, `http://cyclonedx.org/schema/${name}`);
  }
  return ajv;
}

/** Ajv compares items pairwise: 20 s for a hostile SBOM of 2 MB. Duplicates are looked for in linear time instead. */
function withoutUniqueItems(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutUniqueItems);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === 'uniqueItems' && typeof value === 'boolean'))
      .map(([key, value]) => [key, withoutUniqueItems(value)]),
  );
}
