import type { LookupFunction } from 'node:net';
import { Agent, request as send } from 'undici';
import { DeliveryError, type Evidence, type Http, type HttpAnswer, type HttpRequest } from '../define.ts';
import { checkAddress, checkDestinationUrl, HOW_TO_ALLOW } from './addresses.ts';
import { headOf } from './head.ts';
import { LookupError, toDeliveryError } from './http-errors.ts';
import { type Lookup, type Resolved, resolveBySystem, resolveWithin } from './resolve.ts';
import { createScrub, type Scrub } from './scrub.ts';

const ANSWER_BYTES = 1024 * 1024;
const CONNECT_MS = 10_000;
/** Shorter than connecting may take, so that a silent name server is called by its name. */
const RESOLVE_MS = 8000;

export type HttpOptions = {
  /** Ranges (CIDR) that may be called although they are not public. */
  allow: readonly string[];
  /** Secret values to scrub from evidence and messages, whatever form they come back in. */
  secrets: readonly string[];
  /** Ends every call; it then fails with scope `retry`, code `network.cancelled`. */
  signal: AbortSignal;
  /** For a whole call, connecting and reading the answer included. A request may ask for another. */
  timeoutMs: number;
  /** PEM of the authorities to trust for this destination, instead of the public ones. */
  ca?: string;
  /** Default: the system's resolver. */
  lookup?: Lookup;
};
/** `close` ends idle connections; one that is not closed ends by itself within seconds. */
export type GuardedHttp = Http & { close(): Promise<void> };

/**
 * The only road out of an integration. The address is checked as literal and after resolution, and the connection
 * goes to the very addresses that were checked. No redirects, no proxy from the environment, no decompression.
 */
export function createHttp(options: HttpOptions): GuardedHttp {
  const scrub = createScrub(options.secrets);
  const agent = new Agent({
    connect: {
      lookup: guardedLookup(options),
      timeout: Math.min(CONNECT_MS, options.timeoutMs),
      // Said, because NODE_TLS_REJECT_UNAUTHORIZED in the environment would decide otherwise.
      rejectUnauthorized: true,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const http: Http = (request) => call(request, options, agent, scrub);
  return Object.assign(http, { close: () => agent.close() });
}

async function call(request: HttpRequest, options: HttpOptions, agent: Agent, scrub: Scrub): Promise<HttpAnswer> {
  const checked = checkDestinationUrl(request.url, options.allow);
  if (!checked.ok) throw new DeliveryError('destination', checked.code, scrub(checked.message));
  const { url } = checked;
  const method = request.method ?? 'GET';
  const startedAt = performance.now();
  const evidence: Evidence = {};
  const timer = AbortSignal.timeout(request.timeoutMs ?? options.timeoutMs);
  try {
    const answer = await send(url, {
      dispatcher: agent,
      method: method as 'GET',
      headers: { 'user-agent': 'waybill', accept: '*/*', ...request.headers },
      body: request.body ?? null,
      signal: AbortSignal.any([options.signal, timer]),
    });
    evidence.status = answer.statusCode;
    const body = await readAll(answer.body, request.maxBytes ?? ANSWER_BYTES);
    const text = body.toString('utf8');
    return {
      status: answer.statusCode,
      headers: flatten(answer.headers),
      body,
      text,
      evidence: { ...evidence, latencyMs: since(startedAt), bodyHead: headOf(body, scrub) },
    };
  } catch (error) {
    const about = scrub(`${method} ${url.host}`);
    const found = { ...evidence, latencyMs: since(startedAt) };
    if (options.signal.aborted)
      throw new DeliveryError('retry', 'network.cancelled', `${about}: the call was cancelled`, { evidence: found });
    throw toDeliveryError(timer.aborted ? timer.reason : error, about, found);
  }
}

/** Resolves once, refuses unless every address is allowed, and hands exactly those on: nothing is resolved again. */
function guardedLookup(options: HttpOptions): LookupFunction {
  return (hostname, { all }, callback) => {
    checkedAddresses(hostname, options).then(
      (addresses) => {
        const [first] = addresses;
        if (all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

async function checkedAddresses(
  hostname: string,
  { allow, timeoutMs, lookup = resolveBySystem }: HttpOptions,
): Promise<[Resolved, ...Resolved[]]> {
  const waitMs = Math.min(RESOLVE_MS, 0.8 * timeoutMs);
  const addresses = await resolveWithin(waitMs, lookup, hostname).catch((cause: unknown) => {
    throw new LookupError(hostname, cause);
  });
  for (const { address } of addresses) {
    const verdict = checkAddress(address, allow);
    if (verdict.ok) continue;
    const message = `${hostname} resolves to an address that is refused: ${verdict.reason}; ${HOW_TO_ALLOW}`;
    throw new DeliveryError('destination', 'address.refused', message);
  }
  const [first, ...others] = addresses;
  if (first === undefined) throw new LookupError(hostname, Object.assign(new Error(), { code: 'ENODATA' }));
  return [first, ...others];
}

async function readAll(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes)
      throw new DeliveryError('retry', 'answer.too-large', `expected an answer of at most ${maxBytes} bytes, got more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const since = (startedAt: number): number => Math.round(performance.now() - startedAt);
const flatten = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
