import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { describeKey, inferAlgorithm, misfit, SignatureAlgorithm } from './algorithms.ts';
import { quote, type Refusal, refuse } from './refusal.ts';

const Instant = z.iso.datetime({ offset: true });

/** Globs of `project` or `project/pipeline`. */
export const ProjectGlobs = z
  .array(z.string().regex(/^[\w.*-]+(\/[\w.*-]+)?$/, 'expected `project` or `project/pipeline`, with `*` for any text'))
  .max(1000)
  .default([]);

/** `spec` of the resource TrustedKey. */
export const TrustedKeySpec = z
  .strictObject({
    publicKey: z
      .union([z.string().min(1).max(16_384), z.record(z.string(), z.unknown())])
      .meta({ description: 'The public key as PEM (`BEGIN PUBLIC KEY`) or as a JWK.' }),
    algorithm: SignatureAlgorithm.optional().meta({ description: 'How the key signs. Must be said for RSA.' }),
    projects: ProjectGlobs.meta({
      description: 'Globs of `project` or `project/pipeline` that it may sign for. Empty: all.',
    }),
    validFrom: Instant.optional(),
    validUntil: Instant.optional().meta({ description: 'From this instant on it does not count.' }),
    revokedSince: Instant.optional().meta({
      description: 'What was received at or after this instant does not count.',
    }),
  })
  .meta({
    id: 'TrustedKeySpec',
    description: 'A public key whose signatures count, and for which pipelines and when.',
  });
export type TrustedKeySpec = z.input<typeof TrustedKeySpec>;

/** A registered key, ready to verify with. Instants are ISO 8601. */
export type TrustedKey = {
  name: string;
  algorithm: SignatureAlgorithm;
  /** The public key: SPKI as PEM. */
  spki: string;
  /** sha256 of the SPKI in DER, hex. Two keys with the same fingerprint are one key. */
  fingerprint: string;
  projects: string[];
  validFrom?: string;
  validUntil?: string;
  revokedSince?: string;
};

/** Reads a TrustedKey resource. Refuses private keys (without repeating them), certificates, and keys too weak or unfit for their algorithm. */
export const parseTrustedKey = (name: string, spec: unknown): { ok: true; key: TrustedKey } | Refusal => {
  const parsed = TrustedKeySpec.safeParse(spec);
  if (!parsed.success) return unreadableSpec(parsed.error);
  const { publicKey, algorithm: said, ...rest } = parsed.data;
  const read = readPublicKey(publicKey);
  if (!read.ok) return read;
  const fromJwk = typeof publicKey === 'string' ? undefined : jwkAlgorithm(publicKey);
  const algorithm = said ?? fromJwk ?? inferAlgorithm(read.key);
  if (!algorithm) return refuseUnsaid(read.key);
  const wrong =
    fromJwk && fromJwk !== algorithm
      ? { expected: algorithm, found: `alg of the JWK: ${fromJwk}` }
      : misfit(read.key, algorithm);
  if (wrong) {
    return refuse(
      'key.unfit',
      `The key cannot be used with ${algorithm}: expected ${wrong.expected}, found ${wrong.found}.`,
      {
        ...wrong,
        remedy: 'Register a key of the right kind, or name the algorithm that it signs with.',
      },
    );
  }
  const spki = read.key.export({ type: 'spki', format: 'pem' }).toString();
  const optional = Object.fromEntries(
    (['validFrom', 'validUntil', 'revokedSince'] as const).flatMap((field) =>
      rest[field] ? [[field, rest[field]]] : [],
    ),
  );
  return {
    ok: true,
    key: { name, algorithm, spki, fingerprint: fingerprint(read.key), projects: rest.projects, ...optional },
  };
};

const MOST_READY = 1000;
const ready = new Map<string, KeyObject>();

/** A registered key, ready to verify with. Kept, because reading one costs as much as a verification with it. */
export const publicKeyOf = ({ spki }: Pick<TrustedKey, 'spki'>): KeyObject => {
  const kept = ready.get(spki);
  if (kept) return kept;
  const key = createPublicKey(spki);
  const [oldest] = ready.keys();
  if (ready.size >= MOST_READY && oldest !== undefined) ready.delete(oldest);
  ready.set(spki, key);
  return key;
};

