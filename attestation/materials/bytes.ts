import type { Descriptor } from './descriptors.ts';
import { type Digest, digestText, isDigestOf, type SentFile, type StoredLookup } from './digests.ts';

/** Where the bytes of a descriptor are. `digest`: all that is known of it, signed or computed from the bytes. */
export type Bytes =
  | { state: 'inline'; sha256: string; size: number; digest: Digest; content: Buffer }
  | { state: 'stored'; sha256: string; size: number; digest: Digest; part?: string }
  | { state: 'absent'; sha256?: string; digest?: Digest };

export type Binder = (descriptor: Descriptor) => Bytes;

/** Binds descriptors to bytes by digest alone: inside the payload, sent along, or stored under the project. */
export function createBinder(sent: readonly SentFile[], stored: StoredLookup): Binder {
  const parts = new Map<string, SentFile>();
  for (const part of [...sent].reverse()) parts.set(part.sha256, part).set(part.sha512, part);
  const known = new Map<Descriptor, Bytes>();
  return (descriptor) => {
    const before = known.get(descriptor);
    if (before) return before;
    const bytes = bind(descriptor, parts, stored);
    known.set(descriptor, bytes);
    return bytes;
  };
}

function bind({ digest, content }: Descriptor, parts: Map<string, SentFile>, stored: StoredLookup): Bytes {
  if (!digest) return { state: 'absent' };
  if (content && digest.sha256)
    return { state: 'inline', sha256: digest.sha256, size: content.length, digest, content };
  const part = parts.get(digest.sha256 ?? '') ?? parts.get(digest.sha512 ?? '');
  if (part && isDigestOf(digest, part)) {
    const { sha256, sha512, size, name } = part;
    return { state: 'stored', sha256, size, digest: { sha256, sha512 }, part: name };
  }
  const blob = stored(digest);
  if (blob && (digest.sha256 === undefined || digest.sha256 === blob.sha256)) {
    return { state: 'stored', sha256: blob.sha256, size: blob.size, digest: { ...digest, sha256: blob.sha256 } };
  }
  return { state: 'absent', digest, ...(digest.sha256 && { sha256: digest.sha256 }) };
}

/** Two descriptors of the same bytes have the same identity; one without a digest that counts is like no other. */
export const identityBy =
  (binder: Binder) =>
  (descriptor: Descriptor): string => {
    const { sha256, digest } = binder(descriptor);
    return sha256 ?? (digest ? digestText(digest) : 'no strong digest');
  };
