import { z } from '@hono/zod-openapi';
import { ActionEffect, DeliveryAction } from '../../attestation/delivery/action.ts';
import { DeliveryState } from '../../attestation/delivery/state.ts';
import { reason } from '../reason.ts';
import { ActionFilter } from './filter-schema.ts';

const at = z.iso.datetime();
const id = z.string().min(1).max(200);

export const ActionRequest = z
  .strictObject({
    action: DeliveryAction,
    reason: reason.optional().meta({ description: 'Needed to skip.' }),
    ids: z.array(id).min(1).max(1000).optional(),
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
