import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { html } from 'hono/html';
import type { z } from 'zod';
import { actorOf } from '../auth/principal.ts';
import { ProblemError } from '../problem.ts';
import { doomedDestination, removeDestination } from '../removal/destination.ts';
import { strandedBy } from '../removal/remove.ts';
import type { Removal } from '../removal/schema.ts';
import { allow, unknown } from './allow.ts';
import { type PageContext, REASON_MISSING, reasonIn, sheet, text } from './change-parts.ts';
import { reasonForm } from './confirm.ts';
import type { PageDeps } from './deps.ts';
import { createOnce } from './once.ts';
import { age, badge, deliveryPath, type Html, link, plural } from './parts.ts';
import type { PageEnv } from './sign-in.ts';

type Stranded = z.output<typeof Removal>;
/** What came of it: words to say, and whether there is more to end. */
type Done = { words: string; removed: boolean };

/** Removing a destination: what it would strand is shown first, and no more than that is done. */
export function removals(deps: PageDeps): Hono<PageEnv> {
  const once = createOnce<Done | undefined>();

  async function show(c: PageContext, name: string, complaint?: string) {
    const doomed = await doomedDestination(deps, name);
    if (!doomed) return unknown(c, 'destination');
    const stranded = await strandedBy(deps, doomed);
    return sheet(c, 'Remove', removalSheet(stranded, deps.clock(), complaint), complaint ? 422 : 200);
  }

  return new Hono<PageEnv>()
    .use(
      '/destinations/:name/remove',
      allow((viewer) => viewer.mayRemove, 'admin'),
    )
    .get('/destinations/:name/remove', (c) => show(c, c.req.param('name')))
    .post('/destinations/:name/remove', async (c) => {
      const name = c.req.param('name');
      const form = await c.req.parseBody();
      const expectAtMost = countIn(form.expectAtMost);
      const detachAtMost = countIn(form.detachAtMost);
      if (expectAtMost === undefined || detachAtMost === undefined)
        return show(c, name, 'Look at what it would strand first.');
      const reason = reasonIn(form);
      if (expectAtMost > 0 && reason === undefined) return show(c, name, REASON_MISSING);
      const by = actorOf(c.get('viewer').principal);
      const consent = { by, reason, detachAtMost, ...(expectAtMost > 0 && { skipOpen: true, expectAtMost }) };
      try {
        const act = async () => doneIn(name, await removeDestination(deps, name, consent));
        const done = await once(`${by.id} ${text(form.key) || randomUUID()}`, act);
        if (!done) return unknown(c, 'destination');
        c.get('say')(done.words);
        return c.redirect(done.removed ? '/' : `/destinations/${name}/remove`, 303);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        return show(c, name, 'There is more now than you were shown. Nothing was done: look again.');
      }
    });
}

function doneIn(name: string, done: Stranded | undefined): Done | undefined {
  if (!done) return undefined;
  const { removed, skipped } = done;
  const words = skipped > 0 ? `${plural(skipped, 'delivery', 'deliveries')} skipped` : '';
  if (removed) return { removed, words: `${name} is removed${words ? `, ${words}` : ''}.` };
  return { removed, words: `${words || 'Something new came meanwhile'}; ${name} is not removed yet: go on below.` };
}

const countIn = (value: unknown): number | undefined =>
  /^\d{1,9}$/.test(text(value)) ? Number(text(value)) : undefined;

const removalSheet = (stranded: Stranded, at: Date, complaint?: string): Html => {
  const { name, attachments, open } = stranded;
  return html`<h1>Remove ${name}?</h1>
${attachments.length > 0 ? html`<p>Nothing is sent to it any more. With it goes what attaches it: <b>${attachments.join(', ')}</b>.</p>` : ''}
${
  open.count === 0
    ? html`<p>No delivery to it is open.</p>`
    : html`<p><b>${plural(open.count, 'delivery', 'deliveries')}</b> to it will <b>never</b> arrive; the oldest is <a href="${deliveryPath(open.example ?? '')}">open for ${age(open.oldest ?? '', at)}</a>. What is being sent now may arrive and is logged as “delivered anyway”. This cannot be undone.</p>
<ul>${open.states.map(
        ({ state, count }) =>
          html`<li>${badge('calm', state)} <a href="${link('/deliveries', { destination: name, state })}">${count.toLocaleString('en-US')}</a></li>`,
      )}</ul>`
}
${reasonForm({
  action: `/destinations/${name}/remove`,
  fields: { expectAtMost: String(open.count), detachAtMost: String(attachments.length), key: randomUUID() },
  button: open.count === 0 ? 'Remove it' : `Skip ${open.count.toLocaleString('en-US')} and remove it`,
  back: '/',
  placeholder: 'e.g. replaced by dtrack-prod',
  complaint,
  isOptional: open.count === 0,
})}`;
};
