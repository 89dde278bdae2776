import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Principal } from './auth/principal.ts';

/** What every handler finds in its context. `incoming` is there when a Node server serves, not under `app.request`. */
export type ApiEnv = {
  Bindings: Partial<HttpBindings>;
  Variables: { requestId: string; principal: Principal };
};
export type ApiContext = Context<ApiEnv>;
