import type { MiddlewareHandler } from 'hono';
import type { Log } from './deps.ts';
import type { ApiEnv } from './env.ts';

/** One line per request: who asked for what, and how it ended. Never a header, a query or a body. */
export const logRequests =
  (log: Log): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const startedAt = performance.now();
    await next();
    const { method, path } = c.req;
    const ms = Math.round(performance.now() - startedAt);
    // Absent on requests that nobody authenticated.
    const token = (c.get('principal') as { id: string } | undefined)?.id;
    log.info({ requestId: c.get('requestId'), method, path, status: c.res.status, ms, token }, 'request');
  };
