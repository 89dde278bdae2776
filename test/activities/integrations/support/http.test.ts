import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../../activities/integrations/define.ts';
import { classifyAnswer, parseRetryAfter } from '../../../../activities/integrations/support/classify.ts';
import { createHttp, type HttpOptions } from '../../../../activities/integrations/support/http.ts';
import { testCertificate } from '../../../support/certificate.ts';

const SECRET = 'secret-canary-0123456789';
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));

function client(more: Partial<HttpOptions> = {}) {
  const signal = new AbortController().signal;
  const http = createHttp({ allow: ['127.0.0.0/8'], secrets: [SECRET], signal, timeoutMs: 5000, ...more });
  opened.unshift(http);
  return http;
}
const failure = (call: Promise<unknown>): Promise<DeliveryError> =>
  call.then(
    () => Promise.reject(new Error('expected a failure')),
    (error: unknown) => (error instanceof DeliveryError ? error : Promise.reject(error)),
  );
const resolvesWith = (code: string) => () => Promise.reject(Object.assign(new Error('no'), { code }));

describe('createHttp', () => {
  it('sends method, headers and body, and answers with status, headers, bytes and text', async () => {
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(201, { 'X-Made': 'yes' });
        response.end(
          `${request.method} ${request.headers['x-a']} ${request.headers['content-length']} ${Buffer.concat(chunks)}`,
        );
      });
    });
    const answer = await client()({ url, method: 'PUT', headers: { 'x-a': 'b' }, body: Buffer.from('hello') });
    expect(answer).toMatchObject({ status: 201, text: 'PUT b 5 hello' });
    expect(answer.headers['x-made']).toBe('yes');
    expect(answer.evidence).toEqual({ status: 201, latencyMs: expect.any(Number), bodyHead: 'PUT b 5 hello' });
  });

  it('does not follow a redirect', async () => {
    let calls = 0;
    const url = await serve((_, response) => {
      calls += 1;
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    });
    const answer = await client()({ url });
    expect([answer.status, calls]).toEqual([302, 1]);
    expect(classifyAnswer(answer, new Date())).toMatchObject({ scope: 'destination', code: 'http.302' });
  });

  it('uses no proxy from the environment', async () => {
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => process.env[name]);
    let proxied = 0;
    const proxy = await serve((_, response) => {
      proxied += 1;
      response.end('proxied');
    });
    const url = await serve((_, response) => void response.end('direct'));
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : proxy;
    try {
      expect((await client()({ url })).text).toBe('direct');
      expect(proxied).toBe(0);
    } finally {
      for (const [index, name] of names.entries()) {
        const value = before[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it('scrubs the head of the answer before it cuts it to 4 KiB', async () => {
    const url = await serve(
      (_, response) => void response.end(`${SECRET} ${'x'.repeat(4070)}${SECRET}${'y'.repeat(100_000)}`),
    );
    const { evidence } = await client()({ url });
    expect(Buffer.byteLength(evidence.bodyHead ?? '')).toBeLessThanOrEqual(4096);
    expect(evidence.bodyHead).not.toContain('canary');
    expect(evidence.bodyHead).not.toContain('secret-c');
  });

  it('leaves no half of a secret that straddles the end of what it looks at', async () => {
    const many = `${SECRET}\n`.repeat(2620);
    const url = await serve((_, response) => void response.end(many + SECRET.repeat(100)));
    expect((await client()({ url })).evidence.bodyHead).not.toMatch(/canary|secret-/);
  });

  it.each([
    ['a name that does not exist', 'ENOTFOUND', 'destination', 'dns.not-found'],
    ['a resolver that does not answer', 'EAI_AGAIN', 'retry', 'dns.failed'],
    ['a resolver that refuses', 'ECONNREFUSED', 'retry', 'dns.failed'],
  ])('classifies %s', async (_, code, scope, ours) => {
    const error = await failure(client({ lookup: resolvesWith(code) })({ url: 'http://nowhere.example/' }));
    expect(error).toMatchObject({ scope, code: ours });
  });

  it('classifies a name without addresses', async () => {
    const error = await failure(client({ lookup: async () => [] })({ url: 'http://nowhere.example/' }));
    expect(error).toMatchObject({ scope: 'destination', code: 'dns.not-found' });
  });

  it('classifies a refused connection', async () => {
    const server = createServer();
    const url = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(client()({ url }))).toMatchObject({ scope: 'retry', code: 'network.failed' });
  });

  it('classifies a connection that is cut in the middle of an answer', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    const error = await failure(client()({ url }));
    expect(error).toMatchObject({ scope: 'retry', code: 'network.failed', evidence: { status: 200 } });
  });

  it.each([
    ['never answers', () => {}],
    ['never ends its answer', ((_, response) => void response.write('a')) satisfies RequestListener],
  ] as [string, RequestListener][])('gives up on a receiver that %s', async (_, listener) => {
    const url = await serve(listener);
    expect(await failure(client({ timeoutMs: 100 })({ url }))).toMatchObject({
      scope: 'retry',
      code: 'network.timeout',
    });
  });

  it('refuses an answer that is too large', async () => {
    const url = await serve((_, response) => void response.end(Buffer.alloc(5000)));
    expect(await failure(client()({ url, maxBytes: 4999 }))).toMatchObject({
      scope: 'retry',
      code: 'answer.too-large',
    });
    expect((await client()({ url, maxBytes: 5000 })).body.length).toBe(5000);
  });

  it('tells a cancelled call from a failed one', async () => {
    const cancel = new AbortController();
    const url = await serve(() => cancel.abort(new Error('shutting down')));
    expect(await failure(client({ signal: cancel.signal })({ url }))).toMatchObject({ code: 'network.cancelled' });
  });

  it('classifies a certificate that nobody vouches for, and accepts it when its authority is given', async () => {
    const { key, cert } = await testCertificate('127.0.0.1');
    const url = (await listen(createTlsServer({ key, cert }, (_, response) => void response.end('ok')))).replace(
      'http:',
      'https:',
    );
    expect(await failure(client()({ url }))).toMatchObject({ scope: 'destination', code: 'tls.failed' });
    expect((await client({ ca: cert })({ url })).text).toBe('ok');
  });

  it('classifies a receiver that does not speak TLS', async () => {
    const url = (await serve((_, response) => void response.end())).replace('http:', 'https:');
    expect(await failure(client()({ url }))).toMatchObject({ scope: 'destination', code: 'tls.failed' });
  });

  it('classifies a secret that cannot be a header', async () => {
    const error = await failure(client()({ url: 'http://127.0.0.1:1/', headers: { 'x-key': `${SECRET}\nx: y` } }));
    expect(error).toMatchObject({ scope: 'destination', code: 'request.invalid' });
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
  });

  it('keeps what a broken answer contains out of the error', async () => {
    const url = await serve((_, response) => void response.socket?.end(`HTTP/1.1 200 OK\r\n${SECRET}\r\n\r\n`));
    const error = await failure(client()({ url }));
    expect(error.code).toBe('network.failed');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
  });
});

