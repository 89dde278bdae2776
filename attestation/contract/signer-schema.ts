import { z } from 'zod';

/** Claims of a certificate each of which, beside the issuer, says who it was. */
export const IDENTIFYING_CLAIMS = [
  'subject',
  'repository',
  'repositoryId',
  'owner',
  'ownerId',
  'signerWorkflow',
] as const;
const NAMES = ['san', ...IDENTIFYING_CLAIMS] as const;

const uri = z
  .string()
  .regex(
    /^https:\/\/[^\s*]+[^\s*/]$/,
    'expected the full URL as the certificate has it, e.g. https://github.com/acme/app',
  );
const exact = z.string().min(1).max(1000);
const id = z.string().regex(/^\d{1,20}$/, 'expected a number in quotes');
const globs = z.array(z.string().min(1).max(500)).min(1).max(100);

/** An entry of `signers` as it is written: a registered key, or what the certificate must say. */
export const SignerEntry = z
  .strictObject({
    key: exact.optional().meta({ description: 'Name of a registered key. Alone, or instead of all other fields.' }),
    issuer: exact.optional().meta({ description: 'OIDC issuer of the certificate, exact.' }),
    profile: exact
      .optional()
      .meta({ description: 'Trust profile that must have vouched, exact, e.g. `sigstore-public-good`.' }),
    san: exact.optional().meta({ description: 'Subject alternative name, exact.' }),
    subject: exact.optional().meta({
      description: "Distinguished name of a customer's certificate, exact, as RFC 4514 writes it: `CN=release,O=Acme`.",
    }),
    repository: uri.optional(),
    repositoryId: id.optional(),
    owner: uri.optional(),
    ownerId: id.optional(),
    signerWorkflow: z
      .string()
      .max(1000)
      .regex(
        /^(?!https:\/\/github\.com\/)[^@\s]+$/,
        'expected owner/repository/.github/workflows/file.yml, without https://github.com/ and without @ref',
      )
      .optional(),
    refs: globs
      .optional()
      .meta({ description: 'Refs of the source, any of them; `*` stands for any run of characters.' }),
    signerRefs: globs.optional().meta({ description: 'Refs of the signing workflow, any of them; `*` as in `refs`.' }),
    environment: exact.optional(),
    runnerEnvironment: exact.optional(),
  })
  .superRefine((entry, context) => {
    const others = Object.keys(entry).filter((field) => field !== 'key');
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (entry.key !== undefined) {
      if (others.length > 0) refuse(`expected "key" alone, found it beside ${others.join(', ')}`);
    } else if (entry.issuer === undefined) {
      refuse('expected "key" (a registered key) or "issuer" (a certificate), found neither');
    } else if (NAMES.every((field) => entry[field] === undefined)) {
      refuse(`expected at least one of ${NAMES.join(', ')} beside the issuer: else anybody of that issuer could sign`);
    }
  })
  .meta({ id: 'ContractSigner' });
