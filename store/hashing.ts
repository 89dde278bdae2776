import { createHash } from 'node:crypto';
import { DigestMismatchError, needDigest, type PutOptions, type Stored, TooLargeError } from './store.ts';

/** Both digests and the size of bytes that come in pieces; refuses more than `maxBytes`. */
export function createMeter(maxBytes: number): { take(chunk: Uint8Array): void; end(): Stored } {
  const sha256 = createHash('sha256');
  const sha512 = createHash('sha512');
  let size = 0;
  return {
    take(chunk) {
      size += chunk.byteLength;
      if (size > maxBytes) throw new TooLargeError(maxBytes);
      sha256.update(chunk);
      sha512.update(chunk);
    },
    end: () => ({ sha256: sha256.digest('hex'), sha512: sha512.digest('hex'), size }),
  };
}

/** Refuses an expectation that is no digest, before anything is read. */
export function checkExpectation({ expected }: PutOptions): void {
  if (expected?.sha256 !== undefined) needDigest('sha256', expected.sha256);
  if (expected?.sha512 !== undefined) needDigest('sha512', expected.sha512);
}

/** Throws `DigestMismatchError` unless every expected digest is the one found. */
export function checkDigests({ expected }: PutOptions, found: Stored): void {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const wanted = expected?.[algorithm];
    if (wanted !== undefined && wanted !== found[algorithm]) {
      throw new DigestMismatchError(algorithm, wanted, found[algorithm]);
    }
  }
}

/** Passes chunks on and fails at the end unless they hashed to `sha256`. */
export async function* verified(source: AsyncIterable<Buffer>, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest('hex');
  if (found !== sha256) throw new DigestMismatchError('sha256', sha256, found);
}
