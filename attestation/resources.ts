import { z } from 'zod';
import { DurationText } from './duration.ts';

/** Name of a resource: DNS-1123 label, so that it can stand in URLs, task queues and file names. */
export const ResourceName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'expected lower-case letters, digits and dashes, at most 63')
  .meta({ id: 'ResourceName' });

export const PipelineGlob = z
  .string()
  .regex(/^[-a-z0-9*]+\/[-a-z0-9*]+$/, 'expected project/pipeline, where * matches any run of characters')
  .meta({ description: '`project/pipeline`; `*` matches any run of characters, anchored at both ends.' });

/** Binds `project/pipeline` to a contract by name. */
export const PipelineSpec = z
  .strictObject({ contract: ResourceName, description: z.string().max(500).optional() })
  .meta({ id: 'PipelineSpec' });
export type PipelineSpec = z.infer<typeof PipelineSpec>;

/** Where a secret comes from: a reference that only workers resolve, or a value that is sealed on receipt. */
export const SecretInput = z
  .union([
    z
      .string()
      .regex(
        /^(env:WAYBILL_SECRET_[A-Z0-9_]+|file:(?!\.{1,2}$)[A-Za-z0-9._-]+)$/,
        'expected env:WAYBILL_SECRET_<NAME> or file:<name>, the name of a file in the folder of secrets',
      ),
    z.strictObject({ value: z.string().min(1).max(16_384) }),
  ])
  .meta({
    id: 'SecretInput',
    description: 'A reference (`env:WAYBILL_SECRET_…`, `file:…`) or `{ value }`, sealed at rest and never shown again.',
  });
export type SecretInput = z.infer<typeof SecretInput>;

export const DestinationSpec = z
  .strictObject({
    integration: z.string().meta({ description: 'Kind of receiver; `GET /v1/integrations` lists them.' }),
    config: z.record(z.string(), z.unknown()).default({}),
    secrets: z
      .record(z.string(), SecretInput.nullable())
      .default({})
      .meta({ description: 'By name. One that is not given stays as it is; null drops it.' }),
    allow: z
      .array(z.union([z.cidrv4(), z.cidrv6()]))
      .max(50)
      .default([])
      .meta({ description: 'Private address ranges that may be called, as CIDR.' }),
    limits: z
      .strictObject({
        concurrency: z.int().min(1).max(200).optional(),
        ratePerSecond: z.number().positive().max(10_000).optional(),
        timeout: DurationText.optional(),
        maxBytes: z.int().positive().optional(),
      })
      .default({}),
    stuckAfter: DurationText.default('15m'),
    tlsCa: z
      .string()
      .max(65_536)
      .optional()
      .meta({ description: 'PEM of a private certificate authority to trust for this destination.' }),
  })
  .meta({ id: 'DestinationSpec' });
export type DestinationSpec = z.infer<typeof DestinationSpec>;

export const AttachmentSpec = z
  .strictObject({
    destination: ResourceName,
    pipelines: z.array(PipelineGlob).min(1).max(100),
    materials: z
      .strictObject({ types: z.array(z.string()).max(100).optional(), names: z.array(z.string()).max(100).optional() })
      .default({})
      .meta({ description: 'Which materials; empty = every one that the integration takes.' }),
    options: z.record(z.string(), z.unknown()).default({}),
  })
  .meta({ id: 'AttachmentSpec' });
export type AttachmentSpec = z.infer<typeof AttachmentSpec>;

export const TokenRole = z.enum(['submit', 'read', 'operate', 'admin']).meta({ id: 'TokenRole' });
export type TokenRole = z.infer<typeof TokenRole>;
