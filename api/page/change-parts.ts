import type { Context } from 'hono';
import { MOST_REASON } from './confirm.ts';
import { layout, notice } from './layout.ts';
import type { Html } from './parts.ts';
import type { PageEnv } from './sign-in.ts';

export type PageContext = Context<PageEnv>;

export const REASON_MISSING = 'Expected a reason of 1 to 500 characters: somebody will ask later why.';

export const sheet = (c: PageContext, title: string, body: Html, status: 200 | 422 = 200) =>
  c.html(layout({ title, narrow: true, viewer: c.get('viewer'), body }), status);

export const gone = (c: PageContext) =>
  c.html(notice('Nothing to do', 'No delivery is open for this cause any more.', c.get('viewer')), 404);

/** A field of a form or a query; what is no text is empty. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export function reasonIn(form: Record<string, unknown>): string | undefined {
  const reason = text(form.reason).trim();
  return reason.length > 0 && reason.length <= MOST_REASON ? reason : undefined;
}
