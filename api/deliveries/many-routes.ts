import { createRoute, type z } from '@hono/zod-openapi';
import { actorOf, type Principal } from '../auth/principal.ts';
import { requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound, problemContent } from '../problem.ts';
import { createRouter, json, jsonBody } from '../router.ts';
import { filterOf } from './filter.ts';
import { actOnMany, type Choice, foresee } from './many.ts';
import { ActionOutcome, ActionRequest } from './many-schema.ts';

type Request = z.output<typeof ActionRequest>;

const actOn = createRoute({
  method: 'post',
  path: '/deliveries/actions',
  operationId: 'actOnDeliveries',
  tags: ['deliveries'],
  summary: 'Retry or skip many deliveries, by id or by filter',
  description:
    'With `dryRun` first: its `count` is what `expectAtMost` of the real call says, so that nobody acts on more than he saw. At most 1,000 are acted on per call; while `next` is not null, the same request with it as `cursor` goes on. What is final, or was asked for already, is left as it is, so that a repeat does nothing twice.',
  ...requires('operate'),
  request: { body: jsonBody(ActionRequest) },
  responses: {
    200: json('What was done, or would be.', ActionOutcome),
    400: problemContent('Neither ids nor a filter, or what the action needs is missing.'),
    404: problemContent('The filter names a destination or a pipeline that does not exist.'),
    409: problemContent('There are more than expected; nothing was done.'),
  },
});

export function manyDeliveriesRoutes(deps: ApiDeps) {
  return createRouter().openapi(actOn, async (c) => {
    const request = c.req.valid('json');
    const principal = c.get('principal');
    const choice = choiceOf(request, principal, deps.clock());
    const { action, dryRun, cursor, expectAtMost } = request;
    const { seenAt } = choice;
    await assertNamed(deps, choice);
    const unknown = await unknownOf(deps, choice);
    if (dryRun) {
      const foreseen = await foresee(deps, action, choice);
      return c.json({ id: null, dryRun, seenAt, unknown, remaining: 0, next: null, ...foreseen }, 200);
    }
    const asked =
      action === 'skip' ? { action, reason: request.reason ?? '' } : { action, reason: request.reason ?? null };
    const about = request.ids ? { ids: request.ids.length } : { filter: request.filter };
    const by = actorOf(principal);
    const done = await actOnMany(deps, { ...choice, ...asked, by, cursor, expectAtMost, about });
    return c.json({ dryRun, unknown, ...done }, 200);
  });
}

/** A time yet to come is now: what is not there yet was not seen. */
function choiceOf({ ids, filter, seenAt }: Request, principal: Principal, now: Date): Choice {
  const seen = seenAt === undefined ? now : new Date(Math.min(Date.parse(seenAt), now.getTime()));
  const distinct = ids && [...new Set(ids)];
  return { filter: filterOf(principal, seen, { ...filter, ids: distinct }), seenAt: seen.toISOString() };
}

/** Nothing done because of a typo must not look like nothing to do. */
async function assertNamed({ db }: ApiDeps, { filter }: Choice): Promise<void> {
  const { destination, project, pipeline } = filter;
  if (destination !== undefined && !(await db.destinations.get(destination)))
    throw notFound('destination', destination);
  if (project === undefined || pipeline === undefined) return;
  if (!(await db.pipelines.get(project, pipeline))) throw notFound('pipeline', `${project}/${pipeline}`);
}

async function unknownOf({ db }: ApiDeps, { filter, seenAt }: Choice): Promise<string[]> {
  if (!filter.ids) return [];
  const { items } = await db.deliveries.list(filter, { limit: filter.ids.length }, seenAt);
  const known = new Set(items.map(({ id }) => id));
  return filter.ids.filter((id) => !known.has(id));
}
