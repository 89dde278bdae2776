import { z } from '@hono/zod-openapi';

/** What a PUT did: the same thing put again changes nothing. */
export const Change = z.enum(['created', 'updated', 'unchanged']).meta({ id: 'Change' });

type Put = { created: boolean; changed: boolean };

export const changeOf = ({ created, changed }: Put): z.infer<typeof Change> =>
  created ? 'created' : changed ? 'updated' : 'unchanged';

export const statusOf = ({ created }: Put): 200 | 201 => (created ? 201 : 200);
