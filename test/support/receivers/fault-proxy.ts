import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';

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

export type FaultProxy = {
  /** The target's URL with the proxy in place of its host. */
  url: string;
  /** Faults of the next matching calls, one each. */
  next: Fault[];
  /** Fault of every matching call that `next` says nothing about. */
  always: Fault | undefined;
  /** Which calls may go wrong; the others pass. Default: all. */
  matches: (request: { method: string; path: string }) => boolean;
  /** How many calls came. */
  calls(): number;
  close(): Promise<void>;
};

/** Stands between an integration and a receiver. */
export async function createFaultProxy(target: string): Promise<FaultProxy> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    const { method = 'GET', url: path = '/' } = request;
    const fault = proxy.matches({ method, path }) ? (proxy.next.shift() ?? proxy.always) : undefined;
    pass(target, fault, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  const proxy: FaultProxy = {
    url: url.pathname === '/' ? url.origin : url.href,
    next: [],
    always: undefined,
    matches: () => true,
    calls: () => calls,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
  return proxy;
}

async function pass(target: string, fault: Fault | undefined, request: IncomingMessage, response: ServerResponse) {
  if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
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
  if (fault?.kind === 'lost-reply') return void request.socket.resetAndDestroy();
  const kept = [...answer.headers].filter(
    ([name]) => !['transfer-encoding', 'connection', 'content-length'].includes(name),
  );
  if (fault?.kind !== 'reset-mid-body')
    return void response.writeHead(answer.status, Object.fromEntries(kept)).end(bytes);
  const status = answer.status === 204 ? 200 : answer.status;
  response.writeHead(status, { ...Object.fromEntries(kept), 'content-length': String(bytes.length + 100) });
  response.write(bytes.length > 0 ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : 'x', () => response.destroy());
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
