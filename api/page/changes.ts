import { Hono } from 'hono';
import type { TestCheck } from '../../activities/integrations/define.ts';
import { actorOf } from '../auth/principal.ts';
import { retryDelivery, skipDelivery } from './actions.ts';
import { allow, unknown } from './allow.ts';
import { causeChanges } from './causes.ts';
import { type PageContext, REASON_MISSING, reasonIn, sheet } from './change-parts.ts';
import { pauseSheet, skipDeliverySheet } from './confirm.ts';
import type { PageDeps } from './deps.ts';
import { loadDelivery } from './load.ts';
import { deliveryPath, plural } from './parts.ts';
import { removals } from './removal.ts';
import type { PageEnv } from './sign-in.ts';

const TEST_WAIT_MS = 50_000;

/** Everything that changes something. Each post answers with a redirect, so that going back sends nothing again. */
export function changes(deps: PageDeps): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.use(
    '/deliveries/:id/:what',
    allow((viewer) => viewer.mayOperate),
  );
  app.use(
    '/causes/:what',
    allow((viewer) => viewer.mayOperate),
  );
  app.use(
    '/destinations/:name/:what',
    allow((viewer) => viewer.mayHold),
  );
  app.route('/', causeChanges(deps));
  app.route('/', removals(deps));
  return app
    .post('/deliveries/:id/retry', async (c) => {
      const view = await loadDelivery(deps, c.get('viewer'), c.req.param('id'), deps.clock());
      if (!view) return unknown(c, 'delivery');
      c.get('say')(await retryDelivery(deps, c.get('viewer'), view.delivery));
      return c.redirect(deliveryPath(view.delivery.id), 303);
    })
    .get('/deliveries/:id/skip', async (c) => {
      const view = await loadDelivery(deps, c.get('viewer'), c.req.param('id'), deps.clock());
      return view ? sheet(c, 'Skip', skipDeliverySheet(view.delivery)) : unknown(c, 'delivery');
    })
    .post('/deliveries/:id/skip', async (c) => {
      const view = await loadDelivery(deps, c.get('viewer'), c.req.param('id'), deps.clock());
      if (!view) return unknown(c, 'delivery');
      const reason = reasonIn(await c.req.parseBody());
      if (!reason) return sheet(c, 'Skip', skipDeliverySheet(view.delivery, REASON_MISSING), 422);
      c.get('say')(await skipDelivery(deps, c.get('viewer'), view.delivery, reason));
      return c.redirect(deliveryPath(view.delivery.id), 303);
    })
    .get('/destinations/:name/pause', async (c) => {
      const name = c.req.param('name');
      const found = await deps.db.destinations.get(name);
      return found ? sheet(c, 'Pause', pauseSheet(name, await openTo(deps, name))) : unknown(c, 'destination');
    })
    .post('/destinations/:name/pause', async (c) => {
      const name = c.req.param('name');
      const reason = reasonIn(await c.req.parseBody());
      if (!reason) return sheet(c, 'Pause', pauseSheet(name, await openTo(deps, name), REASON_MISSING), 422);
      const paused = await deps.db.holds.pause(name, reason, who(deps, c));
      if (!paused.found) return unknown(c, 'destination');
      c.get('say')(paused.changed ? `${name} is paused.` : `${name} was paused already.`);
      return c.redirect('/', 303);
    })
    .post('/destinations/:name/resume', async (c) => {
      const name = c.req.param('name');
      const resumed = await deps.db.holds.resume(name, who(deps, c));
      if (!resumed.found) return unknown(c, 'destination');
      c.get('say')(resumed.changed ? `${name} is resumed.` : `${name} was not paused.`);
      return c.redirect('/', 303);
    })
    .post('/destinations/:name/test', async (c) => {
      const name = c.req.param('name');
      if (!(await deps.db.destinations.get(name))) return unknown(c, 'destination');
      await deps.db.audit.append({ action: 'destination.test', target: name, ...who(deps, c) });
      c.get('say')(testWords(name, await deps.engine.testDestination(name, TEST_WAIT_MS)));
      return c.redirect('/', 303);
    });
}

/** A test that passes drops the hold by itself; this only says what came of it. */
function testWords(name: string, checks: TestCheck[] | undefined): string {
  if (!checks) return `No worker answered for the test of ${name} in time.`;
  const failed = checks.filter((check) => check.outcome === 'fail');
  if (failed.length === 0) return `${name} passed its test (${plural(checks.length, 'check')}).`;
  const words = failed.map((check) => `${check.name}: ${check.detail}${check.remedy ? ` (${check.remedy})` : ''}`);
  return `${name} failed its test. ${words.join('; ')}`;
}

const who = (deps: PageDeps, c: PageContext) => ({
  by: actorOf(c.get('viewer').principal),
  at: deps.clock().toISOString(),
});

async function openTo(deps: PageDeps, destination: string): Promise<number> {
  const groups = await deps.db.deliveries.causes({ open: true, destination }, deps.clock().toISOString());
  return groups.reduce((total, group) => total + group.count, 0);
}
