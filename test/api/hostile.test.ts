import { generateKeyPairSync } from 'node:crypto';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Served, serveApi } from '../../api/serve.ts';
import { makeFakeSigstore } from '../attestation/verify/fake-sigstore.ts';
import { sha256Of } from '../support/envelopes.ts';
import { createHouse, envelope, type House, problemOf } from './house.ts';

const SUBMIT = '/v1/pipelines/acme/skynet/attestations';
const MIB = 2 ** 20;

let house: House;
let token: string;
let served: Served;
beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
  token = (await house.token('admin')).token;
  served = await serveApi(house.app, { port: 0, headersMs: 200 });
});
afterEach(async () => {
  expect(await house.db.attestations.list({}, { limit: 10 })).toMatchObject({ items: [] });
  await served.close();
  house.close();
});

const send = (path: string, init: RequestInit) =>
  fetch(served.url + path, { method: 'POST', ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
const submit = async (body: Uint8Array | string | FormData, headers: Record<string, string> = {}) =>
  problemOf(await send(SUBMIT, { body: body as NonNullable<RequestInit['body']>, headers }));
const changed = (fields: object): string => JSON.stringify({ ...JSON.parse(String(envelope())), ...fields });

/** What a server answers to bytes that no client library would send, until it closes the connection. */
const sendRaw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(served.url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
    );
    socket.once('close', () => resolve(answer));
  });
