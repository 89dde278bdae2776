import { createRoute, z } from '@hono/zod-openapi';
import { actorOf } from '../auth/principal.ts';
import { requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { problemContent } from '../problem.ts';
import { reason } from '../reason.ts';
import { createRouter, json, jsonBody } from '../router.ts';
import { visibleReplay } from './access.ts';
import { Replay } from './schema.ts';
import { steerReplay } from './steer.ts';
import { createView } from './view.ts';

const tags = ['replays'];
const params = z.object({ id: z.string() });
const withoutReason = {
  required: false,
  content: { 'application/json': { schema: z.strictObject({ reason: reason.optional() }) } },
};

const route = <const Verb extends 'pause' | 'resume' | 'cancel'>(
  verb: Verb,
  summary: string,
  description: string,
  done: string,
) => ({
  method: 'post' as const,
  path: `/replays/{id}/${verb}` as const,
  operationId: `${verb}Replay`,
  tags,
  summary,
  description,
  ...requires('operate'),
  responses: {
    200: json(done, Replay),
    404: problemContent('None that this token may see.'),
    409: problemContent('It has ended.'),
  },
});

const pause = createRoute({
  ...route(
    'pause',
    'Hold a replay',
    'What is on its way arrives; nothing more is begun until it is resumed. Live traffic is not touched. Pausing again changes nothing.',
    'It is paused.',
  ),
  request: { params, body: withoutReason },
});

const resume = createRoute({
  ...route('resume', 'Let a paused replay go on', 'Resuming again changes nothing.', 'It runs.'),
  request: { params, body: withoutReason },
});

const cancel = createRoute({
  ...route(
    'cancel',
    'Give a replay up',
    'Its open deliveries end `skipped`, with who and why; what arrived stays. What was left can be sent by another replay, with `includeSkipped`. Cancelling again changes nothing.',
    'It is cancelled; `deliveries` says what became of what it had queued.',
  ),
  request: { params, body: jsonBody(z.strictObject({ reason })) },
});

/** Written with their audit entry; the replay's workflow reads its row and follows. */
export function replayActionRoutes(deps: ApiDeps) {
  const router = createRouter();

  const turn = async (c: ApiContext, id: string, to: 'paused' | 'running' | 'cancelled', reason?: string) => {
    const principal = c.get('principal');
    visibleReplay(principal, await deps.db.replays.get(id), id);
    const { record } = await steerReplay(deps, id, to, { by: actorOf(principal), reason: reason ?? null });
    return createView(deps, c).replay(record);
  };

  router.openapi(pause, async (c) => {
    const { reason } = c.req.valid('json');
    return c.json(await turn(c, c.req.valid('param').id, 'paused', reason), 200);
  });
  router.openapi(resume, async (c) => {
    const { reason } = c.req.valid('json');
    return c.json(await turn(c, c.req.valid('param').id, 'running', reason), 200);
  });
  router.openapi(cancel, async (c) => {
    const { reason } = c.req.valid('json');
    return c.json(await turn(c, c.req.valid('param').id, 'cancelled', reason), 200);
  });
  return router;
}
