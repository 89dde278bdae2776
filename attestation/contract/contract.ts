import { z } from 'zod';

/** Where a pipeline may run; names are Chainloop's. */
export const RunnerType = z
  .enum([
    'GITHUB_ACTION',
    'GITLAB_PIPELINE',
    'AZURE_PIPELINE',
    'JENKINS_JOB',
    'CIRCLECI_BUILD',
    'DAGGER_PIPELINE',
    'TEAMCITY_PIPELINE',
    'TEKTON_PIPELINE',
    'CHAINLOOP_SANDBOX',
  ])
  .meta({ id: 'RunnerType' });
export type RunnerType = z.infer<typeof RunnerType>;

/** How the runner is known, weakest first. */
export const RunnerProof = z.enum(['self-declared', 'token', 'certificate']).meta({ id: 'RunnerProof' });
export type RunnerProof = z.infer<typeof RunnerProof>;

const Line = z.int().positive();
/** Until this day begins (UTC) a failure only warns. */
const EnforceFrom = z.iso.date().optional();
const Wanted = z.object({ name: z.string(), value: z.string().optional(), enforceFrom: EnforceFrom, line: Line });

const ContractMaterial = z.object({
  type: z.string(),
  name: z.string(),
  optional: z.boolean(),
  group: z.string().optional(),
  output: z.boolean(),
  skipUpload: z.boolean(),
  /** Absent: strict. */
  validation: z.enum(['strict', 'tolerant']).optional(),
  annotations: z.array(Wanted),
  enforceFrom: EnforceFrom,
  line: Line,
});
export type ContractMaterial = z.infer<typeof ContractMaterial>;

const KeySigner = z.object({ kind: z.literal('key'), key: z.string(), line: Line });
const CertificateSigner = z.object({
  kind: z.literal('certificate'),
  issuer: z.string(),
  profile: z.string().optional(),
  san: z.string().optional(),
  subject: z.string().optional(),
  repository: z.string().optional(),
  repositoryId: z.string().optional(),
  owner: z.string().optional(),
  ownerId: z.string().optional(),
  signerWorkflow: z.string().optional(),
  refs: z.array(z.string()).optional(),
  signerRefs: z.array(z.string()).optional(),
  environment: z.string().optional(),
  runnerEnvironment: z.string().optional(),
  line: Line,
});
export type CertificateSigner = z.infer<typeof CertificateSigner>;

const PolicyAttachment = z.object({
  /** The reference as written, or the name of an embedded policy. */
  ref: z.string(),
  embedded: z.boolean(),
  selector: z.object({ name: z.string(), matchMode: z.enum(['EXACT', 'PREFIX']) }).optional(),
  disabled: z.boolean(),
  gate: z.boolean().optional(),
  enforceFrom: EnforceFrom,
  line: Line,
});
export type PolicyAttachment = z.infer<typeof PolicyAttachment>;

const PolicyGroup = z.object({
  ref: z.string(),
  skip: z.array(z.string()),
  gate: z.boolean().optional(),
  enforceFrom: EnforceFrom,
  line: Line,
});

const Rule = z.object({
  name: z.string(),
  /** CEL, known to compile. */
  expr: z.string(),
  mode: z.enum(['enforce', 'warn']),
  remedy: z.string().optional(),
  enforceFrom: EnforceFrom,
  line: Line,
});
export type Rule = z.infer<typeof Rule>;

const Exception = z.object({
  check: z.string().optional(),
  rule: z.string().optional(),
  material: z.string().optional(),
  about: z.string().optional(),
  /** Its last day (UTC). */
  until: z.iso.date(),
  reason: z.string(),
  approvedBy: z.string(),
  line: Line,
});
export type Exception = z.infer<typeof Exception>;

/** A contract in its one normal form, whatever syntax it was written in. Each entry knows its line in the file. */
export const Contract = z
  .object({
    name: z.string(),
    form: z.enum(['v1', 'chainloop-v2', 'waybill']),
    description: z.string().optional(),
    metadataAnnotations: z.record(z.string(), z.string()),
    owner: z.object({ team: z.string(), contact: z.string().optional() }).optional(),
    materials: z.array(ContractMaterial),
    runner: z.object({ type: RunnerType, proof: RunnerProof, enforceFrom: EnforceFrom, line: Line }).optional(),
    /** Empty: the keys registered for the project count, and no certificate does. */
    signers: z.array(z.discriminatedUnion('kind', [KeySigner, CertificateSigner])),
    annotations: z.array(Wanted),
    envAllowList: z.array(z.object({ name: z.string(), enforceFrom: EnforceFrom, line: Line })),
    verification: z.object({
      require: z.enum(['verified', 'time-unproven']),
      threshold: z.int().positive(),
      maxAgeMs: z.int().nonnegative().optional(),
      enforceFrom: EnforceFrom,
      line: Line.optional(),
    }),
    expect: z.object({ everyMs: z.int().positive() }).optional(),
    policies: z.object({ materials: z.array(PolicyAttachment), attestation: z.array(PolicyAttachment) }),
    policyGroups: z.array(PolicyGroup),
    rules: z.array(Rule),
    exceptions: z.array(Exception),
  })
  .meta({ id: 'Contract' });
export type Contract = z.infer<typeof Contract>;
