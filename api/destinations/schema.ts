import { z } from '@hono/zod-openapi';
import { Standing } from '../../attestation/delivery/standing.ts';
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

const LimitsInEffect = z
  .object({
    concurrency: z.int().meta({ description: 'Deliveries at the same time, over all worker processes.' }),
    ratePerSecond: z.number().nullable().meta({ description: 'Over all worker processes; null: not limited.' }),
    timeoutMs: z.int().meta({ description: 'Of one call to the receiver.' }),
    attemptMs: z.int().meta({ description: 'Of a whole attempt, which may take several calls.' }),
    maxBytes: z.int().meta({ description: 'Of a material; a larger one is blocked.' }),
  })
  .meta({ id: 'LimitsInEffect', description: "The destination's own limits, else those of its integration." });

const Probe = z
  .object({
    nextAt: z.iso.datetime().meta({ description: 'Not before; while an operator holds it there is none.' }),
    failed: z.int().meta({ description: 'In a row.' }),
    running: z
      .object({
        by: z.string().meta({ description: 'Process that probes.' }),
        since: z.iso.datetime(),
        delivery: z.string().nullable().meta({ description: 'The one that is let through; null until one comes.' }),
      })
      .nullable(),
  })
  .meta({ id: 'Probe', description: 'Of a broken destination.' });

export const Destination = z
  .object({
    name: z.string(),
    spec: DestinationSpec.omit({ secrets: true }).extend({ secrets: z.record(z.string(), SecretView) }),
    limits: LimitsInEffect.nullable().meta({ description: 'Null where this process has no such integration.' }),
    generation: z.int(),
    standing: Standing,
    since: z.iso.datetime().nullable().meta({ description: 'Since when it stands so; null while it is ready.' }),
    holds: z.array(Hold),
    probe: Probe.nullable(),
    deliveries: z.object({
      open: z.int(),
      stuck: z.int(),
      blocked: z.int().meta({ description: 'Of the open ones: they wait for an operator, held or not.' }),
      draining: z.int().meta({
        description: 'Of those that waited when it was held: not tried since it is not. Counted up to 10,000.',
      }),
      oldest: z.iso.datetime().nullable(),
    }),
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
