import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { type Installation, PROJECT } from './installation.ts';
import { forgetPeak, MIB, peakBytes, residentBytes } from './memory.ts';
import { multipart } from './submissions.ts';

/** How the API took a large body. Bytes; undefined where there is no /proc. */
export type Upload = {
  bytes: number;
  seconds: number;
  mibPerSecond: number;
  before: number | undefined;
  /** Highest resident memory while it came in, over that of before. */
  growth: number | undefined;
};

const BLOCK = randomFillSync(Buffer.alloc(MIB));

/** Sends that many MiB, made on the fly, as a blob of the project; the digest is announced and checked. */
export async function uploadBlob(at: Installation, mebibytes: number): Promise<Upload> {
  const sha256 = createHash('sha256');
  for (const block of blocks(mebibytes)) sha256.update(block);
  return measured(at, mebibytes, {
    method: 'PUT',
    path: `/v1/projects/${PROJECT}/blobs/sha256:${sha256.digest('hex')}`,
    contentType: 'application/octet-stream',
    head: Buffer.alloc(0),
    tail: Buffer.alloc(0),
    expected: 201,
  });
}

/** The same as a material beside an attestation. Nothing signs it, so it is stored for nothing: it still streams through. */
export async function uploadPart(at: Installation, mebibytes: number): Promise<Upload> {
  const { body, contentType } = at.signer.next();
  const boundary = contentType.split('boundary=')[1] ?? '';
  const end = Buffer.from(`--${boundary}--\r\n`);
  const part = multipart({ large: Buffer.alloc(0) }).body;
  const closing = Buffer.from(`\r\n--${boundary}--\r\n`);
  return measured(at, mebibytes, {
    method: 'POST',
    path: `/v1/pipelines/${PROJECT}/plain/attestations`,
    contentType,
    head: Buffer.concat([body.subarray(0, body.length - end.length), part.subarray(0, part.length - closing.length)]),
    tail: closing,
    expected: 200,
  });
}

type Shape = { method: string; path: string; contentType: string; head: Buffer; tail: Buffer; expected: number };

async function measured(at: Installation, mebibytes: number, shape: Shape): Promise<Upload> {
  const { api } = at.pids;
  const bytes = mebibytes * MIB;
  forgetPeak(api);
  const before = residentBytes(api);
  const since = performance.now();
  const sent = request(new URL(shape.path, at.url), {
    method: shape.method,
    headers: {
      authorization: `Bearer ${at.token}`,
      'content-type': shape.contentType,
      'content-length': shape.head.length + bytes + shape.tail.length,
    },
  });
  const answered = once(sent, 'response');
  answered.catch(() => {});
  const write = async (chunk: Buffer) => {
    if (chunk.length > 0 && !sent.write(chunk)) await once(sent, 'drain');
  };
  await write(shape.head);
  for (const block of blocks(mebibytes)) await write(block);
  await write(shape.tail);
  sent.end();
  const [answer] = await answered;
  let text = '';
  for await (const chunk of answer) text += chunk;
  if (answer.statusCode !== shape.expected)
    throw new Error(`expected ${shape.expected}, got ${answer.statusCode}: ${text.slice(0, 1000)}`);
  const seconds = (performance.now() - since) / 1000;
  const peak = peakBytes(api);
  const growth = peak === undefined || before === undefined ? undefined : Math.max(0, peak - before);
  return { bytes, seconds, mibPerSecond: mebibytes / seconds, before, growth };
}

/** Random bytes, each block with its number in front, so that no two are alike. One buffer: written before the next. */
function* blocks(count: number): Generator<Buffer> {
  for (let at = 0; at < count; at += 1) {
    const block = Buffer.from(BLOCK);
    block.writeUInt32BE(at);
    yield block;
  }
}