const headOf = (...headers: string[]) => [`POST ${SUBMIT} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');

describe('a body that is hostile', () => {
  const signature = { sig: 'AAAA' };
  it.each<[string, () => string, string, string]>([
    ['JSON without end', () => `{"payload":${'['.repeat(MIB)}`, 'json.too-deep', 'deeper than 64 levels'],
    [
      'deep JSON in a field that nobody reads',
      () => changed({ x: deep(100) }),
      'json.too-deep',
      'deeper than 64 levels',
    ],
    ['a key twice', () => `{"payload":"",${changed({}).slice(1)}`, 'json.duplicate-key', 'the key "payload" twice'],
    ['a prototype', () => `{"__proto__":{},${changed({}).slice(1)}`, 'json.forbidden-key', '"__proto__"'],
    [
      'values without end',
      () => changed({ x: Array(20_000).fill(0) }),
      'json.too-many-values',
      'more than 10000 values',
    ],
    [
      '100 signatures',
      () => changed({ signatures: Array(100).fill(signature) }),
      'envelope.too-many-signatures',
      'has 100 signatures; expected 1 to 16',
    ],
    [
      '10 MiB of junk for base64',
      () => changed({ payload: '!'.repeat(10 * MIB) }),
      'envelope.base64',
      '`payload` is not valid base64',
    ],
    [
      '10 MiB of junk for a signature',
      () => changed({ signatures: [{ sig: 'A'.repeat(10 * MIB) }] }),
      'envelope.base64',
      '`signatures[0].sig` is not',
    ],
    ['base64 in two alphabets', () => changed({ payload: 'ab-_ab+/' }), 'envelope.base64', 'not valid base64'],
    [
      '17 statements',
      () => `${Array.from({ length: 17 }, (_, n) => envelope(`${n}`)).join('\n')}\n`,
      'submission.too-many-statements',
      'At most 16 statements',
    ],
    ['bytes that are no text', () => '\u0000\u0001', 'json.invalid', 'not JSON'],
  ])('%s', async (_, body, code, sentence) => {
    const answer = await submit(body());
    expect(answer).toMatchObject({ status: 400, code, detail: expect.stringContaining(sentence) });
    expect(answer.detail.length).toBeLessThan(1000);
  });

  it.each(['((a+)+)+$', 'a'.repeat(11_000)])('a checkpoint whose signer is a pattern or endless', async (name) => {
    const bundle = await (await makeFakeSigstore('sigstore')).makeBundle();
    const text = JSON.stringify(bundle).replace(/\u2014 \S+/, `\u2014 ${name}`);
    expect(await submit(text)).toMatchObject({
      status: 400,
      code: expect.stringMatching(/^bundle\.(shape|too-large)$/),
    });
  });

  // Its connection ends with the refusal: nobody holds one who was refused, which the end of the test would wait for.
  it('33 MiB, before they have all come', async () => {
    let taken = 0;
    const body = new ReadableStream({
      pull(controller) {
        taken += MIB;
        controller.enqueue(Buffer.alloc(MIB, ' '));
        if (taken === 256 * MIB) controller.close();
      },
    });
    const answer = await problemOf(await send(SUBMIT, { body, duplex: 'half' } as RequestInit));
    expect(answer).toMatchObject({
      status: 413,
      code: 'body.too-large',
      detail: 'expected an attestation of at most 32 MiB, found more',
    });
    expect(taken).toBeLessThan(256 * MIB);
  });
});

describe('a compressed body', () => {
  const zeros = Buffer.alloc(64 * MIB);
  const bombs: [string, Buffer][] = [
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros.subarray(0, 8 * MIB))],
    ['zstd', zstdCompressSync(zeros)],
  ];
  it.each([...bombs, ['gzip, identity', gzipSync('x')] as [string, Buffer]])(
    'with %s is refused and not inflated',
    async (encoding, bomb) => {
      for (const [method, path] of [
        ['POST', SUBMIT],
        ['PUT', `/v1/projects/acme/blobs/sha256:${sha256Of(bomb)}`],
      ] as const) {
        const answer = await send(path, {
          method,
          body: new Uint8Array(bomb),
          headers: { 'content-encoding': encoding },
        });
        expect(answer.headers.get('accept-encoding')).toBe('identity');
        expect(await problemOf(answer)).toMatchObject({
          status: 415,
          code: 'content-encoding.unsupported',
          detail: `expected a body without Content-Encoding, found "${encoding}"; send the bytes as they are`,
        });
      }
      const resource = await send('/v1/contracts/bomb', {
        method: 'PUT',
        body: new Uint8Array(bomb),
        headers: { 'content-encoding': encoding },
      });
      expect(resource.status).toBeGreaterThanOrEqual(400);
      expect(resource.status).toBeLessThan(500);
    },
  );
});

describe('a multipart body that is hostile', () => {
  const TYPE = 'multipart/form-data; boundary=b';
  const part = (name: string, text: string, more = '') =>
    `--b\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n${more}\r\n${text}\r\n`;
  const parts = (...all: string[]) => `${all.join('')}--b--\r\n`;
  it.each<[string, () => string, number, string]>([
    ['10,000 parts', () => parts(...Array.from({ length: 10_000 }, (_, n) => part(`m${n}`, 'x'))), 413, '.too-many-'],
    [
      '600 attestations',
      () => parts(...Array.from({ length: 600 }, (_, n) => part('attestation', String(envelope(`${n}`))))),
      413,
      'too-many-parts',
    ],
    [
      '17 attestations',
      () => parts(...Array.from({ length: 17 }, (_, n) => part('attestation', String(envelope(`${n}`))))),
      400,
      'submission.too-many-statements',
    ],
    ['a name without end', () => parts(part('n'.repeat(8000), 'x')), 400, 'multipart.name'],
    ['a name with control characters', () => parts(part('a\u0007b', 'x')), 400, 'multipart.name'],
    [
      'a header without end',
      () => parts(part('a', 'x', `X: ${'y'.repeat(MIB)}\r\n`)),
      400,
      'submission.no-attestation',
    ],
    ['headers without end', () => parts(part('a', 'x', 'X: y\r\n'.repeat(100_000))), 400, 'submission.no-attestation'],
    ['nothing but boundaries', () => '--b\r\n'.repeat(100_000), 400, 'multipart'],
  ])('%s', async (_, body, status, code) => {
    expect(await submit(body(), { 'content-type': TYPE })).toMatchObject({
      status,
      code: expect.stringContaining(code),
    });
  });
});

describe('headers that are hostile', () => {
  it.each<[string, string, RegExp]>([
    ['without end', headOf(`X: ${'y'.repeat(64 * 1024)}`), /^HTTP\/1\.1 431 /],
    ['of all kinds', headOf(...Array.from({ length: 5000 }, (_, n) => `X-${n}: y`)), /^HTTP\/1\.1 431 /],
    ['that disagree about the length', headOf('Content-Length: 5', 'Transfer-Encoding: chunked'), /^HTTP\/1\.1 400 /],
    ['that come without end, slowly', 'POST / HTTP/1.1\r\nHost: x\r\nX: ', /^HTTP\/1\.1 408 /],
  ])('%s', async (_, text, answer) => {
    expect(await sendRaw(text)).toMatch(answer);
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
  });
});

it('a key that is too weak is not registered', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const spec = { publicKey: publicKey.export({ type: 'spki', format: 'pem' }), algorithm: 'rsa-pss-sha256' };
  const answer = await house.request(token, 'PUT', '/v1/trust/keys/weak', spec);
  expect(await problemOf(answer)).toMatchObject({
    code: 'key.unfit',
    detail: 'The key cannot be used with rsa-pss-sha256: expected RSA of 2048 to 8192 bits, found rsa of 1024 bits.',
  });
  expect(answer.status).toBeLessThan(500);
});

const deep = (levels: number): unknown => (levels === 0 ? 0 : [deep(levels - 1)]);
