import { randomUUID } from 'node:crypto';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Bytes that are read when they are sent, as often as they are sent. */
export type Content = { type: string; size: number; open(): AsyncIterable<Uint8Array> };
export type Part = { name: string; content: Content };

export const inMemory = (text: string, type: string): Content => {
  const bytes = Buffer.from(text);
  return { type, size: bytes.length, open: () => Readable.from([bytes]) };
};

/** Several parts as one multipart/form-data body. Source: RFC 7578; names are escaped as browsers do. */
export function multipart(parts: readonly Part[]): Content {
  const boundary = `waybill-${randomUUID()}`;
  const heads = parts.map(({ name, content }) => Buffer.from(headOf(boundary, name, content.type)));
  const end = Buffer.from(`--${boundary}--\r\n`);
  const size = parts.reduce((sum, { content }, at) => sum + (heads[at]?.length ?? 0) + content.size + 2, end.length);
  async function* open() {
    for (const [at, { content }] of parts.entries()) {
      yield heads[at] ?? end;
      yield* content.open();
      yield Buffer.from('\r\n');
    }
    yield end;
  }
  return { type: `multipart/form-data; boundary=${boundary}`, size, open };
}

const ESCAPES: Record<string, string> = { '"': '%22', '\r': '%0D', '\n': '%0A' };

const headOf = (boundary: string, name: string, type: string): string => {
  const escaped = name.replace(/["\r\n]/g, (character) => ESCAPES[character] ?? '');
  return `--${boundary}\r\nContent-Disposition: form-data; name="${escaped}"; filename="${escaped}"\r\nContent-Type: ${type}\r\n\r\n`;
};

/** Sends content without holding it: `fetch` keeps all that it has sent. An answer that comes early counts. */
export function upload(
  url: URL,
  content: Content,
  { method, headers, signal }: { method: string; headers: Record<string, string>; signal: AbortSignal },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, 'content-type': content.type, 'content-length': String(content.size) };
    const send = url.protocol === 'https:' ? requestTls : requestPlain;
    let isAnswered = false;
    const request = send(url, { method, headers: all, signal }, async (response) => {
      isAnswered = true;
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const pairs = Object.entries(response.headersDistinct).map(([name, values]) => [
          name,
          values?.join(', ') ?? '',
        ]);
        const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
        resolve(new Response(body, { status: response.statusCode ?? 0, headers: Object.fromEntries(pairs) }));
      } catch (error) {
        reject(error);
      } finally {
        request.destroy();
      }
    });
    pipeline(content.open(), request).catch((error: unknown) => (isAnswered ? undefined : reject(error)));
  });
}
