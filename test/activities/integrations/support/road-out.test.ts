import { execFile } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp, type HttpOptions } from '../../../../activities/integrations/support/http.ts';
import { testCertificate } from '../../../support/certificate.ts';
import { createNameServer, type Zone } from '../../../support/name-server.ts';

const run = promisify(execFile);
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** A server on an address of the loopback network, and how many connections it had. */
async function listen(server: Server, address = '127.0.0.1') {
  const seen = { connections: 0, calls: 0 };
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    seen.connections += 1;
    sockets.add(socket);
  });
  server.on('request', () => {
    seen.calls += 1;
  });
  await new Promise<void>((resolve) => void server.listen(0, address, resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  opened.push({ close });
  return { port: (server.address() as AddressInfo).port, seen };
}
const serve = (listener: RequestListener, address?: string) => listen(createServer(listener), address);
const ok: RequestListener = (_, response) => void response.end('ok');

function client(more: Partial<HttpOptions> = {}) {
  const { signal } = new AbortController();
  const http = createHttp({ allow: [], secrets: [], signal, timeoutMs: 5000, ...more });
  opened.push(http);
  return http;
}

async function names(zone: Zone) {
  const server = await createNameServer(zone);
  opened.push(server);
  return server;
}

describe('a name', () => {
  it.each([
    ['that is the metadata service', 'metadata.google.internal', ['0.0.0.0/0']],
    ['that is private', 'private.example', []],
    ['that leads to a private address over two others', 'chain.example', []],
    ['that is public and private', 'both.example', []],
    ['that is public and loopback, the public one allowed', 'both.example', ['93.184.215.14/32']],
  ])('%s is refused, and nobody is connected to', async (_, name, allow) => {
    const inside = await serve(ok);
    const { lookup, asked } = await names({
      'metadata.google.internal': { a: ['169.254.169.254'] },
      'private.example': { a: ['127.0.0.1'] },
      'chain.example': { cname: 'step.example' },
      'step.example': { cname: 'end.example' },
      'end.example': { a: ['127.0.0.1'] },
      'both.example': { a: ['93.184.215.14', '127.0.0.1'] },
    });
    const call = client({ allow, lookup })({ url: `http://${name}:${inside.port}/` });
    await expect(call).rejects.toMatchObject({ scope: 'destination', code: 'address.refused' });
    expect([asked.length, inside.seen.connections]).toEqual([1, 0]);
  });

  it('that changes its answer is asked once for a connection, which goes where the answer said', async () => {
    const { port, seen } = await serve(ok);
    let turn = 0;
    const { lookup, asked } = await names({
      'flips.example': () => ({ a: [turn++ === 0 ? '127.0.0.1' : '127.0.0.2'] }),
    });
    const http = client({ allow: ['127.0.0.1/32'], lookup });
    const url = `http://flips.example:${port}/`;
    expect((await http({ url, headers: { connection: 'close' } })).text).toBe('ok');
    expect(asked).toHaveLength(1);
    await expect(http({ url })).rejects.toMatchObject({ code: 'address.refused' });
    expect([asked.length, seen.connections]).toEqual([2, 1]);
  });

  it('whose chain ends where it may is called under its own name', async () => {
    const { port } = await serve((request, response) => void response.end(request.headers.host));
    const { lookup } = await names({ 'a.example': { cname: 'b.example' }, 'b.example': { a: ['127.0.0.1'] } });
    const http = client({ allow: ['127.0.0.1/32'], lookup });
    expect((await http({ url: `http://a.example:${port}/` })).text).toBe(`a.example:${port}`);
  });
});

describe('an open connection', () => {
  it('is not used by who may not call its address any more', async () => {
    const { port, seen } = await serve(ok);
    const url = `http://127.0.0.1:${port}/`;
    await client({ allow: ['127.0.0.0/8'] })({ url });
    await expect(client({ allow: ['10.0.0.0/8'] })({ url })).rejects.toMatchObject({ code: 'address.refused' });
    expect(seen).toEqual({ connections: 1, calls: 1 });
  });
});

describe.each([301, 302, 303, 307, 308])('a redirect with %i', (status) => {
  it.each([
    ['to the same host', () => '/other'],
    ['to the same host in full', (port: number) => `http://127.0.0.1:${port}/other`],
    ['without a scheme', (port: number) => `//127.0.0.1:${port}/other`],
    ['to another address', () => 'http://169.254.169.254/latest/meta-data/'],
    ['to another scheme', () => 'file:///etc/passwd'],
  ])('%s is not followed', async (_, location) => {
    const made = await serve((_request, response) => {
      response.writeHead(status, { location: location(made.port) }).end();
    });
    const answer = await client({ allow: ['127.0.0.0/8'] })({ url: `http://127.0.0.1:${made.port}/`, method: 'POST' });
    expect([answer.status, made.seen.calls]).toEqual([status, 1]);
  });
});

describe('another protocol on the way', () => {
  it.each([
    ['a tunnel', { method: 'CONNECT' }],
    ['an upgrade that is asked for', { headers: { connection: 'upgrade', upgrade: 'websocket' } }],
  ])('%s is refused before anything is sent', async (_, more) => {
    const { port, seen } = await serve(ok);
    const call = client({ allow: ['127.0.0.0/8'] })({ url: `http://127.0.0.1:${port}/`, ...more });
    await expect(call).rejects.toMatchObject({ name: 'DeliveryError' });
    expect(seen.calls).toBe(0);
  });

  it('a switch that nobody asked for is a broken answer', async () => {
    const server = createTcpServer((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: tls/1.3\r\n\r\n'));
      socket.on('error', () => {});
    });
    const { port } = await listen(server);
    const call = client({ allow: ['127.0.0.0/8'] })({ url: `http://127.0.0.1:${port}/` });
    await expect(call).rejects.toMatchObject({ scope: 'retry', code: 'network.failed' });
  });
});

describe('the environment', () => {
  const HTTP = new URL('../../../../activities/integrations/support/http.ts', import.meta.url).href;

  /** Calls in a process of its own, because some variables are read when one starts. */
  async function callWith(env: Record<string, string>, url: string, ca?: string): Promise<string> {
    const options = { allow: ['127.0.0.0/8'], secrets: [], timeoutMs: 5000, ...(ca === undefined ? {} : { ca }) };
    const code = `
      const { createHttp } = await import(${JSON.stringify(HTTP)});
      const http = createHttp({ ...${JSON.stringify(options)}, signal: new AbortController().signal });
      console.log(await http({ url: ${JSON.stringify(url)} }).then((answer) => answer.text, (error) => error.code));
      await http.close();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { env });
    return stdout.trim();
  }

  it('names proxies that are never used, whatever they are called', async () => {
    const proxy = await serve((_, response) => void response.end('proxied'));
    const plain = await serve(ok);
    const { key, cert } = await testCertificate('127.0.0.1');
    const secure = await listen(createTlsServer({ key, cert }, ok));
    const at = `http://127.0.0.1:${proxy.port}`;
    const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'npm_config_proxy', 'npm_config_https_proxy'];
    const env = {
      ...Object.fromEntries(variables.flatMap((name) => [[name, at] as const, [name.toLowerCase(), at] as const])),
      NODE_USE_ENV_PROXY: '1',
      NO_PROXY: '',
    };
    const answers = await Promise.all([
      callWith(env, `http://127.0.0.1:${plain.port}/`),
      callWith(env, `https://127.0.0.1:${secure.port}/`, cert),
    ]);
    expect([...answers, proxy.seen.connections]).toEqual(['ok', 'ok', 0]);
  });

  it('does not turn the check of certificates off', async () => {
    const { key, cert } = await testCertificate('127.0.0.1');
    const { port } = await listen(createTlsServer({ key, cert }, ok));
    expect(await callWith({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, `https://127.0.0.1:${port}/`)).toBe('tls.failed');
  });
});

