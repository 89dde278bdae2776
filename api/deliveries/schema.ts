import { z } from '@hono/zod-openapi';
import { ActionEffect, DeliveryAction } from '../../attestation/delivery/action.ts';
import { RemedyAction } from '../../attestation/delivery/remedies.ts';
import { DeliveryState, OPEN_STATES } from '../../attestation/delivery/state.ts';
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

const ScopeOrNone = z
  .enum([...Scope.options, 'none'])
  .meta({ description: 'Scope of the cause; `none`: without a failure.' });
const olderThan = z.union(
  [DurationText, z.iso.datetime({ offset: true })],
  'expected a duration such as 2h, or a time',
);
const name = z.string().min(1).max(200);

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
  replay: z.string().optional().meta({ description: 'Queued by this replay last.' }),
  code: z.string().optional().meta({ description: 'Code of the cause.' }),
  scope: ScopeOrNone.optional(),
  olderThan: olderThan
    .optional()
    .meta({ description: 'Open since before: a duration such as `2h`, or a time.', type: 'string' }),
};

/** The same, of what an action chooses from: open deliveries. */
const ActionFilter = z
  .strictObject({
    destination: name.optional(),
    project: name.optional(),
    pipeline: name.optional().meta({ description: '`project/pipeline`, or the name beside `project`.' }),
    attestation: name.optional(),
    replay: name.optional(),
    state: z.array(z.enum(OPEN_STATES)).min(1).optional(),
    code: name.optional().meta({ description: 'Code of the cause; `none`: without a failure.' }),
    scope: ScopeOrNone.optional(),
    stuck: z.boolean().optional(),
    held: z.boolean().optional(),
    olderThan: olderThan
      .optional()
      .meta({ description: 'Open since before: a duration such as `2h`, or a time.', type: 'string' }),
  })
  .meta({ description: 'All open deliveries that the token sees and that match; `{}`: every one.' });

export const reason = z.string().min(1).max(500);

export const ActionRequest = z
  .strictObject({
    action: DeliveryAction,
    reason: reason.optional().meta({ description: 'Needed to skip.' }),
    ids: z.array(name).min(1).max(1000).optional(),
    filter: ActionFilter.optional(),
    dryRun: z.boolean().default(false).meta({ description: 'Says what it would do, and does nothing.' }),
    expectAtMost: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Needed with a filter: the `count` of the dry run. If there are more, nothing is done.' }),
    seenAt: at.optional().meta({ description: 'That of the dry run: deliveries that came later are left alone.' }),
    cursor: z.string().max(1000).optional().meta({ description: '`next` of the answer before, to go on.' }),
  })
  .superRefine((request, { addIssue }) => {
    const refuse = (path: string, message: string) => addIssue({ code: 'custom', path: [path], message });
    if ((request.ids === undefined) === (request.filter === undefined))
      refuse('filter', 'expected either ids or a filter');
    if (request.action === 'skip' && !request.dryRun && request.reason === undefined)
      refuse('reason', 'expected a reason: a skipped delivery never reaches its receiver');
    const isFirst = !request.dryRun && request.cursor === undefined;
    if (request.filter && isFirst && request.expectAtMost === undefined)
      refuse('expectAtMost', 'expected the count that a dry run of this filter answers, so that no more are acted on');
    if (request.cursor !== undefined && (request.dryRun || request.ids))
      refuse('cursor', 'expected no cursor: only an action on a filter has one');
  });

export const Effect = z.object({
  destination: z.string(),
  state: DeliveryState,
  effect: ActionEffect,
  count: z.int(),
  example: z.string().meta({ description: 'Id of one of them.' }),
});
export const Repeat = z.object({ destination: z.string(), integration: z.string(), count: z.int() });

export const ActionOutcome = z
  .object({
    id: z.string().nullable().meta({ description: 'Of the action, in the audit; null when nothing was done.' }),
    action: DeliveryAction,
    dryRun: z.boolean(),
    seenAt: at,
    count: z.int().meta({ description: 'Acted on: by this call, or (dry run) by all calls together.' }),
    effects: z.array(Effect).meta({ description: 'By destination and state, with those that cannot be acted on.' }),
    mayRepeat: z.array(Repeat).meta({
      description: 'Messages that may be posted again, because the integration cannot recognise duplicates.',
    }),
    unknown: z.array(z.string()).meta({ description: 'Ids that are not there for this token.' }),
    remaining: z.int().meta({ description: 'Not looked at yet: send the same again with `next` as `cursor`.' }),
    next: z.string().nullable(),
  })
  .meta({ id: 'ActionOutcome' });
