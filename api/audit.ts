import { createRoute, z } from '@hono/zod-openapi';
import { requires } from './auth/require.ts';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from './paging.ts';
import { createRouter, json } from './router.ts';

const AuditEntry = z
  .object({
    seq: z.int(),
    at: z.iso.datetime(),
    actor: z.object({ id: z.string(), name: z.string() }),
    action: z.string(),
    target: z.string(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

const list = createRoute({
  method: 'get',
  path: '/audit',
  operationId: 'listAudit',
  tags: ['operating'],
  summary: 'Who did what, latest first',
  ...requires('read', 'all'),
  request: {
    query: z.strictObject({
      ...pageQuery,
      target: z.string().optional().meta({ description: 'Name or id of what it was done to.' }),
      action: z.string().optional().meta({ description: 'E.g. `delivery.skip`.' }),
    }),
  },
  responses: { 200: json('A page.', pageOf(AuditEntry)) },
});

export const auditRoutes = ({ db }: ApiDeps) =>
  createRouter().openapi(list, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query');
    const page = await db.audit.list(filter, pageRequest({ limit, cursor }));
    return c.json(
      answerPage(c, page, (entry) => ({ ...entry })),
      200,
    );
  });
