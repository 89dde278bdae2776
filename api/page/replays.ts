import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { ReplaySpec } from '../../attestation/delivery/replay.ts';
import { actorOf } from '../auth/principal.ts';
import { ProblemError } from '../problem.ts';
import { assertReplayInScope, seesReplay } from '../replays/access.ts';
import { findAim } from '../replays/aim.ts';
import { foresee } from '../replays/foresee.ts';
import { loadStanding, type Standing } from '../replays/progress.ts';
import { startReplay } from '../replays/start.ts';
import { steerReplay } from '../replays/steer.ts';
import { allow, unknown } from './allow.ts';
import { type PageContext, REASON_MISSING, reasonIn, sheet, text } from './change-parts.ts';
import type { PageDeps } from './deps.ts';
import { PAGE_SIZE } from './filters.ts';
import { layout, refreshFooter } from './layout.ts';
import { createOnce } from './once.ts';
import { plural, replayPath } from './parts.ts';
import { foreseenSheet, replayFormSheet, specIn } from './replay-form.ts';
import { cancelReplaySheet, pauseReplaySheet, replayListSheet, replaySheet } from './replay-sheets.ts';
import type { PageEnv } from './sign-in.ts';

const REFRESH_SECONDS = 5;
/** A page is waited for; whoever has more to count has the CLI. */
const COUNT_MS = 5000;
const START_MS = 15_000;

type Done = { to: string; words: string };

