import type { Readable } from 'node:stream';

type Digests = { sha256?: string | undefined; sha512?: string | undefined };
export type Stored = { sha256: string; sha512: string; size: number };
export type PutOptions = {
  /** What the bytes must hash to, lower-case hex. */
  expected?: Digests | undefined;
  maxBytes: number;
};

/**
 * Bytes, known by their sha256 (lower-case hex).
 *
 * What `put` resolved with survives a crash of process and machine; when it rejects, nothing was stored. The same bytes
 * may be put by several processes at once, and again at any time. Bytes never change; they are removed only where nobody
 * has put them for a day and no row refers to them (`upkeep.ts`). Whatever comes out was hashed again on its way: damage
 * is an error, never content.
 */
export type ContentStore = {
  /**
   * Hashes while it writes; memory does not grow with the size. Fails with `DigestMismatchError`, `TooLargeError`,
   * `StoreFullError`, or whatever the source fails with.
   */
  put(source: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions): Promise<Stored>;
  /**
   * A stream of the bytes. Fails with `BlobMissingError`; the stream ends with `DigestMismatchError` where the bytes are
   * damaged, so whoever reads to the end knows.
   */
  open(sha256: string): Promise<Readable>;
  /** All bytes at once. Fails with `BlobMissingError`, `TooLargeError`, `DigestMismatchError`. */
  read(sha256: string, maxBytes: number): Promise<Buffer>;
  /** Undefined: not here. */
  size(sha256: string): Promise<number | undefined>;
};

/** The bytes are not those that were announced, or not those that were stored. */
export class DigestMismatchError extends Error {
  override readonly name = 'DigestMismatchError';
  readonly expected: string;
  readonly found: string;
  constructor(algorithm: 'sha256' | 'sha512', expected: string, found: string) {
    super(`expected bytes with ${algorithm} ${expected}, found ${found}`);
    this.expected = `${algorithm}:${expected}`;
    this.found = `${algorithm}:${found}`;
  }
}

export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
  readonly maxBytes: number;
  constructor(maxBytes: number) {
    super(`expected at most ${maxBytes} bytes, found more`);
    this.maxBytes = maxBytes;
  }
}

/** No space, or the quota is used up. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
  constructor(options?: ErrorOptions) {
    super('the disk of the content store is full: free space there, then send it again', options);
  }
}

export class BlobMissingError extends Error {
  override readonly name = 'BlobMissingError';
  constructor(sha256: string) {
    super(`expected bytes with sha256 ${sha256} in the store, found none`);
  }
}

/** A key that is no digest: it never becomes a path. */
export class InvalidDigestError extends Error {
  override readonly name = 'InvalidDigestError';
  constructor(algorithm: 'sha256' | 'sha512') {
    super(`expected a ${algorithm} as lower-case hex`);
  }
}

const SHAPES = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ } as const;

/** Throws `InvalidDigestError` for whatever is not a lower-case hex digest. */
export function needDigest(algorithm: 'sha256' | 'sha512', text: string): string {
  if (!SHAPES[algorithm].test(text)) throw new InvalidDigestError(algorithm);
  return text;
}
