import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { testCertificate } from '../certificate.ts';

/** What goes wrong with a call on its way. */
export type Fault =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  | { kind: 'delay'; ms: number }
  /** The receiver gets the whole call and answers; the answer never arrives. */
  | { kind: 'lost-reply' }
  /** The answer breaks off in the middle of its body. */
  | { kind: 'reset-mid-body' }
  /** The connection is reset before the receiver hears of the call. */
  | { kind: 'reset' }
  /** Nobody ever answers, and the receiver hears nothing. */
  | { kind: 'hang' }
  /** Answers with everything that was sent, headers included, as careless error pages do. */
  | { kind: 'echo'; status: number };

/** What came over a connection that stood, and what was done to it. */
type Call = { method: string; path: string };

export type FaultProxy = {
  /** The target's URL with the proxy in place of its host, and of its scheme where the proxy speaks TLS. */
  url: string;
  /** Authority to trust; where the proxy speaks TLS. */
  ca: string | undefined;
  /** Faults of the next matching calls, one each. */
  next: Fault[];
  /** Fault of every matching call that `next` says nothing about: always the same, or as it decides for each. */
  always: Fault | ((call: Call) => Fault | undefined) | undefined;
  /** Which calls may go wrong; the others pass. Default: all. */
  matches: (call: Call) => boolean;
  /** Asked at each connection where the proxy speaks TLS: true lets it fail, with a certificate of somebody else. */
  failsHandshake: () => boolean;
  /** How many calls came. */
  calls(): number;
  close(): Promise<void>;
};

/** Stands between an integration and a receiver; `tls` ends TLS here, under a private authority of its own. */
export async function createFaultProxy(target: string, { tls = false } = {}): Promise<FaultProxy> {
  let calls = 0;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    calls += 1;
    const { method = 'GET', url: path = '/' } = request;
    const call = { method, path };
    const always = () => (typeof proxy.always === 'function' ? proxy.always(call) : proxy.always);
    const fault = proxy.matches(call) ? (proxy.next.shift() ?? always()) : undefined;
    pass(target, fault, request, response).catch(() => response.destroy());
  };
  const front = tls ? await createTlsFront(handle, () => proxy.failsHandshake()) : createPlainFront(handle);
  const url = new URL(target);
  url.port = String(await front.listen());
  if (tls) url.protocol = 'https:';
  const proxy: FaultProxy = {
    url: url.pathname === '/' ? url.origin : url.href,
    ca: front.ca,
    next: [],
    always: undefined,
    matches: () => true,
    failsHandshake: () => false,
    calls: () => calls,
    close: front.close,
  };
  return proxy;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;
type Front = { ca: string | undefined; listen(): Promise<number>; close(): Promise<void> };
type Listening = { listen(port: number, host: string, then: () => void): unknown; address(): unknown };

async function listen(server: Listening): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function createPlainFront(handle: Handle): Front {
  const server: Server = createServer(handle);
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return { ca: undefined, listen: () => listen(server), close };
}

/** One port, two TLS servers behind it: that of the receiver, and a stranger's that nobody should talk to. */
async function createTlsFront(handle: Handle, fails: () => boolean): Promise<Front> {
  const own = await testCertificate('127.0.0.1');
  const server = createTlsServer(own, handle);
  const stranger = createTlsServer(await testCertificate('127.0.0.1'), (_request, response) => void response.end());
  const sockets = new Set<Socket>();
  const front = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    (fails() ? stranger : server).emit('connection', socket);
  });
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => void front.close(() => resolve()));
  };
  return { ca: own.cert, listen: () => listen(front), close };
}

async function pass(target: string, fault: Fault | undefined, request: IncomingMessage, response: ServerResponse) {
  if (fault?.kind === 'reset') return void reset(request);
  const body = await readAll(request);
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers ?? {}).end(fault.body ?? '');
  if (fault?.kind === 'echo')
    return void response.writeHead(fault.status).end(`${JSON.stringify(request.headers)} ${request.url} ${body}`);
  if (fault?.kind === 'delay') await after(fault.ms);
  const { host: _host, connection: _connection, ...headers } = request.headers;
  const answer = await fetch(new URL(request.url ?? '/', target), {
    method: request.method ?? 'GET',
    headers: headers as Record<string, string>,
    redirect: 'manual',
    ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (fault?.kind === 'lost-reply') return void reset(request);
  const kept = [...answer.headers].filter(
    ([name]) => !['transfer-encoding', 'connection', 'content-length'].includes(name),
  );
  if (fault?.kind !== 'reset-mid-body')
    return void response.writeHead(answer.status, Object.fromEntries(kept)).end(bytes);
  const status = answer.status === 204 ? 200 : answer.status;
  response.writeHead(status, { ...Object.fromEntries(kept), 'content-length': String(bytes.length + 100) });
  response.write(bytes.length > 0 ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : 'x', () => response.destroy());
}

/** Only the system's own sockets can be reset. */
function reset({ socket }: IncomingMessage): void {
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
