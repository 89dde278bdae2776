import { createRoute, z } from '@hono/zod-openapi';
import { isFinal } from '../../attestation/delivery/state.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import { actorOf } from '../auth/principal.ts';
import { inScope, requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound, problem, problemContent } from '../problem.ts';
import { reason } from '../reason.ts';
import { createRouter, json, jsonBody } from '../router.ts';
import { Delivery } from './schema.ts';
import { viewDelivery } from './view.ts';
import { wake } from './wake.ts';

const tags = ['deliveries'];
const params = z.object({ id: z.string() });

const retry = createRoute({
  method: 'post',
  path: '/deliveries/{id}/retry',
  operationId: 'retryDelivery',
  tags,
  summary: 'Try an open delivery now',
  description: 'Also a blocked one. It is written down before anybody is told, so it happens even if Temporal is away.',
  ...requires('operate'),
  request: {
    params,
    body: {
      required: false,
      content: { 'application/json': { schema: z.strictObject({ reason: reason.optional() }) } },
    },
  },
  responses: {
    202: json('It will be tried.', Delivery),
    404: problemContent('None that this token may see.'),
    409: problemContent('It is finished.'),
  },
});

const skip = createRoute({
  method: 'post',
  path: '/deliveries/{id}/skip',
  operationId: 'skipDelivery',
  tags,
  summary: 'Give an open delivery up, with a reason',
  ...requires('operate'),
  request: { params, body: jsonBody(z.strictObject({ reason })) },
  responses: {
    200: json('It is skipped.', Delivery),
    404: problemContent('None that this token may see.'),
    409: problemContent('It is finished.'),
  },
});

/** Written with their audit entry first; waking the workflow is best effort, the sweeper repeats it. */
export function deliveryActionRoutes(deps: ApiDeps) {
  const { db, engine, clock } = deps;
  const router = createRouter();
  const now = () => clock().toISOString();

  router.openapi(retry, async (c) => {
    const { id } = c.req.valid('param');
    const principal = c.get('principal');
    const before = inScope(principal, await db.deliveries.get(id, now()), 'delivery', id);
    if (isFinal(before.state)) throw finished(before);
    const why = c.req.valid('json').reason ?? null;
    const record = await db.deliveries.commandRetry(id, { by: actorOf(principal), at: now(), reason: why });
    if (!record) throw notFound('delivery', id);
    if (isFinal(record.state)) throw finished(record);
    await wake(deps, before, 'retry');
    return c.json(viewDelivery(engine, record), 202);
  });

  router.openapi(skip, async (c) => {
    const { id } = c.req.valid('param');
    const principal = c.get('principal');
    const before = inScope(principal, await db.deliveries.get(id, now()), 'delivery', id);
    const outcome = await db.deliveries.skip(id, {
      by: actorOf(principal),
      at: now(),
      reason: c.req.valid('json').reason,
    });
    if (!outcome) throw notFound('delivery', id);
    if (!outcome.done) throw finished(outcome.delivery);
    await wake(deps, before, 'skip');
    return c.json(viewDelivery(engine, outcome.delivery), 200);
  });
  return router;
}

const finished = ({ id, state }: DeliveryRecord) =>
  problem(409, 'delivery.final', `expected an open delivery, found ${id} ${state}, which is final`, {
    more: { found: state },
  });
