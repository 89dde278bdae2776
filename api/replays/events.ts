import { setTimeout as wait } from 'node:timers/promises';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { sha256Hex } from '../../attestation/ids.ts';
import { authenticate } from '../auth/authenticate.ts';
import { bearerOf } from '../auth/require.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { problem } from '../problem.ts';
import type { Standing } from './progress.ts';
import type { ReplayProgress } from './schema.ts';
import { createView } from './view.ts';
import { createWatch } from './watch.ts';

export const EVENTS_MEDIA_TYPE = 'text/event-stream';

/** What a stream needs of the request that opened it: nothing of the request is read later. */
type Ask = { id: string; token: string; lastId: string | undefined; view: ReturnType<typeof createView>['progress'] };

/**
 * The progress of one replay as Server-Sent Events: `progress` when something changed, at most once per `everyMs`, at last
 * `done` or `cancelled`, or `refused` when the token counts no more; each with an id by which a client goes on where it
 * was. Streams are bounded in number and in life: a client whose stream ended early connects again. One that has seen the
 * end already is answered 204, on which an EventSource rests. Source: html.spec.whatwg.org, server-sent events.
 */
export function createReplayEvents(deps: ApiDeps) {
  const { everyMs, keepAliveMs, lifeMs, most, mostPerToken } = deps.config.events;
  const watch = createWatch(deps, everyMs);
  const open = createSlots(most, mostPerToken);

  async function tell(stream: SSEStreamingApi, ask: Ask, gone: AbortSignal): Promise<void> {
    const following = watch.follow(ask.id);
    let { lastId } = ask;
    let heardAt = performance.now();
    try {
      await stream.write(`retry: ${everyMs}\n\n`);
      while (!gone.aborted) {
        const [authentication, { standing, rate }] = await Promise.all([
          authenticate(deps, ask.token),
          following.look(),
        ]);
        if (!authentication.ok) return await stream.writeSSE({ event: 'refused', data: refusalOf(authentication) });
        if (!standing) return;
        const progress = ask.view(standing, rate);
        const id = idOf(progress);
        if (id !== lastId) {
          await stream.writeSSE({ event: nameOf(progress), id, data: JSON.stringify(progress) });
          lastId = id;
          heardAt = performance.now();
        } else if (performance.now() - heardAt >= keepAliveMs) {
          await stream.write(': still here\n\n');
          heardAt = performance.now();
        }
        if (isOver(progress)) return;
        await wait(everyMs, undefined, { signal: gone }).catch(() => {});
      }
    } finally {
      following.leave();
    }
  }

  return {
    /** The answer to a request for the events of a replay, which the caller may see. */
    answer(c: ApiContext, standing: Standing): Response {
      const { id } = standing.record;
      const view = createView(deps, c).progress;
      const lastId = c.req.header('last-event-id');
      const now = view(standing);
      if (isOver(now) && idOf(now) === lastId) return c.body(null, 204);
      const free = open.take(c.get('principal').id);
      const ask = { id, token: bearerOf(c), lastId, view };
      const closing = c.env?.closing;
      c.header('X-Accel-Buffering', 'no');
      return streamSSE(c, async (stream) => {
        const left = new AbortController();
        stream.onAbort(() => left.abort());
        const gone = AbortSignal.any([left.signal, AbortSignal.timeout(lifeMs), ...(closing ? [closing] : [])]);
        // A client that reads no more leaves a write unfinished for ever: its slot is free all the same.
        const over = new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }));
        try {
          await Promise.race([tell(stream, ask, gone), over]);
        } catch (err) {
          deps.log.error({ err, replay: id }, 'a stream of events broke');
        } finally {
          free();
        }
      });
    },
  };
}

const refusalOf = ({ code, message }: { code: string; message: string }): string =>
  JSON.stringify({ code, detail: message });

const isOver = ({ state }: ReplayProgress): boolean => state === 'done' || state === 'cancelled';
const nameOf = ({ state }: ReplayProgress): string => (state === 'done' || state === 'cancelled' ? state : 'progress');

/** The same standing has the same id in every process; what time alone changes is not part of it. */
const idOf = ({ ratePerSecond: _, secondsLeft: __, links: ___, ...rest }: ReplayProgress): string =>
  sha256Hex(JSON.stringify(rest)).slice(0, 24);

/** So many in all, and so many of one token. */
function createSlots(most: number, mostPerToken: number) {
  const taken = new Map<string, number>();
  const all = () => [...taken.values()].reduce((sum, count) => sum + count, 0);
  return {
    take(tokenId: string): () => void {
      const own = taken.get(tokenId) ?? 0;
      if (own >= mostPerToken) throw tooMany(`${mostPerToken} open streams of one token`);
      if (all() >= most) throw tooMany(`${most} open streams`);
      taken.set(tokenId, own + 1);
      return () => {
        const now = (taken.get(tokenId) ?? 1) - 1;
        if (now > 0) taken.set(tokenId, now);
        else taken.delete(tokenId);
      };
    },
  };
}

const tooMany = (bound: string) =>
  problem(503, 'events.busy', `expected fewer than ${bound}; ask for JSON instead, or wait until another one ends`, {
    headers: { 'retry-after': '10' },
  });
