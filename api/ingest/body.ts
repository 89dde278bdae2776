import { Readable } from 'node:stream';
import type { ApiContext } from '../env.ts';
import { problem } from '../problem.ts';

/**
 * The body of a request as a stream that may be left half read: the connection stays, so that a refusal still reaches
 * the sender. Refuses compressed bodies, because digests are of the bytes as they are.
 */
export function bodyOf(c: ApiContext): Readable {
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    const found = encoding.slice(0, 60);
    throw problem(
      415,
      'content-encoding.unsupported',
      `expected a body without Content-Encoding, found ${JSON.stringify(found)}; send the bytes as they are`,
      {
        headers: { 'accept-encoding': 'identity' },
        more: { expected: 'identity', found },
      },
    );
  }
  const source = c.env?.incoming ?? (c.req.raw.body ? Readable.fromWeb(c.req.raw.body) : Readable.from([]));
  return Readable.from(source.iterator({ destroyOnReturn: false }), { objectMode: false });
}

/** All bytes of a stream that has at most so many; of a longer one its start, and how to go on from there. */
export async function readStart(
  stream: Readable,
  maxBytes: number,
): Promise<{ ended: true; bytes: Buffer } | { ended: false; all(): AsyncIterable<Uint8Array> }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const source: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  for (let read = await source.next(); !read.done; read = await source.next()) {
    chunks.push(read.value);
    size += read.value.byteLength;
    if (size > maxBytes) return { ended: false, all: () => concatenate(chunks, source) };
  }
  return { ended: true, bytes: Buffer.concat(chunks, size) };
}

/** Left in the middle, with an error too, it leaves `rest` as it is: the connection is needed for the answer. */
async function* concatenate(start: Buffer[], rest: AsyncIterator<Buffer>): AsyncIterable<Uint8Array> {
  yield* start;
  for (let read = await rest.next(); !read.done; read = await rest.next()) yield read.value;
}

/** Refuses by `Content-Length`, before anything is read. */
export function refuseDeclaredLength(c: ApiContext, maxBytes: number, what: string): void {
  if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge(what, maxBytes);
}

export const tooLarge = (what: string, maxBytes: number) =>
  problem(413, 'body.too-large', `expected ${what} of at most ${formatBytes(maxBytes)}, found more`, {
    more: { expected: `at most ${maxBytes} bytes` },
  });

const formatBytes = (bytes: number): string =>
  bytes >= 2 ** 20 && bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes} bytes`;
