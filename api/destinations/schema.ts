import { z } from '@hono/zod-openapi';
import { DestinationSpec } from '../../attestation/resources.ts';

export const Hold = z
  .object({
    kind: z.enum(['operator', 'broken']),
    reason: z.string(),
    code: z.string().nullable(),
    since: z.iso.datetime(),
    by: z.string(),
  })
  .meta({ id: 'Hold', description: 'Why nothing is delivered there now.' });

const SecretView = z
  .union([z.object({ ref: z.string() }), z.object({ sealed: z.literal(true), keyId: z.string() })])
  .meta({
    id: 'SecretView',
    description: 'Where a secret comes from, or the id of the key that it is sealed with; its value is never shown.',
  });

export const Destination = z
  .object({
    name: z.string(),
    spec: DestinationSpec.omit({ secrets: true }).extend({ secrets: z.record(z.string(), SecretView) }),
    generation: z.int(),
    holds: z.array(Hold),
    deliveries: z.object({ open: z.int(), stuck: z.int(), oldest: z.iso.datetime().nullable() }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Destination' });

export const TestResult = z
  .object({
    ok: z.boolean(),
    checks: z.array(
      z.object({
        name: z.string(),
        outcome: z.enum(['ok', 'warn', 'fail', 'skipped']),
        detail: z.string(),
        remedy: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'DestinationTest' });
