import { z } from 'zod';
import { FORMS } from './schema.ts';

/** JSON Schema (2020-12) of a contract file in any of its forms, for editors; `parseContract` also names lines and looks across fields. */
export const contractJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(z.union([FORMS.v1, FORMS['chainloop-v2'], FORMS.waybill]), { io: 'input' }),
  title: 'Waybill contract',
});
