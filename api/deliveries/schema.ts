import { z } from '@hono/zod-openapi';
import { RemedyAction } from '../../attestation/delivery/remedies.ts';
import { DeliveryState } from '../../attestation/delivery/state.ts';

export const Scope = z.enum(['retry', 'delivery', 'destination']).meta({
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
    replay: z.string().nullable().meta({ description: 'The replay that queued it last.' }),
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

const Remedy = z
  .object({
    action: RemedyAction,
    say: z.string().meta({ description: 'When, or why.' }),
    api: z
      .object({
        method: z.enum(['GET', 'POST', 'PUT']),
        path: z.string(),
        body: z.record(z.string(), z.unknown()).optional().meta({ description: '`…` is for the caller to fill in.' }),
      })
      .nullable()
      .meta({ description: 'The call that does it, or its dry run; null: it is not done here.' }),
    command: z.string().nullable().meta({ description: 'The same from a shell.' }),
  })
  .meta({ id: 'Remedy' });

export const Cause = z
  .object({
    destination: z.string(),
    scope: z.enum([...Scope.options, 'none']),
    code: z.string(),
    count: z.int(),
    stuck: z.int(),
    held: z.boolean(),
    oldest: at,
    firstSeen: at.nullable(),
    lastSeen: at.nullable(),
    example: z.object({ deliveryId: z.string(), message: z.string().nullable() }),
    means: z
      .string()
      .nullable()
      .meta({ description: 'What the code says; null without one, or for one of an older version.' }),
    remedies: z.array(Remedy).meta({ description: 'What can be done, in the order in which one would.' }),
  })
  .meta({ id: 'Cause', description: 'Open deliveries that fail, or wait, for the same reason.' });
