import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SYSTEM } from '../../db/verbs.ts';
import { attempt, queueAll, take } from '../api/replay-house.ts';
import { worldWithDeliveries } from './deliveries-world.ts';
import { type RunOptions, run as runAlone } from './world.ts';

const LAKE = `apiVersion: waybill.dev/v1
kind: Destination
metadata: { name: lake }
spec:
  integration: webhook
  config: { url: "https://lake.example.com/waybill" }
  secrets: { signingSecret: "env:WAYBILL_SECRET_HOOK" }
---
apiVersion: waybill.dev/v1
kind: Attachment
metadata: { name: skynet-lake }
spec: { destination: lake, pipelines: ["skynet/*"] }
`;

/** Three accepted attestations, a destination that was attached afterwards, and a workflow that delivers as it is told. */
async function aWorld(outcomes: ('delivered' | 'blocked')[] = ['delivered', 'delivered', 'delivered']) {
  const world = await worldWithDeliveries();
  writeFileSync(join(world.folder, 'lake.yaml'), LAKE);
  expect(await world.run(['apply', '-f', 'lake.yaml'])).toMatchObject({ exit: 0 });
  const rows = { db: world.db, clock: () => new Date() };
  const attestations = (await world.db.attestations.list({}, { limit: 9 })).items.map(({ id }) => id);
  const queue = (id: string) => queueAll(rows, id, attestations);
  const workflow = async (id: string) => {
    for (const [index, delivery] of (await queue(id)).entries())
      await attempt(rows, delivery, outcomes[index] ?? 'delivered');
    await take(rows, id);
  };
  const replays = async () => (await world.db.replays.list({}, { limit: 9 })).items;
  world.judge.replay = workflow;
  return { ...world, queue, workflow, replays };
}
const replay = ['replay', '--to', 'lake'];

