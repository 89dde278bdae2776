import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiContext, ApiEnv } from './env.ts';
import { problemResponse } from './problem.ts';

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'] as const;

/** Nothing is here: 404, or 405 where another method would have found something. */
export function answerUnknownRoute(app: OpenAPIHono<ApiEnv>, c: ApiContext): Response {
  const { method, path } = c.req;
  const allowed = METHODS.filter((candidate) => candidate !== method && isRoute(app, candidate, path));
  if (allowed.length === 0)
    return problemResponse(c, {
      status: 404,
      code: 'route.unknown',
      detail: `there is nothing at ${path}; /openapi.json lists what there is`,
    });
  const allow = allowed.join(', ');
  return problemResponse(c, {
    status: 405,
    code: 'method.not-allowed',
    detail: `expected ${allow} at ${path}, found ${method}`,
    headers: { allow },
    more: { expected: allow, found: method },
  });
}

/** Middleware is registered for ALL methods, routes for one. */
const isRoute = (app: OpenAPIHono<ApiEnv>, method: string, path: string): boolean =>
  app.router.match(method, path)[0].some(([[, route]]) => route.method === method);
