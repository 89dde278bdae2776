import { createRoute, z } from '@hono/zod-openapi';
import { ReplayState } from '../../attestation/delivery/replay.ts';
import { actorOf } from '../auth/principal.ts';
import { requires } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import { parsePrefer } from '../ingest/prefer.ts';
import { answerPage, pageOf, pageQuery, pageRequest } from '../paging.ts';
import { notFound, problemContent } from '../problem.ts';
import { createRouter, json, jsonBody } from '../router.ts';
import { assertReplayInScope, seesReplay, visibleReplay } from './access.ts';
import { findAim } from './aim.ts';
import { createReplayEvents, EVENTS_MEDIA_TYPE } from './events.ts';
import { foresee } from './foresee.ts';
import { loadStanding } from './progress.ts';
import { Replay, ReplayForeseen, ReplayProgress, ReplayRequest } from './schema.ts';
import { startReplay } from './start.ts';
import { createView } from './view.ts';

const tags = ['replays'];

const create = createRoute({
  method: 'post',
  path: '/replays',
  operationId: 'createReplay',
  tags,
  summary: 'Send to a destination what it never got, or once more what it lost',
  description:
    'With `dryRun` first: its `count` is what `expectAtMost` of the real call says, and its `throughSeq` leaves alone what came later. A token with a scope names pipelines within it. Counting takes 5 s at most (25 s when it is created); `Prefer: wait=N` gives it up to 120 s.',
  ...requires('operate'),
  request: { body: jsonBody(ReplayRequest) },
  responses: {
    200: json('What it would do; or, without `dryRun`, that there is nothing to do. Nothing was done.', ReplayForeseen),
    201: json('It runs.', Replay),
    403: problemContent('It reaches beyond the scope of the token.'),
    404: problemContent('No such destination, attachment or pipeline.'),
    409: problemContent('More than expected, or too many to count in time; one like it runs; nothing is attached.'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/replays',
  operationId: 'listReplays',
  tags,
  summary: 'Replays, newest first',
  description: 'A token with a scope sees those within it; a page may then hold fewer than `limit`, also none.',
  ...requires('read'),
  request: {
    query: z.strictObject({
      ...pageQuery,
      destination: z.string().optional(),
      state: z
        .string()
        .transform((text) => text.split(','))
        .pipe(z.array(ReplayState))
        .optional()
        .meta({ description: 'One or several, with commas.', type: 'string' }),
    }),
  },
  responses: { 200: json('A page.', pageOf(Replay)) },
});

const get = createRoute({
  method: 'get',
  path: '/replays/{id}',
  operationId: 'getReplay',
  tags,
  summary: 'How far a replay is',
  description:
    'With `Accept: text/event-stream` as Server-Sent Events: `progress` about once a second when something changed, at last `done` or `cancelled` (or `refused`, when the token counts no more), each with the same JSON. `Last-Event-ID` leaves out what was seen.',
  ...requires('read'),
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: {
      description: 'The replay.',
      content: {
        'application/json': { schema: ReplayProgress },
        [EVENTS_MEDIA_TYPE]: { schema: { type: 'string' as const } },
      },
    },
    204: { description: 'Events only: it has ended, and that was seen.' },
    404: problemContent('None that this token may see.'),
    503: problemContent('Events only: too many streams are open.'),
  },
});

export function replayRoutes(deps: ApiDeps) {
  const { db, config } = deps;
  const router = createRouter();
  const events = createReplayEvents(deps);

  router.openapi(create, async (c) => {
    const { dryRun, reason, expectAtMost = 0, throughSeq, ...spec } = c.req.valid('json');
    const principal = c.get('principal');
    assertReplayInScope(principal, spec);
    const aim = await findAim(deps, spec);
    const { dryRunMs, createMs, maxMs } = config.count;
    const defaultMs = dryRun ? dryRunMs : createMs;
    const { waitMs: patienceMs } = parsePrefer(c.req.header('prefer'), { defaultMs, maxMs });
    if (dryRun) return c.json({ id: null, dryRun, ...(await foresee(deps, aim, { throughSeq, patienceMs })) }, 200);
    const order = { aim, by: actorOf(principal), reason: reason ?? null, expectAtMost, throughSeq, patienceMs };
    const { record, foreseen } = await startReplay(deps, order);
    if (!record) return c.json({ id: null, dryRun, ...foreseen }, 200);
    c.header('Location', `/v1/replays/${record.id}`);
    return c.json(createView(deps, c).replay(record), 201);
  });

  router.openapi(list, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query');
    const principal = c.get('principal');
    const { items, next } = await db.replays.list(filter, pageRequest({ limit, cursor }));
    const seen = { items: items.filter(({ spec }) => seesReplay(principal, spec)), next };
    const view = createView(deps, c).replay;
    return c.json(
      answerPage(c, seen, (record) => view(record)),
      200,
    );
  });

  router.openapi(get, async (c) => {
    const { id } = c.req.valid('param');
    const standing = await loadStanding(deps, id);
    visibleReplay(c.get('principal'), standing?.record, id);
    if (!standing) throw notFound('replay', id);
    // Nobody reads the body of a HEAD. What is streamed is no body that the document's types could hold.
    const wantsEvents = c.req.method === 'GET' && c.req.header('accept')?.includes(EVENTS_MEDIA_TYPE);
    if (wantsEvents) return events.answer(c, standing) as never;
    return c.json(createView(deps, c).progress(standing), 200);
  });
  return router;
}
