import { z } from '@hono/zod-openapi';
import { DeliveryState } from '../../attestation/delivery/state.ts';
import { Check, StatementVerification } from '../../attestation/verdict.ts';

const text = (description: string) => z.string().meta({ description });

export const AttestationVerdict = z
  .enum(['accepted', 'rejected', 'undecided'])
  .meta({ id: 'AttestationVerdict', description: '`undecided`: recorded, and nobody has judged it yet.' });

const ContractRef = z.object({ name: z.string(), revision: z.int(), digest: z.string() }).meta({ id: 'ContractRef' });

const Validation = z
  .object({
    outcome: z.enum(['valid', 'invalid', 'unreadable', 'not-validated']),
    checked: z.enum(['schema', 'structure', 'fields', 'kind', 'bytes']).meta({
      description:
        'What its content was held against: the published `schema` of its format; the `structure` that its specification demands; a few `fields`; its `kind` (first bytes or text); or that there are `bytes`.',
    }),
    format: text('Format and version, e.g. `CycloneDX 1.5`.').optional(),
  })
  .meta({ id: 'MaterialValidation' });

const Material = z
  .object({
    name: z.string(),
    type: z.string(),
    slot: z.string().nullable().meta({ description: "The contract's material that it fills." }),
    how: text('How it was matched, in words.'),
    sha256: z.string(),
    size: z.int(),
    mediaType: z.string(),
    bytes: z.enum(['stored', 'inline', 'absent']),
    validation: Validation.nullable().meta({ description: 'Null where nobody had to look into it.' }),
    facts: z
      .record(z.string(), z.unknown())
      .meta({ description: 'What its content says, by its type: `docs/materials.md` lists them.' }),
    annotations: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Material' });

const DeliveryBrief = z
  .object({
    id: z.string(),
    destination: z.string(),
    attachment: z.string(),
    material: z.string().nullable(),
    state: DeliveryState,
    stuck: z.boolean(),
  })
  .meta({ id: 'DeliveryBrief' });

const Links = z
  .object({
    self: z.string(),
    deliveries: z.string(),
    vsa: text('The verdict as signed evidence, once there is one.').optional(),
    console: z.string().optional(),
    temporal: z.string().optional(),
  })
  .meta({ id: 'AttestationLinks' });

const outcome = {
  verdict: AttestationVerdict,
  judgement: z
    .int()
    .meta({ description: 'Which judgement this is; a rejected attestation that is sent again gets the next.' }),
  decidedAt: z.iso.datetime().nullable(),
  contract: ContractRef.nullable(),
  duplicateOf: z
    .string()
    .nullable()
    .meta({ description: 'The attestation that said the same before; this one delivers nothing.' }),
};

const reasons = {
  checks: z.array(Check),
  verification: z.array(StatementVerification),
  annotations: z.record(z.string(), z.string()),
};

export const Judgement = z
  .object({ ...outcome, ...reasons, links: Links.pick({ vsa: true, temporal: true }) })
  .meta({ id: 'Judgement', description: 'One verdict, or the wait for it, with its reasons.' });

const identity = {
  id: z.string(),
  project: z.string(),
  pipeline: z.string(),
  ...outcome,
  receivedAt: z.iso.datetime(),
  statementDigest: text('Identity of what was signed, whatever the envelope.'),
};

/** The body of every verdict, and of the attestation when it is read later. */
export const Attestation = z
  .object({
    ...identity,
    receivedBy: text('Id of the token that sent it.'),
    statements: z.array(z.object({ sha256: z.string(), size: z.int() })),
    ...reasons,
    materials: z.array(Material),
    deliveries: z.array(DeliveryBrief).meta({ description: 'The first 200; `links.deliveries` has them all.' }),
    links: Links,
  })
  .meta({ id: 'Attestation' });

export const AttestationSummary = z
  .object({
    ...identity,
    failed: z.array(z.string()).meta({ description: 'Codes of the checks that failed.' }),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'AttestationSummary' });
