/** Words to write the structure of a document with, as JSON schema: what its specification demands, and no more. */
export const text = { type: 'string', minLength: 1 } as const;
export const time = { type: 'string', format: 'date-time' } as const;

export const oneOf = (...values: string[]) => ({ enum: values });
export const list = (items: object, more: object = {}) => ({ type: 'array', items, ...more });
export const mapOf = (values: object) => ({ type: 'object', additionalProperties: values });

/** An object that has all of `required`, and may have `optional` and anything else. */
export const object = (required: Record<string, object>, optional: Record<string, object> = {}, more: object = {}) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
  ...more,
});

/** What holds where a field has this value. */
export const where = (field: string, value: string, then: object) => ({
  if: { type: 'object', required: [field], properties: { [field]: { const: value } } },
  then,
});
