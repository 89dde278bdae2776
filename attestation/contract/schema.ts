import { z } from 'zod';
import { DurationText } from '../duration.ts';
import { MATERIAL_TYPES } from '../materials/types.ts';
import { RunnerProof, RunnerType } from './contract.ts';
import { ExceptionEntry, RuleEntry } from './rule-schema.ts';
import { DnsName, enforceFrom } from './schema-parts.ts';
import { SignerEntry } from './signer-schema.ts';

/** The contract as it is written in a file, in each of its three forms. The normal form is in `contract.ts`. */

const Annotation = z
  .strictObject({
    name: z.string().regex(/^\w+$/, 'expected letters, digits and underscores'),
    value: z.string().optional().meta({ description: 'Fixed by the contract; empty = the sender must give one.' }),
    enforceFrom,
  })
  .meta({ id: 'ContractAnnotation' });

const Material = z
  .strictObject({
    type: z
      .enum(MATERIAL_TYPES as [string, ...string[]])
      .meta({ description: 'What the material is; its content is held against this.' }),
    name: DnsName,
    optional: z.boolean().optional(),
    group: z
      .string()
      .max(253)
      .optional()
      .meta({ description: 'At least one material of a group must come; overrides `optional`.' }),
    output: z.boolean().optional().meta({ description: 'Its digest must be a subject of a signed statement.' }),
    skipUpload: z.boolean().optional().meta({ description: 'The signed digest is enough; no bytes are asked for.' }),
    validation: z.enum(['strict', 'tolerant']).optional().meta({
      description: 'Content that breaks the rules of its type rejects (`strict`, the default) or warns (`tolerant`).',
    }),
    annotations: z.array(Annotation).max(100).optional(),
    enforceFrom,
  })
  .meta({ id: 'ContractMaterial' });

const Runner = z
  .strictObject({
    type: RunnerType,
    proof: RunnerProof.optional().meta({ description: 'Weakest proof that counts; default `self-declared`.' }),
    enforceFrom,
  })
  .meta({ id: 'ContractRunner' });

const POLICY_REF = z.string().min(1).max(2000);
const With = z.record(z.string(), z.string());
const PolicyAttachment = z
  .strictObject({
    ref: POLICY_REF.optional(),
    embedded: z.record(z.string(), z.unknown()).optional(),
    selector: z.strictObject({ name: z.string(), matchMode: z.enum(['EXACT', 'PREFIX']).optional() }).optional(),
    disabled: z.boolean().optional(),
    with: With.optional(),
    requirements: z
      .array(
        z
          .string()
          .regex(
            /^([a-z0-9-]+\/)?([^\s/]+\/)([^\s@/]+)(@[^\s@]+)?$/,
            'expected [organization/]framework/requirement[@version]',
          ),
      )
      .optional(),
    gate: z.boolean().optional(),
    enforceFrom,
  })
  .refine(
    (entry) => (entry.ref === undefined) !== (entry.embedded === undefined),
    'expected exactly one of "ref" and "embedded"',
  )
  .meta({ id: 'ContractPolicy' });

const PolicyGroup = z
  .strictObject({
    ref: POLICY_REF,
    with: With.optional(),
    skip: z.array(z.string()).optional(),
    gate: z.boolean().optional(),
    enforceFrom,
  })
  .meta({ id: 'ContractPolicyGroup' });

const Variable = z.union([z.string().min(1), z.strictObject({ name: z.string().min(1), enforceFrom })]);

/** What a contract asks for; the same fields stand at the top of v1 and in `spec` of the other two. */
const terms = {
  owner: z
    .strictObject({ team: z.string().min(1).max(200), contact: z.string().min(1).max(200).optional() })
    .optional()
    .meta({ description: 'Who answers for the pipeline.' }),
  materials: z.array(Material).max(500).optional(),
  envAllowList: z.array(Variable).max(500).optional(),
  runner: Runner.optional(),
  annotations: z.array(Annotation).max(100).optional(),
  policies: z
    .strictObject({
      materials: z.array(PolicyAttachment).max(500).optional(),
      attestation: z.array(PolicyAttachment).max(500).optional(),
    })
    .optional(),
  policyGroups: z.array(PolicyGroup).max(100).optional(),
  signers: z.array(SignerEntry).min(1).max(100).optional().meta({
    description: 'Any of them; none given = the keys registered for the project. Certificates always need an entry.',
  }),
  verification: z
    .strictObject({
      require: z.enum(['verified', 'time-unproven']).optional(),
      threshold: z
        .int()
        .min(1)
        .max(16)
        .optional()
        .meta({ description: 'Different signers that every statement needs.' }),
      maxAge: DurationText.optional().meta({ description: 'Counted from the proven time of signing.' }),
      enforceFrom,
    })
    .optional(),
  expect: z
    .strictObject({ every: DurationText })
    .optional()
    .meta({ description: 'Silence longer than this is an anomaly.' }),
  rules: z.array(RuleEntry).max(50).optional(),
  exceptions: z.array(ExceptionEntry).max(100).optional(),
};

const Metadata = z.strictObject({
  name: DnsName,
  description: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  organization: z.string().optional(),
  findingType: z.enum(['VULNERABILITY', 'SAST', 'LICENSE_VIOLATION']).optional(),
});

/** Where an editor finds the published schema; it says nothing about the contract. */
const $schema = z.string().optional();

const resource = <Version extends string>(apiVersion: Version) =>
  z.strictObject({
    $schema,
    apiVersion: z.literal(apiVersion),
    kind: z.literal('Contract'),
    metadata: Metadata,
    spec: z.strictObject(terms).optional(),
  });

/** The three forms of a contract file. */
export const FORMS = {
  v1: z.strictObject({ $schema, schemaVersion: z.literal('v1'), ...terms }).meta({ id: 'ContractV1' }),
  'chainloop-v2': resource('chainloop.dev/v1').meta({ id: 'ContractChainloop' }),
  waybill: resource('waybill.dev/v1').meta({ id: 'ContractWaybill' }),
} as const;
export type Form = keyof typeof FORMS;
export type Terms = z.infer<z.ZodObject<typeof terms>>;

/** Names of the terms, for hints about fields that stand in the wrong place. */
export const TERM_NAMES: readonly string[] = Object.keys(terms);
