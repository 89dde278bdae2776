import { z } from '@hono/zod-openapi';
import { ReplayEffect, ReplaySpec, ReplayState } from '../../attestation/delivery/replay.ts';
import { DeliveryState } from '../../attestation/delivery/state.ts';
import { Cause } from '../deliveries/schema.ts';
import { Hold } from '../destinations/schema.ts';
import { reason } from '../reason.ts';

const at = z.iso.datetime();
const who = z.object({ id: z.string(), name: z.string() });
const seq = z.int().min(0);

export const ReplayRequest = ReplaySpec.extend({
  reason: reason.optional().meta({ description: 'Why, for whoever looks at it, and for the audit.' }),
  dryRun: z.boolean().default(false).meta({ description: 'Says what it would do, and does nothing.' }),
  expectAtMost: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Needed without `dryRun`: the `count` of a dry run. If there are more, nothing is done.' }),
  throughSeq: seq.optional().meta({ description: 'That of the dry run: what came later is left alone.' }),
})
  .superRefine((request, { addIssue }) => {
    const refuse = (path: string, message: string) => addIssue({ code: 'custom', path: [path], message });
    if (!request.dryRun && request.expectAtMost === undefined)
      refuse('expectAtMost', 'expected the count that a dry run answers, so that no more are queued than somebody saw');
    if (request.since && request.until && Date.parse(request.since) >= Date.parse(request.until))
      refuse('until', 'expected a time after since');
  })
  .meta({ id: 'ReplayRequest' });

/** Everything said: nothing that the database compares is left to a default. */
const Spec = ReplaySpec.required({ includeSkipped: true });

const Effect = z.object({
  effect: ReplayEffect,
  count: z.int(),
  example: z.object({
    attestation: z.string(),
    delivery: z.string().nullable().meta({ description: 'Null: there never was one.' }),
  }),
});

export const ReplayForeseen = z
  .object({
    id: z.null().meta({ description: 'Nothing was done.' }),
    dryRun: z.boolean(),
    spec: Spec,
    count: z.int().meta({ description: 'Deliveries that it would queue: what `expectAtMost` of the real call says.' }),
    atLeast: z.boolean().meta({
      description:
        'The time was over before all was counted, and all numbers are of a part: ask for more time (`Prefer: wait=60`), or for less (`since`, `until`, `pipelines`).',
    }),
    attestations: z.int().meta({ description: 'Accepted, within the time and the pipelines: looked at.' }),
    effects: z.array(Effect).meta({ description: 'What is queued, then what is left alone.' }),
    attachments: z.array(z.object({ attachment: z.string(), count: z.int() })).meta({
      description: 'How many it would queue, by attachment.',
    }),
    mayRepeat: z
      .array(
        z.object({
          destination: z.string(),
          integration: z.string(),
          dedupe: z.enum(['natural', 'key', 'probe', 'none']),
          count: z.int(),
        }),
      )
      .meta({
        description:
          'Messages that may be posted once more to a receiver that had them: `none` recognises no duplicate, `key` none under a new key (mode again).',
      }),
    holds: z.array(Hold).meta({ description: 'Not empty: nothing is delivered before they are lifted.' }),
    throughSeq: seq,
    seenAt: at,
  })
  .meta({ id: 'ReplayForeseen' });

const summary = {
  id: z.string(),
  spec: Spec,
  reason: z.string().nullable(),
  state: ReplayState,
  stateBy: who,
  stateAt: at,
  stateReason: z.string().nullable(),
  createdBy: who,
  createdAt: at,
  finishedAt: at.nullable(),
  total: z.int().meta({ description: 'Deliveries that it was to queue, counted when it was created.' }),
  queued: z.int().meta({ description: 'Queued so far.' }),
  ended: z.int().meta({ description: 'Of those, in a final state.' }),
  left: z.int().meta({ description: 'Not in a final state yet, or not queued yet.' }),
  deliveries: z.partialRecord(DeliveryState, z.int()).meta({ description: 'By state, now.' }),
  ratePerSecond: z
    .number()
    .nullable()
    .meta({ description: 'Ended per second: since it was created, or (events) lately. Null: nothing to tell from.' }),
  secondsLeft: z.int().nullable().meta({ description: 'At that rate. Null: unknown, or it does not run now.' }),
  held: z.boolean().meta({ description: 'Its destination is paused or broken: it goes on by itself afterwards.' }),
  links: z.object({
    self: z.string(),
    console: z.string().optional(),
    temporal: z.string().optional(),
    deliveries: z.string().meta({ description: 'All of its deliveries.' }),
    causes: z.string().meta({ description: 'Why some of them are open.' }),
  }),
};

export const Replay = z.object(summary).meta({ id: 'Replay' });

export const ReplayProgress = z
  .object({
    ...summary,
    holds: z.array(Hold),
    problems: z.array(Cause).meta({ description: 'Why deliveries of it are open: the five worst causes.' }),
  })
  .meta({ id: 'ReplayProgress' });
export type ReplayProgress = z.output<typeof ReplayProgress>;
