import { z } from '@hono/zod-openapi';
import { DeliveryState } from '../../attestation/delivery/state.ts';
import { reason } from '../reason.ts';

const at = z.iso.datetime();
const flag = z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'], case: 'sensitive' });
const count = z.coerce.number().int().min(0);

/** How a removal is asked for: first what it would strand, then with what was seen. */
const asked = {
  dryRun: flag.optional().meta({ type: 'boolean', description: 'Says what it would strand, and does nothing.' }),
  skipOpen: flag.optional().meta({ type: 'boolean', description: 'Ends its open deliveries, `skipped`, for ever.' }),
  expectAtMost: count
    .optional()
    .meta({ type: 'integer', description: 'With `skipOpen`: `open.count` of the dry run. More, and nothing is done.' }),
  reason: reason.optional().meta({ description: 'With `skipOpen`: why; kept with each delivery and in the audit.' }),
};
const complete = (
  {
    skipOpen,
    expectAtMost,
    reason: why,
  }: { skipOpen?: boolean | undefined; expectAtMost?: number | undefined; reason?: string | undefined },
  { addIssue }: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
) => {
  if (!skipOpen) return;
  const missing = (path: string, message: string) => addIssue({ code: 'custom', path: [path], message });
  if (expectAtMost === undefined)
    missing('expectAtMost', 'expected open.count of a dry run, so that no more are ended');
  if (why === undefined) missing('reason', 'expected a reason: what is skipped never reaches its receiver');
};

export const DestinationRemoval = z
  .strictObject({
    ...asked,
    detachAtMost: count.optional().meta({
      type: 'integer',
      description: 'Its attachments go with it: how many the dry run names. More, and nothing is done.',
    }),
  })
  .superRefine(complete);

export const AttachmentRemoval = z
  .strictObject({
    ...asked,
    keepOpen: flag
      .optional()
      .meta({ type: 'boolean', description: 'Lets its open deliveries go on; no more are planned.' }),
  })
  .superRefine((query, context) => {
    complete(query, context);
    if (query.keepOpen && query.skipOpen)
      context.addIssue({ code: 'custom', path: ['keepOpen'], message: 'expected either skipOpen or keepOpen' });
  });

export const Removal = z
  .object({
    name: z.string(),
    dryRun: z.boolean(),
    removed: z.boolean().meta({ description: 'False after a real call: send the same again to go on.' }),
    attachments: z.array(z.string()).meta({ description: 'Those of the destination, which go with it.' }),
    open: z
      .object({
        count: z.int(),
        states: z.array(z.object({ state: DeliveryState, count: z.int(), example: z.string() })),
        oldest: at.nullable(),
        example: z.string().nullable().meta({ description: 'Id of the oldest.' }),
      })
      .meta({ description: 'Deliveries that have not arrived: before this call.' }),
    skipped: z.int().meta({ description: 'Ended by this call.' }),
    action: z.string().nullable().meta({ description: 'Of what it ended, in the audit: each of them names it.' }),
  })
  .meta({ id: 'Removal' });
