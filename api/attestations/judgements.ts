import { createRoute, z } from '@hono/zod-openapi';
import { requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { problemContent } from '../problem.ts';
import { createRouter, json } from '../router.ts';
import { readableAttestation } from './access.ts';
import { Judgement } from './schema.ts';
import { viewJudgement } from './view.ts';

const judgements = createRoute({
  method: 'get',
  path: '/attestations/{id}/judgements',
  operationId: 'listJudgements',
  tags: ['attestations'],
  summary: 'Every judgement, the first one first',
  ...requires(['read', 'send']),
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json('All of them.', z.object({ items: z.array(Judgement), next: z.null() })),
    404: problemContent('None that this token may see.'),
  },
});

export const judgementRoutes = (deps: ApiDeps) =>
  createRouter().openapi(judgements, async (c) => {
    const record = await readableAttestation(deps, c, c.req.valid('param').id);
    const all = await deps.db.attestations.judgements(record.id);
    return c.json({ items: all.map((judgement) => viewJudgement(deps, c, record, judgement)), next: null }, 200);
  });
