import { z } from '@hono/zod-openapi';
import { DeliveryState, OPEN_STATES } from '../../attestation/delivery/state.ts';
import { DurationText } from '../../attestation/duration.ts';
import { Scope } from './schema.ts';

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
export const ActionFilter = z
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
