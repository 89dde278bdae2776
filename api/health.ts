import { createRoute, z } from '@hono/zod-openapi';
import type { ApiDeps } from './deps.ts';
import type { Metrics } from './metrics.ts';
import { createRouter, json, raw } from './router.ts';

const Readiness = z
  .object({
    status: z.enum(['ready', 'degraded', 'unready']),
    database: z.boolean(),
    temporal: z.boolean().meta({ description: 'False: attestations are recorded, and judged once it is back.' }),
  })
  .meta({ id: 'Readiness' });

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'healthz',
  tags: ['operating'],
  summary: 'The process answers',
  responses: { 200: json('It does.', z.object({ status: z.literal('ok') })) },
});

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'readyz',
  tags: ['operating'],
  summary: 'Requests can be recorded',
  responses: {
    200: json('They can; `degraded` while Temporal is away.', Readiness),
    503: json('The database does not answer.', Readiness),
  },
});

const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'metrics',
  tags: ['operating'],
  summary: 'Metrics for Prometheus',
  responses: { 200: raw('Text format.', 'text/plain') },
});

/** For probes and Prometheus: no token, and nothing secret in the answers. */
export const healthRoutes = (deps: ApiDeps, metrics: Metrics) =>
  createRouter()
    .openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200))
    .openapi(readyz, async (c) => {
      const [database, temporal] = await Promise.all([
        holds(deps.db.processes.live('api', deps.clock().toISOString())),
        holds(deps.engine.reachable()),
      ]);
      if (!database) return c.json({ status: 'unready' as const, database, temporal }, 503);
      return c.json({ status: temporal ? ('ready' as const) : ('degraded' as const), database, temporal }, 200);
    })
    .openapi(metricsRoute, async (c) => {
      const { contentType, text } = await metrics.render();
      return c.body(text, 200, { 'content-type': contentType });
    });

/** A question that went unanswered counts as no. */
const holds = (question: Promise<unknown>): Promise<boolean> =>
  question.then(
    (answer) => answer !== false,
    () => false,
  );
