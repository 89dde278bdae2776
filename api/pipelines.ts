import { createRoute, z } from '@hono/zod-openapi';
import { PipelineSpec, ResourceName } from '../attestation/resources.ts';
import type { PipelineRecord } from '../db/pipelines.ts';
import { actorOf, seesPipeline } from './auth/principal.ts';
import { assertPipelineInScope, inScope, requires } from './auth/require.ts';
import { Change, changeOf, statusOf } from './change.ts';
import type { ApiDeps } from './deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from './paging.ts';
import { problem, problemContent } from './problem.ts';
import { createRouter, json, jsonBody } from './router.ts';

const tags = ['pipelines'];
const params = z.object({ project: ResourceName, pipeline: ResourceName });

const Pipeline = z
  .object({
    project: z.string(),
    name: z.string(),
    spec: PipelineSpec,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Pipeline' });

const put = createRoute({
  method: 'put',
  path: '/pipelines/{project}/{pipeline}',
  operationId: 'putPipeline',
  tags,
  summary: 'Bind a pipeline to a contract',
  ...requires('administer'),
  request: { params, body: jsonBody(PipelineSpec) },
  responses: {
    200: json('Updated or unchanged.', Pipeline.extend({ change: Change })),
    201: json('Created.', Pipeline.extend({ change: Change })),
    422: problemContent('There is no such contract.'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/pipelines',
  operationId: 'listPipelines',
  tags,
  summary: 'Pipelines by name',
  ...requires('read'),
  request: {
    query: z.strictObject({
      ...pageQuery,
      project: z.string().optional(),
      contract: z.string().optional().meta({ description: 'Bound to this contract.' }),
    }),
  },
  responses: { 200: json('A page; it may be short where the token sees only some.', pageOf(Pipeline)) },
});

const get = createRoute({
  method: 'get',
  path: '/pipelines/{project}/{pipeline}',
  operationId: 'getPipeline',
  tags,
  summary: 'One pipeline',
  ...requires('read'),
  request: { params },
  responses: { 200: json('The pipeline.', Pipeline), 404: problemContent('None that this token may see.') },
});

export function pipelineRoutes({ db, clock }: ApiDeps) {
  const router = createRouter();

  router.openapi(put, async (c) => {
    const { project, pipeline: name } = c.req.valid('param');
    const principal = c.get('principal');
    assertPipelineInScope(principal, project, name);
    const spec = c.req.valid('json');
    const outcome = await db.pipelines.put({ project, name, spec, by: actorOf(principal), at: clock().toISOString() });
    if (!outcome) throw noContract(spec.contract);
    return c.json({ ...view(outcome.record), change: changeOf(outcome) }, statusOf(outcome));
  });

  router.openapi(list, async (c) => {
    const { project, contract, ...query } = c.req.valid('query');
    const page = await db.pipelines.list({ project, contract }, pageRequest(query));
    const principal = c.get('principal');
    const items = page.items.filter((row) => seesPipeline(principal, row.project, row.name));
    return c.json(answerPage(c, { ...page, items }, view), 200);
  });

  router.openapi(get, async (c) => {
    const { project, pipeline: name } = c.req.valid('param');
    const found = await db.pipelines.get(project, name);
    inScope(c.get('principal'), found && { project, pipeline: name }, 'pipeline', `${project}/${name}`);
    return c.json(view(found as PipelineRecord), 200);
  });
  return router;
}

const noContract = (name: string) =>
  problem(
    422,
    'contract.unknown',
    `expected the name of a contract, found ${JSON.stringify(name)}, which does not exist; put the contract first`,
  );

const view = ({ project, name, spec, createdAt, updatedAt }: PipelineRecord) => ({
  project,
  name,
  spec,
  createdAt,
  updatedAt,
});