/** sha256 of a public key (SPKI, DER; a point of a curve written in full), hex: one for one key, however it came. */
export const fingerprint = (key: KeyObject): string =>
  createHash('sha256')
    .update(writtenInFull(key).export({ type: 'spki', format: 'der' }))
    .digest('hex');

/** A point of a curve can be written in three ways, and an export keeps the one that it was read in. */
const writtenInFull = (key: KeyObject): KeyObject =>
  key.asymmetricKeyType === 'ec' ? createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }) : key;

const readPublicKey = (given: string | Record<string, unknown>): { ok: true; key: KeyObject } | Refusal => {
  const isPrivate =
    typeof given === 'string'
      ? /PRIVATE KEY/i.test(given)
      : ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth'].some((field) => field in given);
  if (isPrivate) {
    return refuse(
      'key.private',
      'This is a private (or secret) key; only public keys are registered. It was not stored.',
      {
        expected: 'a public key',
        found: 'a private key',
        remedy:
          'Send the public half (`openssl pkey -in key.pem -pubout`), and replace the key if others could read this request.',
      },
    );
  }
  const blocks =
    typeof given === 'string'
      ? [...given.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map((match) => match[1] ?? '')
      : [];
  if (
    typeof given === 'string' &&
    (blocks.length !== 1 || !['PUBLIC KEY', 'RSA PUBLIC KEY'].includes(blocks[0] ?? ''))
  ) {
    return refuse('key.unreadable', 'The public key must be one PEM block `BEGIN PUBLIC KEY`, or a JWK.', {
      expected: 'one block: PUBLIC KEY',
      found: blocks.length === 0 ? 'no PEM block' : blocks.join(', ').slice(0, 120),
      ...(blocks.includes('CERTIFICATE') && {
        remedy: 'Take the key out of the certificate: `openssl x509 -in cert.pem -noout -pubkey`.',
      }),
    });
  }
  try {
    const key = typeof given === 'string' ? createPublicKey(given) : createPublicKey({ key: given, format: 'jwk' });
    return { ok: true, key };
  } catch {
    return refuse('key.unreadable', 'The public key cannot be read: its PEM or JWK is damaged or of an unknown kind.', {
      expected: 'Ed25519, EC P-256, EC P-384 or RSA, as PEM (SPKI) or JWK',
    });
  }
};

const JWK_ALGORITHMS: Record<string, SignatureAlgorithm> = {
  EdDSA: 'ed25519',
  Ed25519: 'ed25519',
  ES256: 'ecdsa-p256-sha256',
  ES384: 'ecdsa-p384-sha384',
  PS256: 'rsa-pss-sha256',
  PS384: 'rsa-pss-sha384',
  PS512: 'rsa-pss-sha512',
  RS256: 'rsa-pkcs1v15-sha256',
  RS384: 'rsa-pkcs1v15-sha384',
  RS512: 'rsa-pkcs1v15-sha512',
};
const jwkAlgorithm = (jwk: Record<string, unknown>): SignatureAlgorithm | undefined =>
  typeof jwk.alg === 'string' ? JWK_ALGORITHMS[jwk.alg] : undefined;

const refuseUnsaid = (key: KeyObject): Refusal =>
  key.asymmetricKeyType === 'rsa'
    ? refuse('key.algorithm-unsaid', 'An RSA key can sign in several ways; `algorithm` must say which one counts.', {
        expected: SignatureAlgorithm.options.filter((option) => option.startsWith('rsa')).join(', '),
        remedy: 'Add `algorithm`, e.g. `rsa-pss-sha256`.',
      })
    : refuse('key.unsupported', `Keys of this kind are not supported: ${describeKey(key)}.`, {
        expected: 'Ed25519, EC P-256, EC P-384 or RSA',
        found: describeKey(key),
      });

const unreadableSpec = (error: z.ZodError): Refusal => {
  const [issue] = error.issues;
  const path = issue?.path.join('.') || 'spec';
  return refuse('key.spec', `The TrustedKey is not as expected at ${quote(path)}: ${issue?.message ?? 'unreadable'}.`, {
    found: path,
  });
};
