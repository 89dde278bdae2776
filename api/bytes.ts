import { Readable } from 'node:stream';
import type { ContentStore } from '../store/store.ts';
import type { ApiContext } from './env.ts';

type Sent = { sha256: string; size: number; mediaType: string; fileName: string };

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

/** Bytes of the store as a download: a browser keeps them, and never shows or runs what somebody sent. */
export async function sendBytes(c: ApiContext, store: ContentStore, sent: Sent): Promise<Response> {
  const headers = { ...downloadHeaders(sent.mediaType, sent.fileName), 'content-length': String(sent.size) };
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  return c.body(webStream(await store.open(sent.sha256)), 200, headers);
}

/** Node's streams as the web's; the two declarations of the same class do not know each other. */
export const webStream = (stream: Readable): ReadableStream => Readable.toWeb(stream) as ReadableStream;

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
