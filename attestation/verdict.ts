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

/** One step of verifying a signature. Steps differ by kind of signer; those of a kind are always all named. */
export const VerificationStep = z
  .object({
    code: z
      .enum([
        'form',
        'encoding',
        'signature',
        'key-revocation',
        'key-scope',
        'key-validity',
        'usage',
        'chain',
        'certificate-timestamp',
        'log',
        'time',
        'identity',
        'profile',
      ])
      .meta({ description: 'What was looked at. `profile`: another trust profile, which it did not hold against.' }),
    outcome: z.enum(['passed', 'failed', 'not-required', 'not-reached']).meta({
      description:
        '`passed`: really looked at, and holds. `not-required`: nobody asks for it, and there is none. `not-reached`: verification ended before.',
    }),
    message: z.string(),
  })
  .meta({ id: 'VerificationStep' });
export type VerificationStep = z.infer<typeof VerificationStep>;

/** An entry of a transparency log that was proven to be there. Nothing in it is merely claimed by the sender. */
export const LogEntry = z
  .object({
    url: z.string().meta({ description: 'Of the log, as the trusted root names it.' }),
    logId: z.string().meta({ description: 'Of the log, hex.' }),
    index: z.string().optional().meta({ description: "As the log promised it, else its place in the log's tree." }),
    integratedAt: z.iso.datetime().optional().meta({ description: 'Where the log promised it.' }),
  })
  .meta({ id: 'LogEntry' });
export type LogEntry = z.infer<typeof LogEntry>;

/** What was found about one signature of an envelope, whether it counted or not. */
export const SignatureVerification = z
  .object({
    outcome: z.enum(['verified', 'time-unproven', 'refused']),
    signer: Signer.optional().meta({ description: 'Who made it; of a refused signature only where that is certain.' }),
    profile: z
      .object({
        name: z.string(),
        origin: z.enum(['seed', 'tuf', 'registered']).optional().meta({ description: 'Where its root is from.' }),
        asOf: z.string().optional().meta({ description: 'When that root was last known to be current, ISO 8601.' }),
      })
      .optional()
      .meta({
        description: 'Trust profile that it was verified with; of a registered key, the one that proved the time.',
      }),
    time: z
      .object({
        at: z.iso.datetime(),
        provenBy: z.enum(['log', 'timestamp-authority', 'receipt']).meta({
          description: '`receipt`: nothing proves when a registered key signed; it counts at the time of receipt.',
        }),
        name: z.string().optional().meta({ description: 'Of the log or authority, as the trusted root names it.' }),
      })
      .optional(),
    logEntries: z.array(LogEntry).optional(),
    steps: z.array(VerificationStep),
  })
  .meta({ id: 'SignatureVerification' });
export type SignatureVerification = z.infer<typeof SignatureVerification>;

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
    signatures: z.array(SignatureVerification).max(16).optional().meta({
      description: 'Each signature of the envelope, in its order, also those that did not hold. None in old verdicts.',
    }),
  })
  .meta({ id: 'StatementVerification' });
export type StatementVerification = z.infer<typeof StatementVerification>;

/** Outcome of the `verify` step: every statement, and the checks that explain it. */
export type Verification = { statements: StatementVerification[]; checks: Check[] };