/** Replays: how far they are, a new one (what it would do is shown first), and an operator's hold on them. */
export function replayPages(deps: PageDeps): Hono<PageEnv> {
  const once = createOnce<Done>();
  const operators = allow((viewer) => viewer.mayOperate);

  /** Undefined: none, or one that reaches beyond what the viewer sees. */
  const find = async (c: PageContext, id: string): Promise<Standing | undefined> => {
    const standing = await loadStanding(deps, id);
    return standing && seesReplay(c.get('viewer').principal, standing.record.spec) ? standing : undefined;
  };

  async function form(c: PageContext, complaint?: string) {
    const names = (await deps.db.destinations.all()).map(({ name }) => name);
    const body = replayFormSheet({ kept: c.req.query(), destinations: names, complaint });
    return sheet(c, 'New replay', body, complaint ? 422 : 200);
  }

  async function show(c: PageContext, given: ReplaySpec, complaint?: string) {
    assertReplayInScope(c.get('viewer').principal, given);
    const foreseen = await foresee(deps, await findAim(deps, given), { patienceMs: COUNT_MS });
    const fields = {
      spec: JSON.stringify(foreseen.spec),
      expectAtMost: String(foreseen.count),
      throughSeq: String(foreseen.throughSeq),
      key: randomUUID(),
    };
    const body = foreseenSheet({ foreseen, kept: queryOf(foreseen.spec), fields, complaint });
    return sheet(c, 'New replay', body, complaint ? 422 : 200);
  }

  async function start(c: PageContext, spec: ReplaySpec, fields: Record<string, unknown>): Promise<Done> {
    const { principal } = c.get('viewer');
    assertReplayInScope(principal, spec);
    const { record } = await startReplay(deps, {
      aim: await findAim(deps, spec),
      by: actorOf(principal),
      reason: reasonIn(fields) ?? null,
      expectAtMost: numberIn(fields.expectAtMost),
      throughSeq: numberIn(fields.throughSeq),
      patienceMs: START_MS,
    });
    if (!record) return { to: '/replays', words: 'Nothing was left to replay.' };
    const many = plural(record.total, 'delivery', 'deliveries');
    return { to: replayPath(record.id), words: `The replay of ${many} to ${spec.destination} has begun.` };
  }

  return new Hono<PageEnv>()
    .get('/replays', async (c) => {
      const { cursor, destination } = c.req.query();
      const { items, next } = await deps.db.replays.list({ destination }, { limit: PAGE_SIZE, cursor });
      const viewer = c.get('viewer');
      const seen = { items: items.filter(({ spec }) => seesReplay(viewer.principal, spec)), next };
      const kept = { destination };
      const body = replayListSheet({ page: seen, kept, isFirst: cursor === undefined, viewer, at: deps.clock() });
      return c.html(layout({ title: 'Replays', path: '/replays', viewer, body }));
    })
    .get('/replays/new', operators, async (c) => {
      const query = c.req.query();
      if (!query.show) return form(c);
      const read = specIn(query, deps.clock());
      if ('complaint' in read) return form(c, read.complaint);
      return show(c, read.spec).catch((error: unknown) => form(c, complaintOf(error)));
    })
    .post('/replays', operators, async (c) => {
      const fields = await c.req.parseBody();
      const spec = ReplaySpec.safeParse(jsonIn(fields.spec)).data;
      if (!spec) return form(c, 'Look at what it would do first.');
      try {
        const key = `${c.get('viewer').principal.id} ${text(fields.key) || randomUUID()}`;
        const { to, words } = await once(key, () => start(c, spec, fields));
        c.get('say')(words);
        return c.redirect(to, 303);
      } catch (error) {
        const complaint = complaintOf(error);
        return show(c, spec, complaint).catch(() => form(c, complaint));
      }
    })
    .get('/replays/:id', async (c) => {
      const found = await find(c, c.req.param('id'));
      if (!found) return unknown(c, 'replay');
      const at = deps.clock();
      const viewer = c.get('viewer');
      const { record } = found;
      const still = c.req.query('refresh') === 'off' || record.finishedAt !== null;
      if (!still) c.header('Refresh', String(REFRESH_SECONDS));
      const path = replayPath(record.id);
      const footer = refreshFooter({ still, seconds: REFRESH_SECONDS, at, kept: {}, path });
      return c.html(
        layout({
          title: `Replay to ${record.spec.destination}`,
          viewer,
          body: replaySheet(found, viewer, at, deps.engine.workflowUrl(record.workflowId)),
          ...(record.finishedAt === null && { footer }),
        }),
      );
    })
    .get('/replays/:id/:what{pause|cancel}', operators, async (c) => {
      const found = await find(c, c.req.param('id'));
      if (!found) return unknown(c, 'replay');
      return c.req.param('what') === 'pause'
        ? sheet(c, 'Pause', pauseReplaySheet(found.record))
        : sheet(c, 'Cancel', cancelReplaySheet(found.record));
    })
    .post('/replays/:id/:what{pause|resume|cancel}', operators, async (c) => {
      const found = await find(c, c.req.param('id'));
      if (!found) return unknown(c, 'replay');
      const { record } = found;
      const fields = await c.req.parseBody();
      const what = c.req.param('what') as keyof typeof TURNS;
      const reason = reasonIn(fields) ?? null;
      if (what === 'cancel' && reason === null)
        return sheet(c, 'Cancel', cancelReplaySheet(record, REASON_MISSING), 422);
      const { to, words } = TURNS[what];
      const by = actorOf(c.get('viewer').principal);
      c.get('say')(
        await steerReplay(deps, record.id, to, { by, reason }).then(
          ({ changed }) => (changed ? `The replay is ${words}.` : `It was ${words} already.`),
          complaintOf,
        ),
      );
      return c.redirect(replayPath(record.id), 303);
    });
}

const TURNS = {
  pause: { to: 'paused', words: 'paused' },
  resume: { to: 'running', words: 'running' },
  cancel: { to: 'cancelled', words: 'cancelled' },
} as const;

/** What was refused, in the API's own words; what nobody foresaw is the page's to answer. */
function complaintOf(error: unknown): string {
  if (!(error instanceof ProblemError)) throw error;
  const { detail } = error.problem;
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}

const numberIn = (value: unknown): number => (/^\d{1,15}$/.test(text(value)) ? Number(value) : 0);

function jsonIn(value: unknown): unknown {
  try {
    return JSON.parse(text(value));
  } catch {
    return undefined;
  }
}

/** The form as it was filled in, from what it was read as. */
const queryOf = ({ destination, mode, pipelines, types, since, until, includeSkipped }: ReplaySpec) => ({
  destination,
  mode,
  pipelines: pipelines?.join(' '),
  types: types?.join(' '),
  since,
  until,
  skipped: includeSkipped ? 'yes' : undefined,
});
