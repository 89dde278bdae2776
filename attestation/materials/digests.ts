/** The strong digests of something signed, hex, lower case. At least one is there. */
export type Digest = { sha256?: string; sha512?: string };
/** A file that came with the request, as one part. */
export type SentFile = { name: string; sha256: string; sha512: string; size: number };
/** Looks a digest up among the blobs that were sent under the project: every digest given must agree. */
export type StoredLookup = (digest: Digest) => { sha256: string; size: number } | undefined;

const PATTERNS = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ } as const;

/** The digests that may match a material; undefined when there is none, or one is malformed: all that are signed must match. */
export function strongDigest(digest: Partial<Record<string, string>>): Digest | undefined {
  const strong: Digest = {};
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const hex = Object.hasOwn(digest, algorithm) ? digest[algorithm]?.toLowerCase() : undefined;
    if (hex === undefined) continue;
    if (!PATTERNS[algorithm].test(hex)) return undefined;
    strong[algorithm] = hex;
  }
  return strong.sha256 || strong.sha512 ? strong : undefined;
}

/** True when every digest that is given is that of the file. */
export const isDigestOf = (digest: Digest, file: { sha256: string; sha512: string }): boolean =>
  (digest.sha256 === undefined || digest.sha256 === file.sha256) &&
  (digest.sha512 === undefined || digest.sha512 === file.sha512) &&
  (digest.sha256 !== undefined || digest.sha512 !== undefined);

/** One text per digest, to compare and to show. */
export const digestText = (digest: Digest): string =>
  [digest.sha256 && `sha256:${digest.sha256}`, digest.sha512 && `sha512:${digest.sha512}`].filter(Boolean).join(' ');
