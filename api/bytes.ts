import { Readable } from 'node:stream';
import { BlobMissingError, DigestMismatchError } from '../store/store.ts';
import type { ApiDeps, Log } from './deps.ts';
import type { ApiContext } from './env.ts';

type Sent = { sha256: string; size: number; mediaType: string; fileName: string };

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

/** Bytes of the store as a download: a browser keeps them, and never shows or runs what somebody sent. */
export async function sendBytes(c: ApiContext, { store, log }: ApiDeps, sent: Sent): Promise<Response> {
  const headers = { ...downloadHeaders(sent.mediaType, sent.fileName), 'content-length': String(sent.size) };
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  return sendStream(c, log, await store.open(sent.sha256), headers);
}

/** A stream of stored bytes. Damage that shows when the answer has begun only cuts it: the log must tell. */
export function sendStream(c: ApiContext, log: Log, stream: Readable, headers: Record<string, string>): Response {
  stream.once('error', (err) => {
    if (isLoss(err)) log.error({ err, requestId: c.get('requestId') }, 'stored bytes are missing or damaged');
  });
  // Node's streams as the web's; the two declarations of the same class do not know each other.
  return c.body(Readable.toWeb(stream) as ReadableStream, 200, headers);
}

/** Rows promise bytes that are not there, or not those that were stored. */
const isLoss = (error: unknown): boolean => error instanceof BlobMissingError || error instanceof DigestMismatchError;

export const downloadHeaders = (mediaType: string, fileName: string): Record<string, string> => ({
  'content-type': MEDIA_TYPE.test(mediaType) ? mediaType : 'application/octet-stream',
  'content-disposition': `attachment; filename="${asciiName(fileName)}"; filename*=UTF-8''${percentEncode(fileName)}`,
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
});

const asciiName = (name: string): string => name.replace(/[^\w.-]/g, '_').slice(0, 200) || 'file';

/** Source: RFC 8187, attr-char. */
const percentEncode = (name: string): string =>
  encodeURIComponent(Buffer.from(name).toString()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
