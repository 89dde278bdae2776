import type { Context, MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { notice } from './layout.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Headers of every page. `same-origin`, not `no-referrer`: with the latter browsers send `Origin: null` with a form.
 * Source: fetch.spec.whatwg.org, "append a request Origin header".
 */
export const pageHeaders: MiddlewareHandler = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'same-origin',
  strictTransportSecurity: false,
});

/**
 * Refuses names that are not ours (DNS rebinding) and posts that another site's page sent (cross-site request forgery).
 * Behind a proxy that ends TLS, `publicUrl` says which origin the browser sees.
 */
export const guardOrigin = (config: { publicUrl?: string | undefined }): MiddlewareHandler => {
  const own = config.publicUrl === undefined ? undefined : new URL(config.publicUrl);
  return async (c, next) => {
    c.header('Cache-Control', 'no-store');
    const name = hostName(c);
    if (!isLoopback(name) && name !== own?.hostname) {
      const expected = own ? `${own.hostname} or localhost` : 'localhost';
      const words = `Expected the host name ${expected}, found another one. Open the page under its own address, or set WAYBILL_PUBLIC_URL to the address that people use.`;
      return c.html(notice('This is not the address of this page', words), 421);
    }
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD' && !sentByOwnPage(c, [`http://${hostOf(c)}`, own?.origin])) {
      const words =
        'The form was sent from another site. Go back, reload the page and try again; behind a proxy, WAYBILL_PUBLIC_URL must be the address in your browser.';
      return c.html(notice('Refused', words), 403);
    }
    return next();
  };
};

export const isLoopback = (name: string): boolean => LOOPBACK.has(name);

/** The name that the browser believes it speaks to; empty when it is none. */
export const hostName = (c: Context): string =>
  URL.canParse(`http://${hostOf(c)}`) ? new URL(`http://${hostOf(c)}`).hostname : '';

const hostOf = (c: Context): string => c.req.header('host') ?? new URL(c.req.url).host;

function sentByOwnPage(c: Context, origins: (string | undefined)[]): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return false;
  const origin = c.req.header('origin');
  return origin !== undefined && origins.includes(origin);
}
