import { createHash } from 'node:crypto';
import { asList, asText, isObject, type JsonObject, textEntries } from '../json.ts';
import { predicateSlice, type Statement } from '../verify/statement.ts';
import { type Digest, digestText, isDigestOf, strongDigest } from './digests.ts';
import { materialType, typeOfPredicate } from './types.ts';

/** A statement that was verified, by the sha256 of its bytes as received. */
export type SignedStatement = {
  sha256: string;
  statement: Pick<Statement, 'predicateType' | 'predicate' | 'subject' | 'payload'>;
};

/**
 * Something that a signature covers and that may be a material (PROTOCOLS B): the predicate itself, a subject, a SLSA
 * v1 byproduct, or a Chainloop material. Inputs of a build (`resolvedDependencies` and the like) are never among them.
 */
export type Descriptor = {
  /** sha256 of the statement it stands in. */
  statement: string;
  source: 'predicate' | 'subject' | 'byproduct' | 'chainloop';
  /** Its signed name: of a subject, or as a material. */
  name?: string;
  /** Absent when only weak or malformed digests are signed: then it can be named, and matches nothing. */
  digest?: Digest;
  /** Bytes that stand inside the signed payload. */
  content?: Buffer;
  /** Material type as signed: Chainloop's, or what the predicate type says. */
  signedType?: string;
  mediaType?: string;
  annotations: Record<string, string>;
};

export const CHAINLOOP_PREDICATE = 'chainloop.dev/attestation/v0.2';
const SLSA_V1 = 'https://slsa.dev/provenance/v1';

/** All descriptors of all statements, in the order in which they stand. Those that say the same are one. */
export function findDescriptors(statements: readonly SignedStatement[]): Descriptor[] {
  const all = statements.flatMap((signed) => [
    ...ofPredicate(signed),
    ...ofSubjects(signed),
    ...ofByproducts(signed),
    ...ofChainloop(signed),
  ]);
  const seen = new Set<string>();
  return all.filter((descriptor) => {
    const { source, name, digest, signedType, mediaType, annotations } = descriptor;
    const key = JSON.stringify([source, name, digest && digestText(digest), signedType, mediaType, annotations]);
    return digest === undefined || (!seen.has(key) && seen.add(key));
  });
}

function ofPredicate({ sha256, statement }: SignedStatement): Descriptor[] {
  const signedType = typeOfPredicate(statement.predicateType);
  const content = signedType ? predicateSlice(statement.payload) : undefined;
  if (!signedType || !content) return [];
  const mediaType = materialType(signedType)?.mediaTypes[0];
  return [
    {
      statement: sha256,
      source: 'predicate',
      digest: hashesOf(content),
      content,
      signedType,
      ...(signedType !== 'SLSA_PROVENANCE' && mediaType && { mediaType }),
      annotations: {},
    },
  ];
}

const ofSubjects = ({ sha256, statement }: SignedStatement): Descriptor[] =>
  statement.subject.map(({ name, digest }) => {
    const strong = strongDigest(digest);
    return {
      statement: sha256,
      source: 'subject',
      ...(name && { name }),
      ...(strong && { digest: strong }),
      annotations: {},
    };
  });

function ofByproducts({ sha256, statement }: SignedStatement): Descriptor[] {
  const { predicate } = statement;
  const run = statement.predicateType === SLSA_V1 && isObject(predicate) ? predicate.runDetails : undefined;
  const entries = isObject(run) ? asList(run.byproducts).filter(isObject) : [];
  return entries.map((entry) =>
    describe(sha256, 'byproduct', entry, asText(entry.name), textEntries(entry.annotations)),
  );
}

const PREFIX = 'chainloop.';

function ofChainloop({ sha256, statement }: SignedStatement): Descriptor[] {
  const { predicate } = statement;
  if (statement.predicateType !== CHAINLOOP_PREDICATE || !isObject(predicate)) return [];
  return asList(predicate.materials)
    .filter(isObject)
    .map((entry) => {
      const annotations = textEntries(entry.annotations);
      const known = new Map(annotations);
      const signedType = known.get('chainloop.material.type');
      const name = asText(known.get('chainloop.material.name')) ?? asText(entry.name);
      const own = annotations.filter(([key]) => !key.startsWith(PREFIX));
      return { ...describe(sha256, 'chainloop', entry, name, own), ...(signedType && { signedType }) };
    });
}

function describe(
  statement: string,
  source: Descriptor['source'],
  entry: JsonObject,
  name: string | undefined,
  annotations: [string, string][],
): Descriptor {
  const signed = strongDigest(Object.fromEntries(textEntries(entry.digest)));
  const content = asText(entry.content) === undefined ? undefined : Buffer.from(String(entry.content), 'base64');
  const inline = content && hashesOf(content);
  // Content that contradicts the digest beside it is neither: the digest may still be met by bytes sent along.
  const isHonest = inline && (isObject(entry.digest) ? signed !== undefined && isDigestOf(signed, inline) : true);
  const digest = isHonest ? inline : signed;
  const mediaType = asText(entry.mediaType);
  return {
    statement,
    source,
    ...(name && { name }),
    ...(digest && { digest }),
    ...(isHonest && { content }),
    ...(mediaType && { mediaType }),
    annotations: Object.fromEntries(annotations),
  };
}

const hashesOf = (bytes: Buffer): Required<Digest> => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  sha512: createHash('sha512').update(bytes).digest('hex'),
});
