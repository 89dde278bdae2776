import { createRoute, z } from '@hono/zod-openapi';
import { ResourceName } from '../../attestation/resources.ts';
import { actorOf } from '../auth/principal.ts';
import { requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound, problem, problemContent } from '../problem.ts';
import { reason } from '../reason.ts';
import { createRouter, json, jsonBody } from '../router.ts';
import { Destination, TestResult } from './schema.ts';
import { viewDestination } from './view.ts';

const tags = ['destinations'];
const params = z.object({ name: ResourceName });

const pause = createRoute({
  method: 'post',
  path: '/destinations/{name}/pause',
  operationId: 'pauseDestination',
  tags,
  summary: 'Hold all deliveries to it',
  description: 'Nothing is lost and no attempt is spent. Pausing again changes nothing, the reason neither.',
  ...requires('operate', 'all'),
  request: { params, body: jsonBody(z.strictObject({ reason })) },
  responses: {
    200: json('It is paused, with what it holds.', Destination),
    404: problemContent('No such destination.'),
  },
});

const resume = createRoute({
  method: 'post',
  path: '/destinations/{name}/resume',
  operationId: 'resumeDestination',
  tags,
  summary: "Lift the operator's hold",
  description: 'A hold because the receiver is broken stays until a probe or a test succeeds.',
  ...requires('operate', 'all'),
  request: { params },
  responses: { 200: json('The destination.', Destination), 404: problemContent('No such destination.') },
});

const test = createRoute({
  method: 'post',
  path: '/destinations/{name}/test',
  operationId: 'testDestination',
  tags,
  summary: 'Ask the receiver whether deliveries would work',
  description:
    'Runs in a worker, because only workers open secrets. `testHasEffects` of the integration says whether it leaves a trace.',
  ...requires('operate', 'all'),
  request: { params },
  responses: {
    200: json('The checks, those that failed among them.', TestResult),
    404: problemContent('No such destination.'),
    503: problemContent('No worker answered in time.'),
  },
});

export function destinationActionRoutes(deps: ApiDeps) {
  const { db, clock, config } = deps;
  const router = createRouter();

  const viewNow = async (name: string) => {
    const record = await db.destinations.get(name);
    if (!record) throw notFound('destination', name);
    return viewDestination(deps, record, clock().toISOString());
  };

  router.openapi(pause, async (c) => {
    const { name } = c.req.valid('param');
    const { reason } = c.req.valid('json');
    const who = { by: actorOf(c.get('principal')), at: clock().toISOString() };
    const { found } = await db.holds.pause(name, reason, who);
    if (!found) throw notFound('destination', name);
    return c.json(await viewNow(name), 200);
  });

  router.openapi(resume, async (c) => {
    const { name } = c.req.valid('param');
    const who = { by: actorOf(c.get('principal')), at: clock().toISOString() };
    const { found } = await db.holds.resume(name, who);
    if (!found) throw notFound('destination', name);
    return c.json(await viewNow(name), 200);
  });

  router.openapi(test, async (c) => {
    const { name } = c.req.valid('param');
    if (!(await db.destinations.get(name))) throw notFound('destination', name);
    const by = actorOf(c.get('principal'));
    await db.audit.append({ action: 'destination.test', target: name, by, at: clock().toISOString() });
    const tested = await testNow(deps, name);
    if (!tested) throw noWorker(config.testWaitMs);
    return c.json(tested, 200);
  });
  return router;
}

/** Undefined when no worker answered in time. */
export async function testNow({ engine, config }: ApiDeps, name: string) {
  const checks = await engine.testDestination(name, config.testWaitMs);
  return checks && { ok: checks.every(({ outcome }) => outcome !== 'fail'), checks };
}

const noWorker = (waitedMs: number) =>
  problem(
    503,
    'test.unanswered',
    `expected a worker to run the test within ${waitedMs / 1000} s, none answered; is a worker running, and Temporal?`,
    {
      headers: { 'retry-after': '10' },
    },
  );
