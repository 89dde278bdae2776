import bom12 from '../schemas/cyclonedx/bom-1.2.schema.json' with { type: 'json' };
import bom13 from '../schemas/cyclonedx/bom-1.3.schema.json' with { type: 'json' };
import bom14 from '../schemas/cyclonedx/bom-1.4.schema.json' with { type: 'json' };
import bom15 from '../schemas/cyclonedx/bom-1.5.schema.json' with { type: 'json' };
import bom16 from '../schemas/cyclonedx/bom-1.6.schema.json' with { type: 'json' };
import bom17 from '../schemas/cyclonedx/bom-1.7.schema.json' with { type: 'json' };
import cryptography from '../schemas/cyclonedx/cryptography-defs.schema.json' with { type: 'json' };
import jsf from '../schemas/cyclonedx/jsf-0.82.schema.json' with { type: 'json' };
import spdx from '../schemas/cyclonedx/spdx.schema.json' with { type: 'json' };
import { createSchemaCheck, type SchemaCheck } from './json-schema.ts';

const BASE = 'http://cyclonedx.org/schema/';
const refs = {
  [`${BASE}spdx.SNAPSHOT.schema.json`]: spdx,
  [`${BASE}jsf-0.82.SNAPSHOT.schema.json`]: jsf,
  [`${BASE}cryptography-defs.SNAPSHOT.schema.json`]: cryptography,
};

/** CycloneDX's own schemas, by `specVersion`. */
export const CYCLONEDX: ReadonlyMap<string, SchemaCheck> = new Map(
  Object.entries({ '1.2': bom12, '1.3': bom13, '1.4': bom14, '1.5': bom15, '1.6': bom16, '1.7': bom17 }).map(
    ([version, schema]) => [version, createSchemaCheck({ draft: 'older', schema, refs })],
  ),
);
