import type { MiddlewareHandler } from 'hono';
import type { PageContext } from './change-parts.ts';
import { notice } from './layout.ts';
import type { PageEnv } from './sign-in.ts';
import type { Viewer } from './viewer.ts';

/** Lets through whom `may` lets through, and tells others which token they would need. */
export const allow =
  (may: (viewer: Viewer) => boolean, roles = 'operate or admin'): MiddlewareHandler<PageEnv> =>
  async (c, next) => {
    const viewer = c.get('viewer');
    if (may(viewer)) return next();
    const scoped =
      viewer.visible && viewer.mayOperate ? ' without a scope, because a destination is shared by all projects' : '';
    const words = `Expected a token of role ${roles}${scoped}, found ${viewer.principal.name} of role ${viewer.principal.role}. Sign out and in again with another one.`;
    return c.html(notice('Not allowed', words, viewer), 403);
  };

export const unknown = (c: PageContext, what: string) =>
  c.html(notice(`No such ${what}`, 'There is none of this name that you may see.', c.get('viewer')), 404);
