import { z } from '@hono/zod-openapi';
import { DeliveryState } from '../../attestation/delivery/state.ts';
import { DurationText } from '../../attestation/duration.ts';

const Scope = z.enum(['retry', 'delivery', 'destination']).meta({
  id: 'FailureScope',
  description: 'retry: time may heal it. delivery: this document is refused. destination: the receiver is broken.',
});
const at = z.iso.datetime();

export const Delivery = z
  .object({
    id: z.string(),
    attestationId: z.string(),
    project: z.string(),
    pipeline: z.string(),
    destination: z.string(),
    attachment: z.string(),
    material: z.object({ name: z.string(), type: z.string(), sha256: z.string() }).nullable(),
    state: DeliveryState,
    held: z.boolean().meta({ description: 'Its destination is paused or broken.' }),
    stuck: z.boolean().meta({ description: 'Open for longer than its destination allows.' }),
    createdAt: at,
    changedAt: at,
    nextAttemptAt: at.nullable(),
    attempts: z.int(),
    failures: z.int().meta({ description: 'In a row.' }),
    cause: z.object({ scope: Scope, code: z.string(), message: z.string() }).nullable(),
    idempotencyKey: z.string().meta({ description: 'Constant over all attempts; look for it at the receiver.' }),
    externalId: z.string().nullable(),
    url: z.string().nullable(),
    acceptedAt: at.nullable(),
    supersededBy: z.string().nullable(),
    skipped: z.object({ by: z.string(), reason: z.string() }).nullable(),
    command: z
      .object({ what: z.literal('retry'), at, by: z.string() })
      .nullable()
      .meta({ description: 'Asked for, and not taken up yet.' }),
    links: z.object({ attestation: z.string(), temporal: z.string().optional() }),
  })
  .meta({ id: 'Delivery' });

export const Attempt = z
  .object({
    n: z.int(),
    phase: z.enum(['deliver', 'confirm']),
    startedAt: at,
    finishedAt: at.nullable(),
    outcome: z
      .enum(['delivered', 'duplicate', 'accepted', 'skipped', 'pending', 'failed', 'unknown'])
      .nullable()
      .meta({ description: '`unknown`: a worker died in the middle. null: it is running.' }),
    scope: Scope.nullable(),
    code: z.string().nullable(),
    message: z.string().nullable(),
    status: z.int().nullable(),
    latencyMs: z.number().nullable(),
    bodyHead: z.string().nullable().meta({ description: 'The first 4 KiB of the answer, secrets scrubbed.' }),
    probe: z.boolean(),
  })
  .meta({ id: 'Attempt' });

export const Cause = z
  .object({
    destination: z.string(),
    scope: z.enum(['retry', 'delivery', 'destination', 'none']),
    code: z.string(),
    count: z.int(),
    stuck: z.int(),
    held: z.boolean(),
    oldest: at,
    firstSeen: at.nullable(),
    lastSeen: at.nullable(),
    example: z.object({ deliveryId: z.string(), message: z.string().nullable() }),
  })
  .meta({ id: 'Cause', description: 'Open deliveries that fail, or wait, for the same reason.' });

const flag = z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'], case: 'sensitive' });

/** What lists and causes can be narrowed by. */
export const deliveryQuery = {
  state: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(DeliveryState))
    .optional()
    .meta({ description: 'One or several, with commas.', type: 'string' }),
  open: flag.optional().meta({ description: 'Not finished: stuck first, then the oldest.', type: 'boolean' }),
  stuck: flag.optional().meta({ type: 'boolean' }),
  held: flag.optional().meta({ type: 'boolean' }),
  destination: z.string().optional(),
  project: z.string().optional(),
  pipeline: z.string().optional().meta({ description: '`project/pipeline`, or the name beside `project`.' }),
  attestation: z.string().optional(),
  code: z.string().optional().meta({ description: 'Code of the cause.' }),
  olderThan: z
    .union([DurationText, z.iso.datetime({ offset: true })])
    .optional()
    .meta({ description: 'Open since before: a duration such as `2h`, or a time.', type: 'string' }),
};
