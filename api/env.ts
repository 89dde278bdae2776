import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Principal } from './auth/principal.ts';

/** Aborted when the server stops: whoever waits for something that may take long answers at once. */
export type Closing = { closing: AbortSignal };

/** What every handler finds in its context. `incoming` is there when a Node server serves, not under `app.request`. */
export type ApiEnv = {
  Bindings: Partial<HttpBindings & Closing>;
  Variables: { requestId: string; principal: Principal };
};
export type ApiContext = Context<ApiEnv>;
