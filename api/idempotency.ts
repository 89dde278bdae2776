import type { MiddlewareHandler } from 'hono';
import { sha256Hex } from '../attestation/ids.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiContext, ApiEnv } from './env.ts';
import { problem } from './problem.ts';

const KEPT_MS = 24 * 3_600_000;

/**
 * `Idempotency-Key` on POST: the same request again gets the same answer, and does nothing. Keys belong to a token and
 * are kept for a day. An answer that shows a secret is not kept: then the key is spent, and says so.
 */
export const honourIdempotencyKey = (deps: ApiDeps, isSecret: (path: string) => boolean): MiddlewareHandler<ApiEnv> => {
  // Of this process: two API processes at the same moment both act, which repeats nothing but a token.
  const inFlight = new Set<string>();
  return async (c, next) => {
    const key = c.req.header('idempotency-key');
    if (key === undefined || c.req.method !== 'POST') return next();
    if (!/^[\x20-\x7e]{1,200}$/.test(key))
      throw problem(
        400,
        'idempotency-key.invalid',
        'expected an Idempotency-Key of 1 to 200 printable ASCII characters',
      );
    const at = deps.clock();
    const tokenId = c.get('principal').id;
    const request = await fingerprint(c);
    const kept = await deps.db.answers.find(tokenId, key, new Date(at.getTime() - KEPT_MS).toISOString());
    if (kept) return repeat(kept, request);

    const slot = `${tokenId} ${key}`;
    if (inFlight.has(slot)) throw stillWorking();
    inFlight.add(slot);
    try {
      await next();
      if (c.res.status < 500) {
        const body = isSecret(c.req.path) && c.res.ok ? '' : await c.res.clone().text();
        await deps.db.answers.save({ tokenId, key, request, status: c.res.status, body, at: at.toISOString() });
      }
    } finally {
      inFlight.delete(slot);
    }
  };
};

const stillWorking = () =>
  problem(
    409,
    'idempotency-key.in-flight',
    'a request with this Idempotency-Key is being worked on; send it again in a moment',
    { headers: { 'retry-after': '1' } },
  );

async function fingerprint(c: ApiContext): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  return sha256Hex([c.req.method, pathname + search, await c.req.text()].join('\n'));
}

function repeat(kept: { request: string; status: number; body: string }, request: string): Response {
  if (kept.request !== request)
    throw problem(
      422,
      'idempotency-key.reused',
      'this Idempotency-Key came with another request before; use a new key for a new request',
    );
  if (kept.body === '' && kept.status === 201)
    throw problem(
      409,
      'idempotency-key.spent',
      'the request with this Idempotency-Key was carried out, and its answer, which showed a secret, was not kept; look at the list and use a new key',
    );
  const problemJson = kept.status >= 400 ? 'application/problem+json' : 'application/json';
  return new Response(kept.body === '' ? null : kept.body, {
    status: kept.status,
    headers: { 'content-type': problemJson, 'idempotency-replayed': 'true' },
  });
}
