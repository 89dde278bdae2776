import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import { type Authentication, authenticate, authenticateHash } from '../auth/authenticate.ts';
import { may, type Principal } from '../auth/principal.ts';
import { hashToken } from '../auth/token.ts';
import type { PageDeps } from './deps.ts';
import { hostName, isLoopback } from './guard.ts';
import { layout } from './layout.ts';
import { type Html, link } from './parts.ts';
import { SESSION_MS, type Sessions } from './sessions.ts';
import { type Viewer, viewerOf } from './viewer.ts';

export type PageEnv = { Variables: { viewer: Viewer; say: (words: string) => void } };

/** Sign-in with a token and sign-out: `/session`. */
export function createSignIn(deps: PageDeps, sessions: Sessions): Hono {
  const cookie = cookieOf(deps.config);
  return new Hono()
    .get('/session', (c) => c.html(signInSheet(localPath(c.req.query('to')))))
    .post('/session', async (c) => {
      const form = await c.req.parseBody();
      const to = localPath(form.to);
      const token = typeof form.token === 'string' ? form.token.trim() : '';
      const authentication = await authenticate(deps, token);
      const admission = admit(authentication);
      if (!authentication.ok || !admission.ok) return c.html(signInSheet(to, admission.why), 401);
      sessions.close(cookie.read(c));
      cookie.write(c, sessions.open(hashToken(token), authentication.token.expiresAt));
      return c.redirect(to, 303);
    })
    .post('/session/end', (c) => {
      sessions.close(cookie.read(c));
      cookie.clear(c);
      return c.redirect('/session', 303);
    });
}

/** Lets through whoever is signed in with a token that still counts, and knows him as `viewer`. */
export function requireViewer(deps: PageDeps, sessions: Sessions): MiddlewareHandler<PageEnv> {
  const cookie = cookieOf(deps.config);
  return async (c, next) => {
    const session = sessions.find(cookie.read(c));
    const admission = session && admit(await authenticateHash(deps, session.tokenHash));
    if (!session || !admission?.ok) {
      const here = new URL(c.req.url);
      if (c.req.method !== 'GET') return c.html(signInSheet('/', 'You are signed out. Sign in and try again.'), 401);
      // A strict cookie stays at home when a link in a chat leads here: coming back from our own page brings it along.
      if (c.req.header('sec-fetch-site') === 'cross-site') return comeBack(c, here.pathname + here.search);
      return c.redirect(link('/session', { to: here.pathname + here.search }), 303);
    }
    c.set('viewer', viewerOf(admission.principal, session.flash));
    session.flash = undefined;
    c.set('say', (words) => {
      session.flash = words;
    });
    return next();
  };
}

type Admission = { ok: true; principal: Principal; why?: undefined } | { ok: false; why: string };

/** Whether what the token is good for includes looking at the page. */
function admit(authentication: Authentication): Admission {
  if (!authentication.ok) return { ok: false, why: authentication.message };
  if (may(authentication.principal, 'read')) return { ok: true, principal: authentication.principal };
  return { ok: false, why: `expected a token of role read, operate or admin, got ${authentication.principal.role}` };
}

/** Only a path of this page: where to go after signing in must not lead elsewhere. */
export function localPath(to: unknown): string {
  if (typeof to !== 'string' || !/^\/(?![/\\])[\x21-\x7e]*$/.test(to)) return '/';
  const url = new URL(to, 'http://page.invalid');
  return url.origin === 'http://page.invalid' ? url.pathname + url.search : '/';
}

const OPTIONS = { path: '/', httpOnly: true, sameSite: 'Strict' } as const;

/** Under the public https address the cookie is bound to host and TLS; under a loopback name there is none. */
const cookieOf = ({ publicUrl }: PageDeps['config']) => {
  const isSecure = (c: Context) => publicUrl?.startsWith('https:') === true && !isLoopback(hostName(c));
  const name = (c: Context) => (isSecure(c) ? '__Host-waybill' : 'waybill_session');
  const options = (c: Context) => ({ ...OPTIONS, secure: isSecure(c) });
  return {
    read: (c: Context) => getCookie(c, name(c)),
    write: (c: Context, id: string) => setCookie(c, name(c), id, { ...options(c), maxAge: SESSION_MS / 1000 }),
    clear: (c: Context) => deleteCookie(c, name(c), options(c)),
  };
};

function comeBack(c: Context, path: string) {
  c.header('Refresh', `0; url=${path}`);
  return c.html(layout({ title: 'Opening', narrow: true, body: html`<p><a href="${path}">Open the page</a></p>` }));
}

const signInSheet = (to: string, why?: string): Html =>
  layout({
    title: 'Sign in',
    narrow: true,
    body: html`<h1>Sign in</h1>
${why ? html`<p class="note bad" role="alert">${why}</p>` : ''}
<form method="post" action="/session">
<input type="hidden" name="to" value="${to}">
<p><label for="token">Token</label>
<input id="token" name="token" type="password" required autofocus autocomplete="current-password" spellcheck="false"></p>
<p><button class="main">Sign in</button></p>
</form>
<p class="soft">A token of role <b>read</b> sees; <b>operate</b> also retries, skips and pauses. The first start wrote one
to <code>.waybill/admin-token</code>; <code>waybill token create</code> makes others. Signed in for 12 hours at most.</p>`,
  });