describe('TLS', () => {
  /** A receiver by name, with a certificate for `host`; it says which name the client asked for. */
  async function secure(host: string, more: Parameters<typeof testCertificate>[1] = {}) {
    const { key, cert } = await testCertificate(host, more);
    const server = createTlsServer({ key, cert }, (request, response) => {
      response.end(String((request.socket as { servername?: string }).servername));
    });
    const { port } = await listen(server);
    const { lookup } = await names({ 'receiver.example': { a: ['127.0.0.1'] } });
    const call = (ca?: string) =>
      client({ allow: ['127.0.0.0/8'], lookup, ...(ca === undefined ? {} : { ca }) })({
        url: `https://receiver.example:${port}/`,
      });
    return { cert, call };
  }
  const refused = { scope: 'destination', code: 'tls.failed' };

  it('with a private authority works where that is given, and the receiver is asked for by its name', async () => {
    const { cert, call } = await secure('receiver.example');
    expect((await call(cert)).text).toBe('receiver.example');
  });
  it('with a private authority is refused where none is given, or that of another destination', async () => {
    const { cert, call } = await secure('receiver.example');
    const other = await testCertificate('receiver.example');
    await call(cert);
    await expect(call()).rejects.toMatchObject(refused);
    await expect(call(other.cert)).rejects.toMatchObject(refused);
  });
  it('with a certificate for another name is refused', async () => {
    const { cert, call } = await secure('other.example');
    await expect(call(cert)).rejects.toMatchObject(refused);
  });
  it('with a certificate for the address instead of the name is refused', async () => {
    const { cert, call } = await secure('127.0.0.1');
    await expect(call(cert)).rejects.toMatchObject(refused);
  });
  it('with a certificate that is over is refused', async () => {
    const { cert, call } = await secure('receiver.example', { validForMs: -3_600_000 });
    await expect(call(cert)).rejects.toMatchObject(refused);
  });
});
