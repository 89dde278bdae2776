import { createRoute, z } from '@hono/zod-openapi';
import { DestinationSpec, ResourceName } from '../../attestation/resources.ts';
import type { Actor } from '../../db/verbs.ts';
import { actorOf } from '../auth/principal.ts';
import { requires } from '../auth/require.ts';
import { Change, changeOf, statusOf } from '../change.ts';
import type { ApiDeps } from '../deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from '../paging.ts';
import { notFound, problemContent } from '../problem.ts';
import { removeDestination } from '../removal/destination.ts';
import { DestinationRemoval, Removal } from '../removal/schema.ts';
import { createRouter, json, jsonBody } from '../router.ts';
import { testNow } from './actions.ts';
import { Destination, TestResult } from './schema.ts';
import { checkSettings, storeSecrets } from './settings.ts';
import { viewDestination, viewDestinations } from './view.ts';

const tags = ['destinations'];
const WORKER_ALIVE_MS = 30_000;
const params = z.object({ name: ResourceName });

const Test = z
  .enum(['true', 'false'])
  .default('false')
  .meta({ description: 'Tests it where something changed; its settings are kept whatever comes of it.' });
const Put = Destination.extend({
  change: Change,
  test: TestResult.nullable()
    .optional()
    .meta({ description: 'What the test that was asked for found; null when no worker answered.' }),
});

const put = createRoute({
  method: 'put',
  path: '/destinations/{name}',
  operationId: 'putDestination',
  tags,
  summary: 'Configure a receiver',
  description:
    'Secrets are write-only. Those that are not given stay as they are; null drops one. What waits because the destination was wrong is tried again with the new settings.',
  ...requires('administer', 'all'),
  request: { params, query: z.strictObject({ test: Test }), body: jsonBody(DestinationSpec) },
  responses: {
    200: json('Updated or unchanged.', Put),
    201: json('Created.', Put),
    409: problemContent('It is of another kind.'),
    422: problemContent('Settings that the integration refuses, or a private address that `allow` does not name.'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/destinations',
  operationId: 'listDestinations',
  tags,
  summary: 'Receivers, their holds and what waits for them',
  ...requires('read'),
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: json('A page.', pageOf(Destination)) },
});

const get = createRoute({
  method: 'get',
  path: '/destinations/{name}',
  operationId: 'getDestination',
  tags,
  summary: 'One receiver',
  ...requires('read'),
  request: { params },
  responses: { 200: json('The destination.', Destination), 404: problemContent('No such destination.') },
});

const remove = createRoute({
  method: 'delete',
  path: '/destinations/{name}',
  operationId: 'deleteDestination',
  tags,
  summary: 'Remove a receiver; what that would strand is said and asked for first',
  description:
    'Without a word, only one that nothing is attached to and nothing waits for. Else with `dryRun` first; then with what that said, `skipOpen` ends what is open (what is being sent may arrive anyway and is logged) and `detachAtMost` lets its attachments go with it. Repeated, it goes on where it stopped.',
  ...requires('administer', 'all'),
  request: { params, query: DestinationRemoval },
  responses: {
    200: json('What it strands, or what was ended with it.', Removal),
    204: { description: 'It is gone, and nothing was stranded.' },
    400: problemContent('`skipOpen` without the count that was seen, or without a reason.'),
    404: problemContent('No such destination.'),
    409: problemContent(
      'Attachments name it or deliveries to it are open, or more than expected: `stranded` says which.',
    ),
  },
});

export function destinationRoutes(deps: ApiDeps) {
  const { db, clock } = deps;
  const router = createRouter();

  router.openapi(put, async (c) => {
    const { name } = c.req.valid('param');
    const given = c.req.valid('json');
    checkSettings(deps, given, await db.destinations.get(name));
    const { secrets, ...spec } = given;
    const at = clock().toISOString();
    const by = actorOf(c.get('principal'));
    const outcome = await db.destinations.put({ name, spec, secrets: storeSecrets(deps, secrets), by, at });
    const tested = outcome.changed && c.req.valid('query').test === 'true' && { test: await testPut(deps, name, by) };
    const body = { ...(await viewDestination(deps, outcome.record, clock().toISOString())), change: changeOf(outcome) };
    return c.json({ ...body, ...tested }, statusOf(outcome));
  });

  router.openapi(list, async (c) => {
    const page = await db.destinations.list(pageRequest(c.req.valid('query')));
    return c.json(answerPage(c, page, await viewDestinations(deps, clock().toISOString())), 200);
  });

  router.openapi(get, async (c) => {
    const { name } = c.req.valid('param');
    const found = await db.destinations.get(name);
    if (!found) throw notFound('destination', name);
    return c.json(await viewDestination(deps, found, clock().toISOString()), 200);
  });

  router.openapi(remove, async (c) => {
    const { name } = c.req.valid('param');
    const consent = { ...c.req.valid('query'), by: actorOf(c.get('principal')) };
    const done = await removeDestination(deps, name, consent);
    if (!done) throw notFound('destination', name);
    const isSilent = done.removed && done.attachments.length === 0 && done.open.count === 0;
    return isSilent ? c.body(null, 204) : c.json(done, 200);
  });
  return router;
}

/** Nobody waits for a worker where none runs. */
async function testPut(deps: ApiDeps, name: string, by: Actor) {
  const since = new Date(deps.clock().getTime() - WORKER_ALIVE_MS).toISOString();
  const workers = await deps.db.processes.live('worker', since);
  if (workers.length === 0) return null;
  await deps.db.audit.append({ action: 'destination.test', target: name, by, at: deps.clock().toISOString() });
  return (await testNow(deps, name)) ?? null;
}
