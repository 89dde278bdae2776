import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, empty, json, text, uncaught } from './answers.ts';
import { Portfolio } from './portfolio.ts';
import { answerGet, answerPage, answerVersion } from './routes.ts';
import { DEFAULT_SETTINGS, may, type Settings } from './settings.ts';
import { type LedgerEntry, Uploads } from './upload.ts';

export type DependencyTrackStandIn = {
  url: string;
  settings: Settings;
  portfolio: Portfolio;
  /** Every upload that was read, in order of arrival. */
  ledger: readonly LedgerEntry[];
  close(): Promise<void>;
};

/**
 * A small server that answers as Dependency-Track does, quirks included; no real import happens. `port` 0 lets the
 * system choose. While it runs, `settings` may be changed, over HTTP too: `GET|POST /stand-in/settings`,
 * `GET /stand-in/ledger`.
 */
export async function createDependencyTrackStandIn(
  given: Partial<Settings> & { port?: number; host?: string } = {},
): Promise<DependencyTrackStandIn> {
  const { port = 0, host = '127.0.0.1', ...some } = given;
  const settings: Settings = { ...DEFAULT_SETTINGS, ...some };
  const portfolio = new Portfolio();
  const uploads = new Uploads(portfolio);
  const server = createServer((request, response) => {
    handle({ settings, portfolio, uploads }, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://${host}:${bound}`, settings, portfolio, ledger: uploads.ledger, close };
}

type State = { settings: Settings; portfolio: Portfolio; uploads: Uploads };

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(`http://stand-in${request.url ?? '/'}`);
  const { settings } = state;
  if (url.pathname.startsWith('/stand-in/')) return send(response, await control(state, request, url));
  if (settings.mode === 'reset') return void request.socket.resetAndDestroy();
  if (settings.mode === 'unavailable')
    return send(response, { ...text(503, 'no healthy upstream'), type: 'text/plain' });
  if (url.pathname === '/api/version') return send(response, answerVersion(settings));
  const page = request.method === 'GET' ? answerPage(state.portfolio, url) : undefined;
  if (page) return send(response, page);
  if (!url.pathname.startsWith('/api/')) return send(response, empty(url.pathname.startsWith('//') ? 405 : 404));
  if (settings.mode === 'database') return send(response, uncaught());
  if (request.headers['x-api-key'] !== settings.apiKey) return refuseEarly(response, 401);
  if (request.method === 'GET') return send(response, answerGet(settings, state.portfolio, url));
  if (request.method !== 'POST' || url.pathname !== '/api/v1/bom') return send(response, empty(404));
  if (!may(settings, 'BOM_UPLOAD')) return refuseEarly(response, 403);
  const body = await read(request);
  send(response, await state.uploads.take(settings, request.headers['content-type'] ?? '', body));
}

/** The real one answers before it has read the body, and closes: a client may see a broken pipe instead. */
function refuseEarly(response: ServerResponse, status: number): void {
  const { socket } = response;
  response.writeHead(status, { connection: 'close', 'content-length': '0' });
  response.end(() => socket?.destroy());
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, answer.type ? { 'content-type': answer.type } : {});
  response.end(answer.body);
}

async function control(state: State, request: IncomingMessage, url: URL): Promise<Answer> {
  if (url.pathname === '/stand-in/ledger') return json(200, state.uploads.ledger);
  if (url.pathname !== '/stand-in/settings') return empty(404);
  if (request.method === 'POST') Object.assign(state.settings, JSON.parse((await read(request)).toString()));
  return json(200, state.settings);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
