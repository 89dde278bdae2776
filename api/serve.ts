import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Closing } from './env.ts';

export type Served = { url: string; close(): Promise<void> };
export type ServeOptions = {
  /** Loopback unless it is given. */
  host?: string | undefined;
  /** 0 = any free one. */
  port: number;
  /** Over how long the rate of a body is measured. */
  rateWindowMs?: number | undefined;
  /** How long the headers of a request may take. */
  headersMs?: number | undefined;
};
type App = { fetch(request: Request, env: HttpBindings & Closing): Response | Promise<Response> };

const HEADERS_MS = 15_000;
/** How often connections are looked at: Node's own 30 s would let headers take three times what they may. */
const LOOK_FOR_SLOW_MS = 5000;
/** A gigabyte over a slow line takes its time. */
const REQUEST_MS = 2 * 3_600_000;
const IDLE_MS = 65_000;
const RATE_WINDOW_MS = 30_000;
/** A body that comes slower than this is somebody holding a connection. */
const LEAST_BYTES_PER_SECOND = 1000;
const CLOSING_MS = 10_000;
const LOOK_FOR_IDLE_MS = 100;

/**
 * Serves the app. Fails when the port is taken. `close` tells those who wait for a verdict that it is not there yet, and
 * lets all other running requests finish, for 10 s at most.
 */
export async function serveApi(
  app: App,
  { host = '127.0.0.1', port, rateWindowMs, headersMs = HEADERS_MS }: ServeOptions,
): Promise<Served> {
  const closing = new AbortController();
  const server = createAdaptorServer({
    fetch: (request, env) => app.fetch(request, { ...(env as HttpBindings), closing: closing.signal }),
    hostname: host,
    serverOptions: {
      headersTimeout: headersMs,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: Math.min(headersMs, LOOK_FOR_SLOW_MS),
    },
  }) as Server;
  server.on('request', (request) => dropTrickle(request, rateWindowMs ?? RATE_WINDOW_MS));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${bound}`, close: () => closeServer(server, closing) };
}

/** Ends a request whose body comes too slowly. A full buffer is our own slowness, not the sender's. */
function dropTrickle(request: IncomingMessage, windowMs: number): void {
  const { headers, socket } = request;
  if (!headers['transfer-encoding'] && !Number(headers['content-length'])) return;
  let before = socket.bytesRead;
  const timer = setInterval(() => {
    const rate = ((socket.bytesRead - before) * 1000) / windowMs;
    before = socket.bytesRead;
    if (request.complete) clearInterval(timer);
    else if (rate < LEAST_BYTES_PER_SECOND && request.readableLength < request.readableHighWaterMark) request.destroy();
  }, windowMs).unref();
  request.once('close', () => clearInterval(timer));
}

async function closeServer(server: Server, closing: AbortController): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  closing.abort();
  // A connection that was answered meanwhile is kept alive by its client, and nobody would close it.
  const idle = setInterval(() => server.closeIdleConnections(), LOOK_FOR_IDLE_MS);
  const force = setTimeout(() => server.closeAllConnections(), CLOSING_MS).unref();
  await closed;
  clearInterval(idle);
  clearTimeout(force);
}
