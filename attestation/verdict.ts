import { z } from 'zod';

/** How one check ended. `claimed`: the predicate says so and nobody here could verify it. */
export const CheckOutcome = z.enum(['passed', 'failed', 'warned', 'skipped', 'claimed']).meta({ id: 'CheckOutcome' });
export type CheckOutcome = z.infer<typeof CheckOutcome>;

/** One thing verified or required. `message` is a whole sentence that a CI engineer can act on. */
export const Check = z
  .object({
    code: z.string().meta({ description: 'Stable and greppable, e.g. `material.missing`.' }),
    outcome: CheckOutcome,
    subject: z
      .string()
      .optional()
      .meta({ description: "What the check is about: a slot's name, a statement's sha256, a rule's name." }),
    message: z.string().meta({ description: 'What was expected, what was found, and what to do.' }),
    expected: z.string().optional(),
    found: z.string().optional(),
    remedy: z.string().optional().meta({ description: 'What the sender can do about it.' }),
    contractLine: z.int().positive().optional().meta({ description: 'Line of the contract that asked for it.' }),
  })
  .meta({ id: 'Check', description: 'One thing verified or required, with its outcome and reason.' });
export type Check = z.infer<typeof Check>;

export const Verdict = z.enum(['accepted', 'rejected']).meta({ id: 'Verdict' });
export type Verdict = z.infer<typeof Verdict>;

/** A verdict is made of checks: one that failed rejects. */
export const verdictOf = (checks: readonly Check[]): Verdict =>
  checks.some((check) => check.outcome === 'failed') ? 'rejected' : 'accepted';

/** Whose signature counted. Certificate claims are Fulcio's extensions under their names of PROTOCOLS B. */
export const Signer = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('key'),
      name: z.string(),
      fingerprint: z.string().meta({ description: 'sha256 of the public key (SPKI, DER), hex.' }),
      algorithm: z.string(),
    }),
    z.object({
      kind: z.literal('certificate'),
      profile: z.string().meta({ description: 'Trust profile that the chain ended in, e.g. `sigstore-public-good`.' }),
      issuer: z.string(),
      san: z.string(),
      claims: z.record(z.string(), z.string()).meta({
        description:
          'repository, repositoryId, owner, ownerId, signerWorkflow, signerRef, ref, environment, runnerEnvironment, runInvocation…',
      }),
    }),
  ])
  .meta({ id: 'Signer' });
export type Signer = z.infer<typeof Signer>;

/** What verification found for one signed statement. Small enough for Temporal's history: no payload. */
export const StatementVerification = z
  .object({
    sha256: z.string().meta({ description: "sha256 of the statement's bytes as received, hex." }),
    paeDigest: z
      .string()
      .meta({ description: 'sha256 of the DSSE pre-authentication encoding, hex: the identity of what was signed.' }),
    result: z.enum(['verified', 'time-unproven', 'invalid']),
    predicateType: z.string().optional(),
    signers: z.array(Signer),
    provenAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'Time of signing, where a log or a timestamp authority proved it.' }),
    logIndex: z.string().optional(),
  })
  .meta({ id: 'StatementVerification' });
export type StatementVerification = z.infer<typeof StatementVerification>;

/** Outcome of the `verify` step: every statement, and the checks that explain it. */
export type Verification = { statements: StatementVerification[]; checks: Check[] };
