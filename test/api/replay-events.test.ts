import { afterEach, describe, expect, it } from 'vitest';
import { createWatch } from '../../api/replays/watch.ts';
import { serveApi } from '../../api/serve.ts';
import { readEvents, type ServerEvent } from '../../cli/events.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { eventually } from '../support/eventually.ts';
import { type House, problemOf } from './house.ts';
import { attempt, houseToReplay, queueAll, take } from './replay-house.ts';

const QUICK = { everyMs: 20, keepAliveMs: 60, lifeMs: 60_000, most: 4, mostPerToken: 3 };

let house: House;
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A replay of three that runs, behind a real socket. */
async function aReplay(events: Partial<typeof QUICK> = {}) {
  const world = await houseToReplay(['one', 'two', 'three'], { events: { ...QUICK, ...events } });
  ({ house } = world);
  closing.push(() => house.close());
  const server = await serveApi(house.app, { port: 0 });
  const stop = () => server.close();
  closing.push(stop);
  const body = { destination: 'lake', mode: 'missing', expectAtMost: 3 };
  const answer = await house.request(world.operator, 'POST', '/v1/replays', body);
  const { id } = (await answer.json()) as { id: string };
  const deliveries = await queueAll(house, id, world.ids);

  const open = async (token = world.operator, headers: Record<string, string> = {}) => {
    const gone = new AbortController();
    const answer = await fetch(`${server.url}/v1/replays/${id}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
      signal: gone.signal,
    });
    return { answer, leave: () => gone.abort() };
  };
  const follow = async (token?: string, headers?: Record<string, string>) => {
    const { answer, leave } = await open(token, headers);
    if (!answer.body) throw new Error(`expected a stream, got ${answer.status}`);
    const events = readEvents(answer.body)[Symbol.asyncIterator]();
    const next = async (): Promise<ServerEvent & { row: Record<string, unknown> }> => {
      const { value, done } = await events.next();
      if (done) throw new Error('the stream ended');
      return { ...value, row: JSON.parse(value.data) };
    };
    return { answer, leave, next, ended: async () => (await events.next()).done };
  };
  return { ...world, id, deliveries, open, follow, stop };
}

describe('the events of a replay', () => {
  it('tell its progress when something changed, and end with it', async () => {
    const { id, deliveries, follow } = await aReplay();
    const stream = await follow();
    expect(stream.answer.headers.get('content-type')).toContain('text/event-stream');
    expect(await stream.next()).toMatchObject({ event: 'progress', row: { id, queued: 3, ended: 0 } });
    const [first = '', ...others] = deliveries;
    await attempt(house, first, 'delivered');
    expect(await stream.next()).toMatchObject({ event: 'progress', row: { ended: 1, left: 2 } });
    for (const one of others) await attempt(house, one, 'delivered');
    await take(house, id);
    let last = await stream.next();
    while (last.event === 'progress') last = await stream.next();
    expect(last).toMatchObject({ event: 'done', row: { state: 'done', ended: 3, left: 0 } });
    expect(await stream.ended()).toBe(true);
  });

  it('go on after a connection that broke, without what was seen', async () => {
    const { id, deliveries, follow, operator } = await aReplay();
    const before = await follow();
    const seen = await before.next();
    before.leave();
    const after = await follow(undefined, { 'last-event-id': seen.id ?? '' });
    await attempt(house, deliveries[0] ?? '', 'delivered');
    expect((await after.next()).row).toMatchObject({ ended: 1 });
    await house.request(operator, 'POST', `/v1/replays/${id}/cancel`, { reason: 'enough' });
    const last = await after.next();
    expect(last).toMatchObject({ event: 'cancelled', row: { deliveries: { delivered: 1, skipped: 2 } } });
    // An EventSource connects again when a stream ends; only this keeps it away.
    expect((await (await follow()).next()).id).toBe(last.id);
    const rested = await house.request(operator, 'GET', `/v1/replays/${id}`, undefined, {
      accept: 'text/event-stream',
      'last-event-id': last.id ?? '',
    });
    expect(rested.status).toBe(204);
  });

  it('break the silence, so that nobody on the way takes the connection for dead', async () => {
    const { open } = await aReplay();
    const { answer, leave } = await open();
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (/^: /m.test(text)) break;
    }
    leave();
    expect(text).toMatch(/^retry: 20\n\n.*event: progress\n/s);
    expect(text.match(/event: progress/g)).toHaveLength(1);
  });

  it('end when the token counts no more', async () => {
    const { follow } = await aReplay();
    const { id, token } = await house.token('read');
    const stream = await follow(token);
    await stream.next();
    await house.db.tokens.revoke(id, { by: SYSTEM, at: house.clock().toISOString() });
    expect(await stream.next()).toMatchObject({ event: 'refused', row: { code: 'token.revoked' } });
    expect(await stream.ended()).toBe(true);
  });

  it('are told to so many at once, of one token and in all, and a client that goes away leaves nothing behind', async () => {
    const { open } = await aReplay();
    const own = [await open(), await open(), await open()];
    expect(own.map(({ answer }) => answer.status)).toEqual([200, 200, 200]);
    expect(await problemOf((await open()).answer)).toMatchObject({ status: 503, code: 'events.busy' });
    const { token } = await house.token('read');
    const others = [await open(token), await open(token)];
    expect(others.map(({ answer }) => answer.status)).toEqual([200, 503]);
    for (const { leave } of [...own, ...others]) leave();
    await eventually(async () => {
      const one = await open();
      one.leave();
      expect(one.answer.status).toBe(200);
    });
  });

  it('are not told to a HEAD, which would hold a stream that nobody reads', async () => {
    const { id, operator } = await aReplay();
    const head = await house.request(operator, 'HEAD', `/v1/replays/${id}`, undefined, { accept: 'text/event-stream' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'application/json']);
  });

  it('end after a while, so that a client connects again', async () => {
    const { follow } = await aReplay({ lifeMs: 50 });
    const stream = await follow();
    await stream.next();
    expect(await stream.ended()).toBe(true);
  });

  it('end with the server', async () => {
    const { follow, stop } = await aReplay();
    const stream = await follow();
    await stream.next();
    const stopped = stop();
    expect(await stream.ended()).toBe(true);
    await stopped;
  });
});

describe('a replay that several follow', () => {
  it('is looked at once for all of them, and forgotten with the last', async () => {
    await aReplay();
    const { get, list } = house.db.replays;
    const id = (await list({}, { limit: 1 })).items[0]?.id ?? '';
    let looks = 0;
    house.db.replays.get = (asked) => {
      looks++;
      return get(asked);
    };
    const watch = createWatch(house.deps, 60_000);
    const followers = [watch.follow(id), watch.follow(id)];
    const [one, two] = await Promise.all(followers.map(({ look }) => look()));
    expect([looks, one, watch.size()]).toEqual([1, two, 1]);
    for (const { leave } of followers) leave();
    expect(watch.size()).toBe(0);
  });
});
