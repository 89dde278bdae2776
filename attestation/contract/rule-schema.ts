import { z } from 'zod';
import { EXCUSABLE } from './exceptions.ts';
import { Day, DnsName, enforceFrom } from './schema-parts.ts';

/** An entry of `rules` as it is written. */
export const RuleEntry = z
  .strictObject({
    name: DnsName,
    expr: z.string().min(1).meta({
      description:
        'CEL over statement, predicate, signer, statements, materials, pipeline and received. Nothing but true passes. At most 4096 bytes.',
    }),
    mode: z
      .enum(['enforce', 'warn'])
      .optional()
      .meta({ description: 'Whether a failure rejects (default) or only warns.' }),
    remedy: z.string().min(1).max(500).optional().meta({ description: 'What the sender reads when it fails.' }),
    enforceFrom,
  })
  .meta({ id: 'ContractRule' });

/** An entry of `exceptions` as it is written. */
export const ExceptionEntry = z
  .strictObject({
    check: z
      .enum(EXCUSABLE as unknown as [string, ...string[]])
      .optional()
      .meta({ description: 'Code of the check that may fail.' }),
    rule: DnsName.optional().meta({ description: 'Name of the rule that may fail.' }),
    material: DnsName.optional().meta({ description: 'Name of the material that may be missing or wrong.' }),
    about: z.string().min(1).max(2000).optional().meta({
      description: 'Only the check about this: a variable, an annotation, a policy, a group, a statement.',
    }),
    until: Day.meta({ description: 'The last day (UTC) on which it counts.' }),
    reason: z.string().min(1).max(500),
    approvedBy: z.string().min(1).max(200),
  })
  .superRefine(({ check, rule, material, about }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (check === undefined && rule === undefined && material === undefined)
      refuse('expected "check", "rule" or "material", found none: an exception from everything is no contract');
    if (rule !== undefined && material !== undefined) refuse('expected "rule" or "material", found both');
    if (rule !== undefined && check !== undefined && !check.startsWith('rule.'))
      refuse(`expected a check of rules beside "rule", found ${check}`);
    if (about !== undefined && check === undefined) refuse('expected "check" beside "about", found none');
  })
  .meta({ id: 'ContractException' });
