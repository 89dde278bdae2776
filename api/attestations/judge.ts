import { createRoute, z } from '@hono/zod-openapi';
import { actorOf } from '../auth/principal.ts';
import { inScope, requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound, problem, problemContent } from '../problem.ts';
import { reason } from '../reason.ts';
import { createRouter, json, jsonBody } from '../router.ts';
import { Attestation } from './schema.ts';
import { selfLink, viewAttestation } from './view.ts';

const judge = createRoute({
  method: 'post',
  path: '/attestations/{id}/judge',
  operationId: 'judgeAttestation',
  tags: ['attestations'],
  summary: 'Judge a rejected or undecided attestation again',
  description: 'By the contract and the keys of now. The verdict is at the link; nobody waits for it here.',
  ...requires('operate'),
  request: {
    params: z.object({ id: z.string() }),
    body: jsonBody(z.strictObject({ reason })),
  },
  responses: {
    202: json('A new judgement was recorded and started.', Attestation),
    404: problemContent('None that this token may see.'),
    409: problemContent('It was accepted, and that stands.'),
  },
});

export const judgeRoutes = (deps: ApiDeps) =>
  createRouter().openapi(judge, async (c) => {
    const principal = c.get('principal');
    const { id } = c.req.valid('param');
    const { project, pipeline } = inScope(principal, await deps.db.attestations.get(id), 'attestation', id);
    const { reason } = c.req.valid('json');
    const receipt = await deps.db.attestations.rejudge(id, {
      by: actorOf(principal),
      at: deps.clock().toISOString(),
      reason,
    });
    if (!receipt)
      throw problem(409, 'attestation.accepted', `attestation ${id} was accepted, and a verdict that accepts stands`);
    const { n, workflowId } = receipt;
    await deps.engine.start({ id, n, project, pipeline, workflowId }).catch((err: unknown) => {
      deps.log.warn({ err, id, n }, 'judgement not started; the sweeper will');
    });
    const record = await deps.db.attestations.get(id);
    if (!record) throw notFound('attestation', id);
    return c.json(await viewAttestation(deps, c, record), 202, { location: selfLink(deps, c, id) });
  });