describe('replay', () => {
  it('does not list with what only a new replay heeds', async () => {
    const { run } = await aWorld();
    for (const given of [['--since', '30d'], ['--to', 'lake'], ['--dry-run']]) {
      const answer = await run(['replay', 'list', ...given]);
      expect(answer).toMatchObject({ exit: 2, out: '' });
      expect(answer.err).toContain(`${given[0]} says what a new replay sends`);
    }
  });

  it('shows what it would do on a dry run, and does nothing', async () => {
    const { run, replays } = await aWorld();
    const dry = await run([...replay, '--dry-run']);
    const [head, row] = dry.out.split('\n').map((line) => line.split(/ {2,}/));
    expect(head).toEqual(['COUNT', 'WHAT HAPPENS', 'EXAMPLE']);
    expect(row).toEqual(['3', 'sent: it was never owed before', expect.stringMatching(/^att_/)]);
    expect([dry.exit, dry.err]).toEqual([0, '3 deliveries would be queued; nothing was done.\n']);
    const json = await run([...replay, '--dry-run', '--json', '--since', '30d', '--pipeline', 'skynet/*']);
    expect(JSON.parse(json.out)).toMatchObject({ dryRun: true, count: 3, spec: { pipelines: ['skynet/*'] } });
    expect(await replays()).toEqual([]);
  });

  it('asks on a terminal, then starts it and shows it to its end', async () => {
    const { run, replays } = await aWorld();
    const refused = await run(replay, { answer: '' });
    expect(refused.err).toContain('Replay 3 deliveries to lake? [y/N] Nothing was done.');
    expect([refused.exit, await replays()]).toEqual([1, []]);
    const agreed = await run([...replay, '--reason', 'attached today'], { answer: 'y' });
    expect(agreed).toMatchObject({ exit: 0 });
    expect(agreed.out).toMatch(/^started {2}rpl_\w{32} {2}3 deliveries\ndone {2}3 deliveries\n$/);
    expect(agreed.err).toContain('100%  3 of 3, done\n');
    expect(await replays()).toMatchObject([{ state: 'done', reason: 'attached today', createdBy: { name: 'test' } }]);
    expect(await run([...replay, '--yes'])).toMatchObject({ exit: 0, out: 'Nothing to replay to lake.\n' });
  });

  it('needs --yes where nobody can be asked, and waits for nothing with --no-follow', async () => {
    const { run, judge, replays } = await aWorld();
    delete judge.replay;
    expect(await run(replay)).toMatchObject({ exit: 2, err: expect.stringContaining('--yes') });
    const started = await run([...replay, '--yes', '--no-follow', '--json']);
    expect(JSON.parse(started.out)).toMatchObject({ state: 'running', total: 3 });
    expect([started.exit, started.err]).toEqual([0, '']);
    const again = await run([...replay, '--yes']);
    expect(again.exit).toBe(1);
    expect(again.err).toContain((await replays())[0]?.id);
  });

  it('ends with 1 when not all of it arrived, and says where to look', async () => {
    const { run } = await aWorld(['delivered', 'blocked', 'delivered']);
    const ran = await run([...replay, '--yes']);
    expect(ran.exit).toBe(1);
    expect(ran.err).toMatch(/66% {2}2 of 3, 1 blocked, done\n/);
    expect(ran.err).toMatch(/1 of 3 did not arrive\.\n {2}See why: waybill deliveries list --replay rpl_/);
  });

  it('ends with 1 when somebody cancels it, and says who and why', async () => {
    const world = await aWorld();
    world.judge.replay = async (id) => {
      await world.queue(id);
      await world.db.replays.steer(id, 'cancelled', {
        by: { id: 't', name: 'olga' },
        at: new Date().toISOString(),
        reason: 'wrong one',
      });
    };
    const ran = await world.run([...replay, '--yes', '--json']);
    expect(JSON.parse(ran.out)).toMatchObject({ state: 'cancelled', deliveries: { skipped: 3 } });
    expect(ran).toMatchObject({ exit: 1, err: expect.stringContaining('cancelled by olga: wrong one') });
  });

  it('says why nothing moves', async () => {
    const world = await aWorld();
    const at = new Date().toISOString();
    await world.db.holds.pause('lake', 'maintenance', { by: SYSTEM, at });
    world.judge.replay = async () => {};
    const started = await world.run([...replay, '--yes', '--no-follow']);
    expect(started.err).toContain('lake is paused: maintenance. Nothing is delivered before that is over.');
    const [{ id = '' } = {}] = await world.replays();
    expect((await world.run(['replay', 'get', id])).out).toMatch(
      /progress +0% {2}0 of 3, held: lake is paused: maintenance/,
    );
    await world.run(['replay', 'pause', id, '--reason', 'night']);
    expect((await world.run(['replay', 'list'])).out).toContain('0%  0 of 3, paused by test: night');
  });

  it('is called wrongly without a destination, with an unknown mode or a time that is none', async () => {
    const { run } = await aWorld();
    for (const wrong of [
      ['replay'],
      ['replay', 'rpl_1'],
      [...replay, '--mode', 'all'],
      [...replay, '--since', 'soon'],
      ['replay', 'cancel', 'rpl_1'],
    ])
      expect([wrong, (await run(wrong)).exit]).toEqual([wrong, 2]);
    expect(await run(['replay', '--to', 'lke', '--dry-run'])).toMatchObject({
      exit: 1,
      err: expect.stringContaining('there is no destination "lke"'),
    });
  });
});

describe('replay list, get, pause, resume and cancel', () => {
  it('show one and act on it', async () => {
    const world = await aWorld();
    world.judge.replay = async () => {};
    await world.run([...replay, '--yes', '--no-follow']);
    const [{ id = '' } = {}] = await world.replays();
    await world.queue(id);
    const { run } = world;
    expect(JSON.parse((await run(['replay', 'list', '--json', '--state', 'running'])).out).items).toMatchObject([
      { id },
    ]);
    expect(JSON.parse((await run(['get', 'replay', id, '--json'])).out)).toMatchObject({ id, queued: 3 });
    expect(JSON.parse((await run(['deliveries', 'list', '--replay', id, '--json'])).out).items).toHaveLength(3);
    for (const [verb, words] of [
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['resume', 'resumed'],
    ])
      expect(await run(['replay', verb ?? '', id])).toMatchObject({ exit: 0, out: `${words}  ${id}\n` });
    const unsure = await run(['replay', 'cancel', id, '--reason', 'x'], { answer: 'n' });
    expect(unsure.err).toContain('Cancel the replay to lake? Its 3 open deliveries end skipped; what arrived stays.');
    expect([unsure.exit, (await world.replays())[0]?.state]).toEqual([1, 'running']);
    expect(await run(['replay', 'cancel', id, '--reason', 'x', '--yes'])).toMatchObject({ exit: 0 });
    expect((await world.replays())[0]).toMatchObject({ state: 'cancelled', stateReason: 'x' });
    expect(await run(['replay', 'resume', id])).toMatchObject({ exit: 1, err: expect.stringContaining('cancelled') });
    expect(await run(['replay', 'follow', id])).toMatchObject({ exit: 1 });
  });
});