describe('classifyAnswer', () => {
  const at = new Date('2026-01-01T00:00:00Z');
  const answer = (status: number, headers: Record<string, string> = {}) => ({
    status,
    headers,
    body: Buffer.from(SECRET),
    text: SECRET,
    evidence: { status, bodyHead: '[secret] no\n  good' },
  });
  it.each([
    ['retry', [408, 425, 429, 500, 502, 503, 504, 599]],
    ['delivery', [400, 402, 404, 409, 413, 415, 422, 451]],
    ['destination', [301, 302, 307, 308, 401, 403, 407, 410]],
  ])('scope %s for %j', (scope, statuses) => {
    for (const status of statuses)
      expect(classifyAnswer(answer(status), at)).toMatchObject({ scope, code: `http.${status}` });
  });
  it('finds no fault in 2xx', () => expect(classifyAnswer(answer(204), at)).toBeUndefined());
  it('lets an integration have other rules', () => {
    expect(classifyAnswer(answer(404), at, { 404: 'destination' })?.scope).toBe('destination');
  });
  it('quotes the scrubbed head only', () => {
    expect(classifyAnswer(answer(400), at)?.message).toBe('the receiver answered 400: [secret] no good');
  });
  it.each([
    ['120', 120_000],
    ['0', 1000],
    ['999999', 3_600_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 2025 00:00:00 GMT', 1000],
    ['Fri, 01 Jan 2027 00:00:00 GMT', 3_600_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads Retry-After %j as %j ms', (header, ms) => expect(parseRetryAfter(header, at)).toBe(ms));
  it('hands Retry-After on with the error', () => {
    expect(classifyAnswer(answer(429, { 'retry-after': '7' }), at)?.retryAfterMs).toBe(7000);
    expect(classifyAnswer(answer(400, { 'retry-after': '7' }), at)?.retryAfterMs).toBeUndefined();
  });
});
