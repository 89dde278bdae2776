import { z } from 'zod';
import { Signer } from '../../attestation/verdict.ts';

/** The API's answers as far as an export reads them; they are written as they came. */

const Verification = z.array(z.looseObject({ sha256: z.string(), signers: z.array(Signer) }));

export const Attestation = z.looseObject({
  id: z.string(),
  project: z.string(),
  pipeline: z.string(),
  verdict: z.string(),
  judgement: z.int(),
  receivedAt: z.iso.datetime(),
  statements: z.array(z.object({ sha256: z.string(), size: z.int() })),
  verification: Verification,
  materials: z.array(
    z.looseObject({
      name: z.string(),
      type: z.string(),
      sha256: z.string(),
      size: z.int(),
      bytes: z.enum(['stored', 'inline', 'absent']),
    }),
  ),
});
export type Attestation = z.infer<typeof Attestation>;

export const Judgements = z.object({
  items: z.array(
    z.looseObject({
      judgement: z.int(),
      contract: z.object({ name: z.string(), revision: z.int(), digest: z.string() }).nullable(),
      verification: Verification,
    }),
  ),
});

export const Revision = z.looseObject({ text: z.string() });
export const TrustedKey = z.looseObject({ fingerprint: z.string(), publicKey: z.string() });
export const Envelope = z.looseObject({ signatures: z.array(z.looseObject({ keyid: z.string() })).min(1) });
