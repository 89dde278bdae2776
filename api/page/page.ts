import { readFileSync } from 'node:fs';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { InvalidCursorError } from '../../db/errors.ts';
import { VSA_MEDIA_TYPE } from '../attestations/vsa.ts';
import { downloadHeaders } from '../bytes.ts';
import type { Page } from '../deps.ts';
import { attestationSheet } from './attestation.ts';
import { attestationListSheet } from './attestation-list.ts';
import { changes } from './changes.ts';
import { deliverySheet } from './delivery.ts';
import { deliveryListSheet } from './delivery-list.ts';
import type { PageDeps } from './deps.ts';
import { destinationSheet } from './destination.ts';
import { guardOrigin, pageHeaders } from './guard.ts';
import { layout, notice, refreshFooter } from './layout.ts';
import {
  loadAttestation,
  loadAttestationList,
  loadDelivery,
  loadDeliveryList,
  loadDestination,
  loadOverview,
  loadSummary,
} from './load.ts';
import { overviewSheet, troubles } from './overview.ts';
import { attestationPath, cargo, replayPath } from './parts.ts';
import { replayPages } from './replays.ts';
import { createSessions } from './sessions.ts';
import { createSignIn, type PageEnv, requireViewer } from './sign-in.ts';

const PATHS = [
  '/',
  '/session',
  '/session/*',
  '/deliveries/*',
  '/attestations/*',
  '/destinations/*',
  '/causes/*',
  '/replays/*',
];
const REFRESH_SECONDS = 15;

/** The operators' page, to be mounted at the root. It keeps nothing but who is signed in. */
export function createPage(deps: PageDeps): Page {
  const sessions = createSessions(deps.clock);
  const app = new Hono<PageEnv>();
  for (const path of [...PATHS, '/page/*']) app.use(path, pageHeaders);
  for (const path of PATHS)
    app.use(
      path,
      guardOrigin(deps.config),
      bodyLimit({
        maxSize: 16_384,
        onError: (c) => c.html(notice('Too long', 'The form was longer than this page ever sends.'), 413),
      }),
    );
  app.route('/', files());
  app.route('/', createSignIn(deps, sessions));
  for (const path of PATHS.filter((path) => !path.startsWith('/session'))) app.use(path, requireViewer(deps, sessions));
  app.route('/', views(deps));
  app.route('/', changes(deps));
  app.route('/', replayPages(deps));
  app.onError((error, c) => {
    if (error instanceof InvalidCursorError)
      return c.html(notice('This page of the list is gone', 'Start from its beginning.', c.get('viewer')), 400);
    deps.log.error({ err: error, path: c.req.path }, 'page failed');
    return c.html(
      notice(
        'This did not work',
        'Nothing is known to have changed. The cause is in the log of the API; try again in a moment.',
        c.get('viewer'),
      ),
      500,
    );
  });
  // Mounted beside the API's own app, whose routes know nothing of this page's variables.
  return { app: app as unknown as Hono, attestationPath, replayPath };
}

function files(): Hono {
  const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
  const style = read('./style.css');
  const icon = read('./icon.svg');
  const serve = (c: Context, type: string, text: string) =>
    c.body(text, 200, { 'content-type': type, 'cache-control': 'max-age=300' });
  return new Hono()
    .get('/page/style.css', (c) => serve(c, 'text/css; charset=utf-8', style))
    .get('/page/icon.svg', (c) => serve(c, 'image/svg+xml', icon));
}

function views(deps: PageDeps): Hono<PageEnv> {
  return new Hono<PageEnv>()
    .get('/', async (c) => {
      const at = deps.clock();
      const viewer = c.get('viewer');
      const view = await loadOverview(deps, viewer, c.req.query(), at);
      const wrong = troubles(view, at);
      const still = c.req.query('refresh') === 'off';
      if (!still) c.header('Refresh', String(REFRESH_SECONDS));
      return c.html(
        layout({
          title: wrong[0] ?? 'All clear',
          path: '/',
          viewer,
          body: overviewSheet(view, viewer, at),
          footer: refreshFooter({ still, seconds: REFRESH_SECONDS, at, kept: view.kept }),
        }),
      );
    })
    .get('/deliveries', async (c) => {
      const list = await loadDeliveryList(deps, c.get('viewer'), c.req.query(), deps.clock());
      return c.html(
        layout({ title: 'Deliveries', path: '/deliveries', viewer: c.get('viewer'), body: deliveryListSheet(list) }),
      );
    })
    .get('/deliveries/:id', async (c) => {
      const at = deps.clock();
      const viewer = c.get('viewer');
      const view = await loadDelivery(deps, viewer, c.req.param('id'), at);
      if (!view) return c.html(notice('No such delivery', 'There is none of this id that you may see.', viewer), 404);
      return c.html(
        layout({
          title: `${cargo(view.delivery)} → ${view.delivery.destination}`,
          viewer,
          body: deliverySheet(view, viewer, at),
        }),
      );
    })
    .get('/destinations/:name', async (c) => {
      const at = deps.clock();
      const viewer = c.get('viewer');
      const view = await loadDestination(deps, viewer, c.req.param('name'), at);
      if (!view) return c.html(notice('No such destination', 'There is none of this name.', viewer), 404);
      return c.html(layout({ title: view.record.name, viewer, body: destinationSheet(view, viewer, at) }));
    })
    .get('/attestations', async (c) => {
      const list = await loadAttestationList(deps, c.get('viewer'), c.req.query(), deps.clock());
      return c.html(
        layout({
          title: 'Attestations',
          path: '/attestations',
          viewer: c.get('viewer'),
          body: attestationListSheet(list),
        }),
      );
    })
    .get('/attestations/:id', async (c) => {
      const at = deps.clock();
      const viewer = c.get('viewer');
      const view = await loadAttestation(deps, viewer, c.req.param('id'), at);
      if (!view)
        return c.html(notice('No such attestation', 'There is none of this id that you may see.', viewer), 404);
      const { project, pipeline } = view.attestation;
      return c.html(layout({ title: `${project}/${pipeline}`, viewer, body: attestationSheet(view, at) }));
    })
    .get('/attestations/:id/vsa/:n{[0-9]{1,9}}', async (c) => {
      const viewer = c.get('viewer');
      const { id, n } = c.req.param();
      const envelope = await loadSummary(deps, viewer, id, Number(n));
      if (envelope === undefined)
        return c.html(notice('No such summary', 'There is none that you may see, or no verdict yet.', viewer), 404);
      return c.body(envelope, 200, downloadHeaders(VSA_MEDIA_TYPE, `${id}.${n}.vsa.json`));
    });
}
