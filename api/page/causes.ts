import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { DeliveryAction } from '../../attestation/delivery/action.ts';
import type { Asked } from '../../db/deliveries.ts';
import type { CauseGroup } from '../../db/delivery-lists.ts';
import { actorOf } from '../auth/principal.ts';
import { actOnMany, type Choice, foresee } from '../deliveries/many.ts';
import { ProblemError } from '../problem.ts';
import { actOnCauseSheet, goOnSheet } from './cause-sheet.ts';
import { gone, type PageContext, REASON_MISSING, reasonIn, sheet, text } from './change-parts.ts';
import type { PageDeps } from './deps.ts';
import { findCause } from './load.ts';
import { createOnce } from './once.ts';
import { link, plural, SCOPE_WORDS } from './parts.ts';
import type { PageEnv } from './sign-in.ts';
import type { Viewer } from './viewer.ts';

type Which = { destination: string; code: string; scope: CauseGroup['scope'] };
/** Where to go next, and what to say there. */
type Done = { to: string; words: string };

/** Retry or skip of all that are open for a cause: what it would do is shown first, and no more than that is done. */
export function causeChanges(deps: PageDeps): Hono<PageEnv> {
  const once = createOnce<Done>();

  async function show(c: PageContext, action: DeliveryAction, which: Which, complaint?: string) {
    const at = deps.clock();
    const viewer = c.get('viewer');
    const group = await findCause(deps, viewer, which, at);
    if (!group) return gone(c);
    const seenAt = at.toISOString();
    const foreseen = await foresee(deps, action, choiceOf(which, viewer, seenAt));
    const fields = { ...which, seenAt, expectAtMost: String(foreseen.count), key: randomUUID() };
    const body = actOnCauseSheet({ group, foreseen, fields, at, complaint });
    return sheet(c, titleOf(action), body, complaint ? 422 : 200);
  }

  return new Hono<PageEnv>()
    .get('/causes/:what', async (c) => {
      const action = DeliveryAction.safeParse(c.req.param('what')).data;
      const which = whichIn(c.req.query());
      if (!action || !which) return gone(c);
      const { cursor, left, seenAt = '', reason = '' } = c.req.query();
      if (!cursor) return show(c, action, which);
      const fields = { ...which, seenAt, cursor, reason, key: randomUUID() };
      return sheet(c, titleOf(action), goOnSheet(action, Number(left) || 0, fields));
    })
    .post('/causes/:what', async (c) => {
      const form = await c.req.parseBody();
      const action = DeliveryAction.safeParse(c.req.param('what')).data;
      const which = whichIn(form);
      if (!action || !which) return gone(c);
      const seenAt = timeIn(form.seenAt);
      const cursor = text(form.cursor) || undefined;
      const expectAtMost = /^\d{1,9}$/.test(text(form.expectAtMost)) ? Number(form.expectAtMost) : undefined;
      if (seenAt === undefined || (expectAtMost === undefined && cursor === undefined))
        return show(c, action, which, 'Look at what it would do first.');
      const asked = askedIn(action, form);
      if (!asked) return show(c, action, which, REASON_MISSING);
      const viewer = c.get('viewer');
      const by = actorOf(viewer.principal);
      const about = { filter: which };
      const request = { ...choiceOf(which, viewer, seenAt), ...asked, by, cursor, expectAtMost, about };
      try {
        const act = async () => doneIn(await actOnMany(deps, request), which, asked);
        const { to, words } = await once(`${by.id} ${text(form.key) || randomUUID()}`, act);
        c.get('say')(words);
        return c.redirect(to, 303);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        return show(c, action, which, complaintOf(error.problem.code));
      }
    });
}

const complaintOf = (code: string): string =>
  code === 'deliveries.more-than-expected'
    ? 'There are more now than you were shown. Nothing was done: look again.'
    : 'That was about something else than what was begun. Nothing was done: look again.';

const titleOf = (action: DeliveryAction): string => (action === 'retry' ? 'Retry' : 'Skip');

function doneIn(done: Awaited<ReturnType<typeof actOnMany>>, which: Which, { action, reason }: Asked): Done {
  const many = `${plural(done.count, 'delivery', 'deliveries')} to ${which.destination}`;
  const words = action === 'skip' ? `Skipped ${many}.` : `Asked for a retry of ${many}.`;
  if (done.next === null) return { to: '/', words };
  const query = { ...which, cursor: done.next, left: String(done.remaining), seenAt: done.seenAt };
  return { to: link(`/causes/${action}`, { ...query, reason: reason ?? undefined }), words };
}

const choiceOf = ({ destination, code, scope }: Which, { visible }: Viewer, seenAt: string): Choice => ({
  filter: { destination, code, scope, visible },
  seenAt,
});

const isScope = (scope: string): scope is CauseGroup['scope'] => Object.hasOwn(SCOPE_WORDS, scope);

function whichIn(fields: Record<string, unknown>): Which | undefined {
  const scope = text(fields.scope);
  return isScope(scope) ? { destination: text(fields.destination), code: text(fields.code), scope } : undefined;
}

function timeIn(value: unknown): string | undefined {
  const time = new Date(text(value));
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** Undefined where a reason is missing, or too long. */
function askedIn(action: DeliveryAction, form: Record<string, unknown>): Asked | undefined {
  const reason = reasonIn(form);
  if (reason !== undefined) return { action, reason };
  return action === 'retry' && text(form.reason).trim() === '' ? { action, reason: null } : undefined;
}
