import { z } from 'zod';
import { isObject } from '../json.ts';
import { decodeBase64 } from './base64.ts';
import { type Envelope, parseEnvelope } from './envelope.ts';
import { quote, type Refusal, refuse } from './refusal.ts';

const V01 = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
/** Media types of Sigstore bundles 0.1 to 0.3. */
const BUNDLE_MEDIA_TYPES = [
  V01,
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
] as const;

/** Base64 in a bundle, at least one byte and at most `maxBytes`; comes out canonical. */
export const base64 = (maxBytes: number) =>
  z
    .string()
    .max(maxBytes * 2)
    .transform((text, context) => {
      const bytes = decodeBase64(text);
      if (bytes && bytes.length > 0 && bytes.length <= maxBytes) return bytes.toString('base64');
      context.issues.push({
        code: 'custom',
        input: text,
        params: { code: 'bundle.base64' },
        message: 'not valid base64',
      });
      return z.NEVER;
    });
// Written once and exactly: the log's signature covers the number, not the text.
const integer = z
  .union([z.string().regex(/^(0|[1-9]\d{0,15})$/), z.int().nonnegative()])
  .transform(String)
  .refine((text) => Number.isSafeInteger(Number(text)));
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

// A hostile checkpoint once held the library for minutes; what it is shown is small, plain, and nothing but a signed note.
const NOTE_SIGNATURE = /^\u2014 [\w./:+-]{1,128} [A-Za-z0-9+/]{1,4096}={0,2}$/;
const CHECKPOINT = z
  .string()
  .max(16_384)
  .refine((text) => {
    const end = text.indexOf('\n\n');
    const signatures = text
      .slice(end + 2)
      .replace(/\n$/, '')
      .split('\n');
    const hasPlainBody = end !== -1 && !text.slice(0, end).includes('\u2014 ');
    return hasPlainBody && signatures.length <= 16 && signatures.every((line) => NOTE_SIGNATURE.test(line));
  });

const LogEntry = z.object({
  logIndex: integer.default('0'),
  logId: z.object({ keyId: base64(64) }),
  kindVersion: z.object({ kind: z.string().max(32), version: z.string().max(16) }),
  integratedTime: integer.default('0'),
  inclusionPromise: optional(z.object({ signedEntryTimestamp: base64(1024) })),
  inclusionProof: optional(
    z.object({
      logIndex: integer.default('0'),
      rootHash: base64(64),
      treeSize: integer.default('0'),
      hashes: z.array(base64(64)).max(64).default([]),
      checkpoint: optional(z.object({ envelope: CHECKPOINT })),
    }),
  ),
  canonicalizedBody: base64(262_144),
});
const Certificate = z.object({ rawBytes: base64(16_384) });
const VerificationMaterial = z.object({
  publicKey: optional(z.object({ hint: z.string().max(1024).default('') })),
  certificate: optional(Certificate),
  x509CertificateChain: optional(z.object({ certificates: z.array(Certificate).min(1).max(4) })),
  tlogEntries: optional(z.array(LogEntry).max(4)),
  timestampVerificationData: optional(
    z.object({ rfc3161Timestamps: optional(z.array(z.object({ signedTimestamp: base64(32_768) })).max(4)) }),
  ),
});

/** A bundle without its envelope: fields known to us, sizes capped, base64 canonical. Fit to be shown to a library. */
export type ReceivedBundle = {
  mediaType: (typeof BUNDLE_MEDIA_TYPES)[number];
  verificationMaterial: z.output<typeof VerificationMaterial>;
};

/** Reads a Sigstore bundle that holds a DSSE envelope. Checks its shape and size; verifies nothing. */
export const parseBundle = (
  json: Record<string, unknown>,
): { ok: true; envelope: Envelope; bundle: ReceivedBundle } | Refusal => {
  const bundle = parseMaterial(json);
  if (!bundle.ok) return bundle;
  if ((json.messageSignature ?? null) !== null) {
    return refuse(
      'bundle.message-signature',
      'The bundle signs a file (`messageSignature`), not an in-toto statement: it attests nothing.',
      {
        expected: 'a bundle with `dsseEnvelope`',
        found: 'a bundle with `messageSignature`',
        remedy: 'Use `cosign attest-blob` instead of `cosign sign-blob`.',
      },
    );
  }
  const { dsseEnvelope } = json;
  if (!isObject(dsseEnvelope))
    return refuse('bundle.shape', 'The bundle has no `dsseEnvelope`.', { expected: 'dsseEnvelope' });
  const envelope = parseEnvelope(dsseEnvelope, { inBundle: true });
  return envelope.ok ? { ok: true, envelope: envelope.envelope, bundle: bundle.bundle } : envelope;
};

/** What both kinds of bundles have in common: who signed, and the evidence. */
export const parseMaterial = (json: Record<string, unknown>): { ok: true; bundle: ReceivedBundle } | Refusal => {
  const mediaType = BUNDLE_MEDIA_TYPES.find((known) => known === json.mediaType);
  if (!mediaType) {
    const found = typeof json.mediaType === 'string' ? quote(json.mediaType) : 'no mediaType';
    return refuse('bundle.media-type', `This version of the Sigstore bundle is not known: ${found}.`, {
      expected: BUNDLE_MEDIA_TYPES.join(', '),
      found,
    });
  }
  const material = VerificationMaterial.safeParse(json.verificationMaterial ?? {});
  if (!material.success) return unreadable(material.error);
  const { publicKey, certificate, x509CertificateChain } = material.data;
  const ways = [publicKey, certificate, x509CertificateChain].filter((way) => way !== undefined).length;
  if (ways > 1) {
    return refuse('bundle.shape', 'The bundle must name its signer in exactly one way.', {
      expected: 'one of publicKey, certificate, x509CertificateChain',
      found: `${ways} of them`,
    });
  }
  // Chainloop names no signer where a key signed. Then only a registered key can have.
  const named = ways === 0 ? { publicKey: { hint: '' } } : {};
  const tlogEntries =
    mediaType === V01 ? material.data.tlogEntries?.map(withoutHollowProof) : material.data.tlogEntries;
  return { ok: true, bundle: { mediaType, verificationMaterial: { ...material.data, ...named, tlogEntries } } };
};

/** A proof without a checkpoint proves nothing. Version 0.1 rests on the promise, and clients wrote such proofs beside it. */
const withoutHollowProof = (entry: z.output<typeof LogEntry>): z.output<typeof LogEntry> =>
  entry.inclusionProof?.checkpoint ? entry : { ...entry, inclusionProof: undefined };

const unreadable = (error: z.ZodError): Refusal => {
  const [issue] = error.issues;
  const place = ['verificationMaterial', ...(issue?.path ?? [])].join('.');
  if (issue?.code === 'custom' && issue.params?.code === 'bundle.base64') {
    return refuse('bundle.base64', `\`${place}\` of the bundle is not valid base64.`, {
      expected: 'base64 without line breaks',
      found: place,
    });
  }
  if (issue?.code === 'too_big') {
    return refuse('bundle.too-large', `\`${place}\` of the bundle has more than is ever needed.`, {
      expected: `at most ${issue.maximum}`,
      found: place,
    });
  }
  return refuse('bundle.shape', `The bundle is not as expected at \`${place}\`.`, { found: place });
};
