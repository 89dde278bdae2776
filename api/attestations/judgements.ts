import { createRoute, z } from '@hono/zod-openapi';
import { requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from '../paging.ts';
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
  request: { params: z.object({ id: z.string() }), query: z.strictObject(pageQuery) },
  responses: {
    200: json('A page.', pageOf(Judgement)),
    404: problemContent('None that this token may see.'),
  },
});

export const judgementRoutes = (deps: ApiDeps) =>
  createRouter().openapi(judgements, async (c) => {
    const record = await readableAttestation(deps, c, c.req.valid('param').id);
    const page = await deps.db.attestations.listJudgements(record.id, pageRequest(c.req.valid('query')));
    return c.json(
      answerPage(c, page, (judgement) => viewJudgement(deps, c, record, judgement)),
      200,
    );
  });
