import { createRoute, z } from '@hono/zod-openapi';
import { MOST_CAUSES } from '../../db/delivery-lists.ts';
import { inScope, requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from '../paging.ts';
import { problemContent } from '../problem.ts';
import { createRouter, json } from '../router.ts';
import { explainCauses } from './causes.ts';
import { filterOf } from './filter.ts';
import { deliveryQuery } from './filter-schema.ts';
import { Attempt, Cause, Delivery } from './schema.ts';
import { viewAttempt, viewDelivery } from './view.ts';

const tags = ['deliveries'];
const params = z.object({ id: z.string() });
const Filter = z.strictObject(deliveryQuery);
const AttemptPage = pageOf(Attempt).extend({
  removed: z.int().meta({ description: 'Older ones that are not kept any more (`WAYBILL_KEEP_ATTEMPTS`).' }),
});

const list = createRoute({
  method: 'get',
  path: '/deliveries',
  operationId: 'listDeliveries',
  tags,
  summary: 'Deliveries; open ones stuck first, else newest first',
  ...requires('read'),
  request: { query: z.strictObject({ ...pageQuery, ...deliveryQuery }) },
  responses: { 200: json('A page.', pageOf(Delivery)), 400: problemContent('An unknown filter or cursor.') },
});

const causes = createRoute({
  method: 'get',
  path: '/deliveries/causes',
  operationId: 'listCauses',
  tags,
  summary: 'Open deliveries grouped by destination and cause, stuck first',
  description: `Not paged: ${MOST_CAUSES.toLocaleString('en-US')} groups at most. Each says what can be done about it.`,
  ...requires('read'),
  request: { query: Filter },
  responses: {
    200: json(
      'All groups.',
      z.object({
        items: z.array(Cause).max(MOST_CAUSES),
        next: z.null(),
        truncated: z.boolean().meta({ description: 'There are more than fit: narrow it down, e.g. by destination.' }),
      }),
    ),
  },
});

const get = createRoute({
  method: 'get',
  path: '/deliveries/{id}',
  operationId: 'getDelivery',
  tags,
  summary: 'One delivery',
  ...requires('read'),
  request: { params },
  responses: { 200: json('The delivery.', Delivery), 404: problemContent('None that this token may see.') },
});

const attempts = createRoute({
  method: 'get',
  path: '/deliveries/{id}/attempts',
  operationId: 'listAttempts',
  tags,
  summary: 'The attempts of a delivery, latest first',
  ...requires('read'),
  request: { params, query: z.strictObject(pageQuery) },
  responses: { 200: json('A page.', AttemptPage), 404: problemContent('None that this token may see.') },
});

export function deliveryRoutes(deps: ApiDeps) {
  const { db, clock, engine } = deps;
  const router = createRouter();
  const now = () => clock().toISOString();

  router.openapi(causes, async (c) => {
    const chosen = filterOf(c.get('principal'), clock(), c.req.valid('query'));
    const items = await explainCauses(deps, chosen, now());
    return c.json({ items, next: null, truncated: items.length === MOST_CAUSES }, 200);
  });

  router.openapi(list, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query');
    const chosen = filterOf(c.get('principal'), clock(), filter);
    const page = await db.deliveries.list(chosen, pageRequest({ limit, cursor }), now());
    return c.json(
      answerPage(c, page, (record) => viewDelivery(engine, record)),
      200,
    );
  });

  router.openapi(get, async (c) => {
    const { id } = c.req.valid('param');
    const record = inScope(c.get('principal'), await db.deliveries.get(id, now()), 'delivery', id);
    return c.json(viewDelivery(engine, record), 200);
  });

  router.openapi(attempts, async (c) => {
    const { id } = c.req.valid('param');
    inScope(c.get('principal'), await db.deliveries.get(id, now()), 'delivery', id);
    const page = await db.deliveries.attempts(id, pageRequest(c.req.valid('query')));
    return c.json({ ...answerPage(c, page, viewAttempt), removed: page.removed }, 200);
  });
  return router;
}