describe('following a replay', () => {
  const row = (more: object) =>
    JSON.stringify({
      ...{ id: 'rpl_1', state: 'running', spec: { destination: 'lake' }, held: false, queued: 4, ended: 0, left: 4 },
      ...{ deliveries: {}, ratePerSecond: null, secondsLeft: null, holds: [], ...more },
    });
  const event = (name: string, id: string, more: object) => `event: ${name}\nid: ${id}\ndata: ${row(more)}\n\n`;
  const done = event('done', 'c', { state: 'done', ended: 4, left: 0, deliveries: { delivered: 4 } });

  /** A server that answers one connection after the other so. */
  async function stream(...answers: ((response: ServerResponse, request: IncomingMessage) => void)[]) {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers['last-event-id']?.toString());
      const answer = answers[Math.min(seen.length, answers.length) - 1];
      answer?.(response, request);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const slept: number[] = [];
    const follow = (options: RunOptions = {}) =>
      runAlone(['replay', 'follow', 'rpl_1', '--url', url], { onSleep: (ms) => void slept.push(ms), ...options });
    return { follow, seen, slept };
  }
  const send =
    (...parts: string[]) =>
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      for (const part of parts) response.write(part);
      response.end();
    };
  const fail = (status: number, code: string) => (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ status, code, detail: 'no', title: 'no' }));
  };

  it('goes on where it was when the connection breaks, even within an event, and when the server starts again', async () => {
    const started = event('progress', 'a', {});
    const { follow, seen, slept } = await stream(
      send('retry: 1000\n\n', started, done.slice(0, 30)),
      (response) => response.destroy(),
      fail(503, 'events.busy'),
      send(event('progress', 'b', { ended: 2, left: 2, deliveries: { delivered: 2 } }), ': still here\n\n', done),
    );
    expect(await follow()).toMatchObject({ exit: 0, out: 'done  4 deliveries\n' });
    expect(seen).toEqual([undefined, 'a', 'a', 'a']);
    expect(slept).toEqual([1000, 2000, 4000]);
  });

  it('gives up when nothing is heard for long, and says that the replay does not', async () => {
    const { follow, slept } = await stream((response) => response.destroy());
    const ran = await follow();
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('The replay goes on. Look again: waybill replay follow rpl_1');
    expect(slept).toHaveLength(20);
  });

  it('ends at once when the token counts no more', async () => {
    const refused = 'event: refused\ndata: {"code":"token.revoked","detail":"token x was revoked"}\n\n';
    for (const answer of [send(event('progress', 'a', {}), refused), fail(404, 'replay.unknown')]) {
      const { follow, slept } = await stream(answer);
      expect(await follow()).toMatchObject({ exit: 1 });
      expect(slept).toEqual([]);
    }
  });

  it('shows one line that changes on a terminal', async () => {
    const rate = { ended: 1, left: 3, ratePerSecond: 0.05, secondsLeft: 60, deliveries: { delivered: 1 } };
    const { follow } = await stream(send(event('progress', 'a', {}), event('progress', 'b', rate), done));
    const ran = await follow({ isTerminal: true, columns: 60 });
    expect(ran.err).toContain('\r\u001b[K  0%  0 of 4');
    expect(ran.err).toContain('\r\u001b[K 25%  1 of 4, 0.05/s, about 1m left');
    expect(ran.err).not.toContain('\n');
  });

  it('says at Ctrl-C that the replay goes on, and how to look again', async () => {
    const { follow } = await stream(send(event('progress', 'a', {}), done));
    const { err } = await follow({ onInterrupt: (step) => step() });
    expect(err).toContain('\nThe replay goes on. Look again: waybill replay follow rpl_1\n');
  });

  it('writes a line only now and then where lines are kept', async () => {
    const many = Array.from({ length: 50 }, (_, n) => event('progress', `p${n}`, { ended: 1, left: 3 }));
    const { follow } = await stream(send(...many, done));
    expect((await follow()).err.split('\n')).toHaveLength(3);
  });
});
