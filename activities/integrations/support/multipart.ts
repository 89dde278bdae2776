import { randomBytes } from 'node:crypto';

export type Part = { name: string; value: string | Buffer; filename?: string; type?: string };

/**
 * A `multipart/form-data` body as one Buffer. One Buffer, because a receiver that refuses before it has read everything
 * closes the connection, and a streamed body then fails with EPIPE where a whole one often still gets the answer.
 * Part names and file names are the integration's own constants; values may hold anything.
 */
export function multipart(parts: readonly Part[]): { contentType: string; body: Buffer } {
  const boundary = `waybill-${randomBytes(16).toString('hex')}`;
  const chunks = parts.flatMap(({ name, value, filename, type }) => [
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${filename ? `; filename="${filename}"` : ''}\r\n`,
    `${type ? `content-type: ${type}\r\n` : ''}\r\n`,
    value,
    '\r\n',
  ]);
  const body = Buffer.concat([...chunks, `--${boundary}--\r\n`].map((chunk) => Buffer.from(chunk)));
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}
