import { text as readText } from 'node:stream/consumers';
import { type Download, download } from './download.ts';
import { readEvents, type ServerEvent } from './events.ts';
import { CliError, EXIT, usageError } from './exit.ts';
import type { Io } from './io.ts';
import { problemError } from './problem.ts';
import { findToken, isLoopback } from './token.ts';
import { type Content, upload } from './upload.ts';

export type Query = Record<string, string | number | boolean | undefined>;
export type Answer<T> = { status: number; headers: Headers; body: T };
export type Sent = {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  query?: Query;
  json?: unknown;
  body?: string;
  /** A body that is streamed; it brings its media type. */
  content?: Content;
  headers?: Record<string, string>;
  timeoutMs?: number;
};

/** Waybill's API as the commands use it. Every failure is a `CliError` that knows its exit code. */
export type Client = {
  url: URL;
  /** The answer whatever its status, problems included. Fails where there is none, or where it is not Waybill's. */
  exchange<T>(path: string, sent?: Sent): Promise<Answer<T>>;
  /** The body of a successful answer. */
  request<T>(path: string, sent?: Sent): Promise<T>;
  /** The bytes of a successful answer, unread: as many as there are, as long as they keep coming. */
  download(path: string, query?: Query): Promise<AsyncIterable<Uint8Array>>;
  /** A small answer that is no JSON of ours, of exactly this media type, byte for byte. */
  text(path: string, mediaType: string, query?: Query): Promise<string>;
  /** Events as they come, after the one of `lastId`; over when the connection ends. */
  events(path: string, lastId?: string): AsyncIterable<ServerEvent>;
};

export type ConnectOptions = { url?: string | undefined; tokenFile?: string | undefined; timeout?: number | undefined };

export const DEFAULT_URL = 'http://127.0.0.1:7080';
const TIMEOUT_S = 60;
/** Three times as long as the server is ever silent in a stream of events. */
const EVENTS_MS = 45_000;
export const VSA_MEDIA_TYPE = 'application/vnd.dsse.envelope.v1+json';
const EVENTS_MEDIA_TYPE = 'text/event-stream';
export const PEM_MEDIA_TYPE = 'application/x-pem-file';

/** Talks to the API at `--url`, else WAYBILL_URL, else this machine. Opens nothing before the first request. */
export function createClient(io: Io, options: ConnectOptions): Client {
  const url = parseUrl(options.url ?? io.env.WAYBILL_URL ?? DEFAULT_URL);
  const token = findToken(io, url, options.tokenFile);
  if (token && url.protocol === 'http:' && !isLoopback(url)) {
    io.err(`Warning: the token travels unencrypted to ${url.host}. Use https.\n`);
  }
  const authorization = token && { authorization: `Bearer ${token.value}` };
  const timeoutMs = (options.timeout ?? TIMEOUT_S) * 1000;
  const exchange = async <T>(path: string, sent: Sent = {}): Promise<Answer<T>> => {
    const answer = await send(url, path, sent, {
      ...authorization,
      signal: AbortSignal.timeout(sent.timeoutMs ?? timeoutMs),
    });
    const body = await readBody(answer, url);
    if (answer.status === 401) throw unauthorized(answer.status, body, url, token?.from);
    return { status: answer.status, headers: answer.headers, body: body as T };
  };
  const open = async (path: string, sent: Sent): Promise<Download> => {
    const answer = await download(sent.timeoutMs ?? timeoutMs, (signal) =>
      send(url, path, sent, { ...authorization, signal }),
    );
    const bytes = reachable(url, answer.bytes);
    if (answer.status === 200) return { ...answer, bytes };
    const body = await readBody(new Response(ReadableStream.from(bytes)), url);
    if (answer.status === 401) throw unauthorized(answer.status, body, url, token?.from);
    throw problemError(answer.status, body, url.origin);
  };
  return {
    url,
    exchange,
    request: async <T>(path: string, sent?: Sent) => {
      const { status, body } = await exchange<T>(path, sent);
      // Text instead of JSON: something else answers there.
      const isOurs = status === 204 || typeof body !== 'string';
      if (status < 200 || status > 299 || !isOurs) throw problemError(status, body, url.origin);
      return body;
    },
    download: async (path, query = {}) => (await open(path, { query })).bytes,
    text: async (path, mediaType, query = {}) => {
      const answer = await open(path, { query });
      if (answer.mediaType !== mediaType) throw problemError(answer.status, undefined, url.origin);
      return readText(answer.bytes);
    },
    events: async function* (path, lastId) {
      const headers = { accept: EVENTS_MEDIA_TYPE, ...(lastId !== undefined && { 'last-event-id': lastId }) };
      const answer = await open(path, { headers, timeoutMs: EVENTS_MS });
      if (answer.mediaType !== EVENTS_MEDIA_TYPE) throw problemError(answer.status, undefined, url.origin);
      yield* readEvents(answer.bytes);
    },
  };
}

/** A connection that breaks later is no other fault than one that was never there. */
async function* reachable(url: URL, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw unreachable(url, error);
  }
}

async function send(
  base: URL,
  path: string,
  sent: Sent,
  { signal, authorization }: { signal: AbortSignal; authorization?: string },
): Promise<Response> {
  const url = new URL(base.pathname.replace(/\/$/, '') + path, base);
  for (const [name, value] of Object.entries(sent.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const body = sent.json === undefined ? sent.body : JSON.stringify(sent.json);
  const headers = {
    accept: 'application/json',
    ...(authorization && { authorization }),
    ...(sent.json !== undefined && { 'content-type': 'application/json' }),
    ...sent.headers,
  };
  const method = sent.method ?? 'GET';
  try {
    if (sent.content) return await upload(url, sent.content, { method, headers, signal });
    // A redirect would carry the token to an address that nobody named.
    return await fetch(url, { method, headers, signal, redirect: 'manual', ...(body !== undefined && { body }) });
  } catch (error) {
    throw unreachable(base, error);
  }
}

/** JSON where it is JSON, whatever its media type says; else the text, which no command takes for an answer. */
async function readBody(answer: Response, url: URL): Promise<unknown> {
  const text = await answer.text().catch((error: unknown) => {
    throw unreachable(url, error);
  });
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unreachable(url: URL, error: unknown): CliError {
  const { name, cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  const why = name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? cause?.message ?? message);
  return new CliError(EXIT.failed, `Could not reach Waybill at ${url.origin}: ${why}.`, {
    remedy: 'Is it running? Start it with `waybill up`, or name another with WAYBILL_URL or --url.',
    cause: error,
  });
}

function unauthorized(status: number, body: unknown, url: URL, from: string | undefined): CliError {
  const error = problemError(status, body, url.origin);
  const remedy = from
    ? `The token came from ${from}. Ask an administrator for a new one: waybill token create`
    : 'No token was sent. Set WAYBILL_TOKEN, or name a file with --token-file.';
  return new CliError(error.exit, error.message, { code: error.code, remedy });
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw usageError(
      `Expected an http(s) address of Waybill, found ${JSON.stringify(text)}.`,
      `Example: ${DEFAULT_URL}`,
    );
  }
  if (url.username || url.password) throw usageError('Expected an address without a password.', 'Use WAYBILL_TOKEN.');
  return url;
}
