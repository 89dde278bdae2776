import { expect, it } from 'vitest';
import { ReplaySpec } from '../../../attestation/delivery/replay.ts';
import { planPage } from '../../../attestation/delivery/replay-page.ts';
import type { AttemptResult } from '../../../db/attempts.ts';
import type { ReplayTurn } from '../../../db/replays.ts';
import { SYSTEM } from '../../../db/verbs.ts';
import {
  acceptedUntil,
  attachmentSpec,
  DAY,
  delivered,
  destinationSpec,
  failed,
  OPERATOR,
  REFUSED,
  TOO_MANY,
  t,
  type World,
  who,
} from '../world.ts';

const QUIET = { arrived: false, refused: 0, said: '' };

/** Replays: what they look at, what their lanes take and queue, and how they end. */
export function describeReplays(world: () => World): void {
  const spec = (more: object = {}) => ReplaySpec.parse({ destination: 'lake', mode: 'missing', ...more });
  const create = async (more: object = {}, id = 'rpl_1', at = 100) => {
    const throughSeq = await world().db.replays.latestSeq();
    return world().db.replays.create({ id, spec: spec(more), throughSeq, total: 3, reason: 'new lake', ...who(at) });
  };
  const uids = async () =>
    (await world().db.attachments.all()).filter(({ spec }) => spec.destination === 'lake').map(({ uid }) => uid);
  const get = async (id = 'rpl_1') => {
    const record = await world().db.replays.get(id);
    if (!record) throw new Error(`expected a replay ${id}`);
    return record;
  };
  const take = async (at: number, more: Partial<Parameters<World['db']['replays']['take']>[0]> = {}) => {
    const turn = await world().db.replays.take({
      ...{ id: 'rpl_1', lane: 0, lanes: 1, window: 50, news: QUIET, at: t(at) },
      ...more,
    });
    if (!turn) throw new Error('expected a replay');
    return turn;
  };
  const going = async (at: number, more: Parameters<typeof take>[1] = {}) => {
    const turn = await take(at, more);
    if (turn.kind !== 'go') throw new Error(`expected it to go on, found ${JSON.stringify(turn)}`);
    return turn;
  };

  /** What the next `limit` attestations are owed, as an engine plans it. */
  async function plan(turn: ReplayTurn & { kind: 'go' }, limit: number, replayId = 'rpl_1') {
    const { db } = world();
    const { items, looked } = await db.replays.candidates({
      ...{
        spec: turn.spec,
        attachmentUids: await uids(),
        afterSeq: turn.cursorSeq,
        throughSeq: turn.throughSeq,
        limit,
      },
    });
    const attachments = (await db.attachments.all()).flatMap((one) =>
      one.spec.destination === 'lake' ? [{ ...one, takes: 'attestation' as const }] : [],
    );
    const { planned } = planPage({ spec: turn.spec, replayId, candidates: items, attachments, room: 1000, looked });
    return { planned, looked };
  }

  /** Queues what the next `limit` attestations are owed, and answers with their ids. */
  async function load(at: number, limit = 10, lane = 0): Promise<string[]> {
    const turn = await going(at);
    const { planned, looked } = await plan(turn, limit);
    const moved = { id: 'rpl_1', lane, fromSeq: turn.cursorSeq, toSeq: looked, planned, at: t(at) };
    expect(await world().db.replays.queue(moved)).toBe(true);
    return planned.map(({ delivery }) => delivery.id);
  }
  const end = async (ids: readonly string[], result: AttemptResult, at: number) => {
    for (const id of ids) await world().attempt(id, result, at);
  };
  const audit = async (target = 'rpl_1') =>
    (await world().db.audit.list({ target }, { limit: 10 })).items.map(({ action, actor, detail }) => ({
      action,
      by: actor.name,
      ...detail,
    }));
  /** Three attestations from before the lake, and the lake. */
  const start = async () => {
    for (const [i, name] of ['one', 'two', 'three'].entries()) await world().accept(name, i);
    await world().connect('lake');
  };

  it('is created running, is listed newest first, and says how far it is', async () => {
    await start();
    await world().connect('dt');
    expect(await create()).toEqual({
      id: 'rpl_1',
      spec: spec(),
      reason: 'new lake',
      state: 'running',
      stateBy: OPERATOR,
      stateAt: t(100),
      stateReason: null,
      createdBy: OPERATOR,
      createdAt: t(100),
      finishedAt: null,
      total: 3,
      queued: 0,
      cursorSeq: 0,
      throughSeq: 3,
      deliveries: {},
      held: false,
      workflowId: 'replay/rpl_1',
    });
    await create({ destination: 'dt' }, 'rpl_2', 101);
    const { replays, holds } = world().db;
    const ids = async (filter: Parameters<typeof replays.list>[0], limit = 10, cursor?: string) =>
      (await replays.list(filter, { limit, cursor })).items.map(({ id }) => id);
    expect(await ids({})).toEqual(['rpl_2', 'rpl_1']);
    const { next } = await replays.list({}, { limit: 1 });
    expect(await ids({}, 1, next ?? '')).toEqual(['rpl_1']);
    expect(await ids({ destination: 'lake' })).toEqual(['rpl_1']);
    expect(await ids({ state: ['done', 'paused'] })).toEqual([]);
    expect(await replays.get('rpl_9')).toBeUndefined();
    await holds.pause('lake', 'maintenance', who(102));
    expect(await get()).toMatchObject({ held: true });
    expect(await audit()).toMatchObject([{ action: 'replay.create', by: 'olga', total: 3, reason: 'new lake' }]);
  });

  it('looks at what was accepted, in the order of receipt, within its spec', async () => {
    await start();
    const { db, receive, pipeline } = world();
    await receive('undecided', 3);
    const refused = await receive('refused', 4);
    await db.attestations.pin(refused.id, 1, t(4));
    await db.attestations.conclude(
      refused.id,
      1,
      { ...(await world().conclusion(refused.id)), verdict: 'rejected', deliveries: [] },
      t(4),
    );
    const put = await db.pipelines.put({ project: 'other', name: 'web', spec: { contract: 'base' }, ...who(0) });
    if (!put) throw new Error('the contract is there');
    await world().accept('elsewhere', 5, put.record);
    const look = async (more: object = {}, afterSeq = 0, limit = 10) => {
      const found = await db.replays.candidates({
        ...{
          spec: spec(more),
          attachmentUids: await uids(),
          afterSeq,
          throughSeq: await db.replays.latestSeq(),
          limit,
        },
      });
      return [...found.items.map(({ attestationId }) => attestationId.slice(4)), found.looked];
    };
    expect(pipeline.project).toBe('acme');
    expect(await look()).toEqual(['one', 'two', 'three', 'elsewhere', 6]);
    expect(await look({}, 0, 2)).toEqual(['one', 'two', 2]);
    expect(await look({}, 2, 10)).toEqual(['three', 'elsewhere', 6]);
    expect(await look({ pipelines: ['acme/*'] })).toEqual(['one', 'two', 'three', 6]);
    expect(await look({ since: t(1), until: t(2) })).toEqual(['two', 6]);
    const { items } = await db.replays.candidates({
      ...{ spec: spec(), attachmentUids: await uids(), afterSeq: 4, throughSeq: 6, limit: 1 },
    });
    expect(items).toMatchObject([
      {
        receivedSeq: 6,
        project: 'other',
        pipeline: 'web',
        materials: [{ name: 'sbom', type: 'SBOM_CYCLONEDX_JSON', hasBytes: true }],
        deliveries: [{ state: 'queued', materialSha256: null }],
      },
    ]);
  });

  it('queues a window at a time, each thing once, however many lanes ask and crash', async () => {
    await start();
    await create();
    const turn = await going(101, { window: 2 });
    expect(turn).toMatchObject({ due: [], room: 2, cursorSeq: 0, throughSeq: 3 });
    const { planned, looked } = await plan(turn, turn.room);
    const moved = { id: 'rpl_1', fromSeq: 0, toSeq: looked, planned, at: t(101) };
    const { queue } = world().db.replays;
    // Two lanes planned the same; and the one that won crashed before it knew, and comes again.
    expect(await Promise.all([queue({ ...moved, lane: 0 }), queue({ ...moved, lane: 1 })])).toEqual([true, false]);
    expect(await queue({ ...moved, lane: 0 })).toBe(false);
    expect(await get()).toMatchObject({ queued: 2, cursorSeq: 2, deliveries: { queued: 2 } });
    expect(await going(102, { window: 2, lanes: 2 })).toMatchObject({
      room: 0,
      due: planned.map(({ delivery }) => ({ id: delivery.id, state: 'queued' })),
    });
    expect(await going(102, { window: 2, lane: 1, lanes: 2 })).toMatchObject({ room: 2, due: [] });
    const [first] = planned;
    expect(await world().get(first?.delivery.id ?? '')).toMatchObject({
      idempotencyKey: first?.delivery.id,
      workflowId: 'replay/rpl_1',
      createdAt: t(101),
      receivedSeq: 1,
      material: null,
    });
  });

  it('leaves no delivery alone when it has fewer lanes than before', async () => {
    await start();
    await create();
    const ids = [...(await load(101, 1, 0)), ...(await load(102, 1, 1)), ...(await load(103, 1, 4))];
    const due = async (lane: number, lanes: number) => (await going(104, { lane, lanes })).due.map(({ id }) => id);
    expect(await due(0, 2)).toEqual([ids[0], ids[2]]);
    expect(await due(1, 2)).toEqual([ids[1]]);
    expect(await due(0, 1)).toEqual(ids);
  });

  it('says what is due and when the next is, and looks at blocked ones only when somebody asks', async () => {
    await start();
    await create();
    const [one = '', two = '', three = ''] = await load(101);
    await end([one], failed(TOO_MANY, 200), 110);
    await end([two], failed(REFUSED, null), 110);
    expect(await world().begin(three, 110)).toMatchObject({ kind: 'go' });
    expect(await going(111)).toMatchObject({ due: [{ id: three, state: 'trying' }], nextAt: t(200), room: 48 });
    await world().finish(three, 1, delivered, 112);
    expect(await going(199)).toMatchObject({ due: [], nextAt: t(200) });
    await world().db.deliveries.commandRetry(two, { ...who(150), reason: null });
    expect(await going(200)).toMatchObject({ due: [{ id: one }, { id: two, state: 'blocked' }], nextAt: null });
  });

  it('begins anew what ended without arriving, under its key, with its attempts on record', async () => {
    await world().connect('lake');
    const id = await world().deliver('one', 0);
    await end([id], failed(TOO_MANY, 100), 10);
    expect(await world().begin(id, 15 * DAY)).toMatchObject({ kind: 'final', state: 'expired' });
    await create({}, 'rpl_1', 16 * DAY);
    const states = async () =>
      (await world().db.deliveries.counts(t(16 * DAY))).map(({ state, count }) => [state, count]).filter(([, n]) => n);
    expect(await states()).toEqual([['expired', 1]]);
    expect(await load(16 * DAY)).toEqual([id]);
    expect(await states()).toEqual([['queued', 1]]);
    expect(await world().get(id, 16 * DAY)).toMatchObject({
      state: 'queued',
      idempotencyKey: id,
      attempts: 1,
      failures: 0,
      cause: null,
      createdAt: t(16 * DAY),
      stuck: false,
      workflowId: 'replay/rpl_1',
    });
    expect(await world().attempt(id, delivered, 16 * DAY + 1)).toMatchObject({ state: 'delivered' });
    expect(await world().db.deliveries.attempts(id, { limit: 5 })).toMatchObject({ items: [{ n: 2 }, { n: 1 }] });
  });

  it('does not call twice at once for what was skipped in the middle of a call', async () => {
    await world().connect('lake');
    const id = await world().deliver('one', 0);
    expect(await world().begin(id, 10)).toMatchObject({ kind: 'go', attempt: 1 });
    await world().db.deliveries.skip(id, { ...who(11), reason: 'too slow' });
    await create({ includeSkipped: true });
    expect(await load(101)).toEqual([id]);
    expect(await world().begin(id, 102)).toEqual({ kind: 'busy', behind: id });
    expect(await world().finish(id, 1, failed(TOO_MANY, 110), 103)).toMatchObject({ state: 'queued' });
    expect(await world().begin(id, 104)).toMatchObject({ kind: 'go', attempt: 2 });
  });

  it('knows what was skipped in the middle of a call as delivered when that call says so', async () => {
    await world().connect('lake');
    const id = await world().deliver('one', 0);
    await world().begin(id, 10);
    await world().db.deliveries.skip(id, { ...who(11), reason: 'too slow' });
    await create({ includeSkipped: true });
    await load(101);
    expect(await world().finish(id, 1, delivered, 102)).toMatchObject({ state: 'delivered' });
    expect(await world().begin(id, 103)).toEqual({ kind: 'final', state: 'delivered' });
  });

  it('repeats what arrived under a key of its own, and never older over newer', async () => {
    await world().connect('lake');
    const old = await world().deliver('one', 0);
    const newest = await world().deliver('two', 1);
    for (const id of [old, newest]) await world().attempt(id, delivered, 2, { orderKey: 'app' });
    await create({ mode: 'again' });
    const [first = '', second = ''] = await load(101);
    expect([first, second]).not.toContain(old);
    expect(await world().get(first)).toMatchObject({ idempotencyKey: first, receivedSeq: 1 });
    expect(await world().begin(first, 102, { orderKey: 'app' })).toMatchObject({ kind: 'final', state: 'superseded' });
    expect(await world().get(first)).toMatchObject({ supersededBy: newest });
    expect(await world().begin(second, 103, { orderKey: 'app' })).toMatchObject({ kind: 'go' });
  });

  it('is done when all was looked at and only blocked ones are open, which get new hosts', async () => {
    await start();
    await create();
    const [one = '', two = '', three = ''] = await load(101);
    expect(await world().db.hosts.toCheck(t(500), 10, t(500))).toEqual([]);
    await end([one, three], delivered, 110);
    expect(await take(111)).toMatchObject({ kind: 'go' });
    await end([two], failed(REFUSED, null), 112);
    expect(await take(113)).toEqual({ kind: 'over' });
    expect(await get()).toMatchObject({
      state: 'done',
      stateBy: SYSTEM,
      finishedAt: t(113),
      queued: 3,
      deliveries: { delivered: 2, blocked: 1 },
    });
    expect((await audit())[0]).toMatchObject({ action: 'replay.done', by: 'system', queued: 3, blocked: 1 });
    expect(await world().db.hosts.toCheck(t(114), 10, t(114))).toEqual([
      { workflowId: 'replay/rpl_1', attestationId: 'att_two' },
    ]);
    expect(await world().db.hosts.rehost('replay/rpl_1', 'att_two', t(115))).toMatchObject({
      workflowId: 'redelivery/att_two/1',
      deliveries: [{ id: two }],
    });
    expect(await world().db.replays.steer('rpl_1', 'cancelled', { ...who(116), reason: null })).toMatchObject({
      changed: false,
    });
  });

  it('waits for a blocked one that somebody wants to try again', async () => {
    await start();
    await create();
    const ids = await load(101);
    await end(ids, failed(REFUSED, null), 102);
    await world().db.deliveries.commandRetry(ids[0] ?? '', { ...who(103), reason: null });
    expect(await take(104)).toMatchObject({ kind: 'go', due: [{ id: ids[0] }] });
  });

  it('takes no more than a window of blocked ones, though somebody asks for all of them at once', async () => {
    await start();
    await create();
    const ids = await load(101);
    await end(ids, failed(REFUSED, null), 102);
    for (const [i, id] of ids.entries())
      await world().db.deliveries.commandRetry(id, { ...who(110 - i), reason: null });
    const taken = await going(111, { window: 2 });
    expect(taken).toMatchObject({ room: 0, due: [{ id: ids[1] }, { id: ids[2] }] });
    await end([ids[1] ?? '', ids[2] ?? ''], delivered, 112);
    expect(await going(113, { window: 2 })).toMatchObject({ room: 1, due: [{ id: ids[0] }] });
  });

  it('gives new hosts to the blocked deliveries of one attestation and leaves the others their turn', async () => {
    await start();
    await create();
    await end(await load(101), failed(REFUSED, null), 102);
    expect(await take(103)).toEqual({ kind: 'over' });
    const { hosts } = world().db;
    const [first] = await hosts.toCheck(t(104), 1, t(104));
    const moved = await hosts.rehost('replay/rpl_1', first?.attestationId ?? '', t(105));
    expect(moved?.deliveries).toHaveLength(1);
    expect(await hosts.toCheck(t(104), 10, t(105))).toHaveLength(2);
  });

  it('pauses itself after a hundred refusals in a row, and says what the last one said', async () => {
    await start();
    await create();
    const refused = (refused: number, arrived = false) => ({ arrived, refused, said: 'http.422: no' });
    expect(await take(101, { news: refused(60) })).toMatchObject({ kind: 'go' });
    expect(await take(102, { news: refused(39, true) })).toMatchObject({ kind: 'go' });
    expect(await take(103, { news: refused(60) })).toMatchObject({ kind: 'go' });
    const reason = '100 deliveries in a row were refused; the last one: http.422: no';
    expect(await take(104, { news: refused(1) })).toMatchObject({ kind: 'paused', reason });
    expect(await get()).toMatchObject({ state: 'paused', stateBy: SYSTEM, stateReason: reason, finishedAt: null });
    expect((await audit())[0]).toMatchObject({ action: 'replay.pause', by: 'system', reason });
    await world().db.replays.steer('rpl_1', 'running', { ...who(105), reason: 'mended' });
    expect(await take(106, { news: refused(99) })).toMatchObject({ kind: 'go' });
  });

  it('is paused and goes on, once each', async () => {
    await start();
    await create();
    const turn = (to: 'paused' | 'running' | 'cancelled', at: number) =>
      world().db.replays.steer('rpl_1', to, { ...who(at), reason: 'why' });
    expect(await turn('paused', 101)).toMatchObject({ changed: true, record: { state: 'paused', stateReason: 'why' } });
    expect(await turn('paused', 102)).toMatchObject({ changed: false, record: { stateAt: t(101) } });
    expect(await take(103)).toMatchObject({ kind: 'paused', reason: 'why', due: [] });
    const idle = { id: 'rpl_1', lane: 0, fromSeq: 0, toSeq: 3, planned: [], at: t(104) };
    expect(await world().db.replays.queue(idle)).toBe(false);
    expect(await turn('running', 105)).toMatchObject({ changed: true, record: { state: 'running' } });
    expect(await take(106)).toMatchObject({ kind: 'go' });
    expect((await audit()).map(({ action }) => action)).toEqual(['replay.resume', 'replay.pause', 'replay.create']);
    expect(await world().db.replays.steer('rpl_9', 'paused', { ...who(1), reason: null })).toBeUndefined();
  });

  it('sees what had begun to its end while it is paused: it keeps others waiting under its key', async () => {
    await start();
    await create();
    const [accepted = '', crashed = '', untried = ''] = await load(101);
    await world().attempt(accepted, acceptedUntil(150), 102, { orderKey: 'app' });
    await world().begin(crashed, 102);
    await world().db.replays.steer('rpl_1', 'paused', { ...who(103), reason: 'why' });
    const live = await world().deliver('live', 104);
    expect(await world().begin(live, 105, { orderKey: 'app' })).toMatchObject({ kind: 'busy', behind: accepted });
    const due = async (at: number) => {
      const turn = await take(at);
      return turn.kind === 'paused' && turn.due;
    };
    expect(await due(149)).toEqual([{ id: crashed, state: 'trying' }]);
    expect(await due(150)).toEqual([
      { id: accepted, state: 'confirming' },
      { id: crashed, state: 'trying' },
    ]);
    await world().attempt(accepted, delivered, 151, { phase: 'confirm', orderKey: 'app' });
    await world().attempt(crashed, failed(TOO_MANY, 152), 151);
    expect(await due(160)).toEqual([]);
    expect(await world().get(untried)).toMatchObject({ state: 'queued' });
    expect(await world().begin(live, 161, { orderKey: 'app' })).toMatchObject({ kind: 'go' });
  });

  it('ends what it has open when it is cancelled; what arrives anyway is logged', async () => {
    await start();
    await create();
    const [one = '', two = '', three = ''] = await load(101);
    await end([one], delivered, 102);
    await end([two], failed(REFUSED, null), 102);
    expect(await world().begin(three, 103)).toMatchObject({ kind: 'go' });
    const cancel = { ...who(104), reason: 'wrong lake' };
    expect(await world().db.replays.steer('rpl_1', 'cancelled', cancel)).toMatchObject({
      changed: true,
      record: { state: 'cancelled', finishedAt: t(104), deliveries: { delivered: 1, skipped: 2 } },
    });
    expect(await world().get(two)).toMatchObject({
      state: 'skipped',
      skipped: { by: OPERATOR.name, reason: 'replay rpl_1 cancelled: wrong lake' },
    });
    expect(await take(105)).toEqual({ kind: 'over' });
    expect((await audit())[0]).toMatchObject({ action: 'replay.cancel', reason: 'wrong lake', skipped: 2 });
    await world().finish(three, 1, delivered, 106);
    expect(await world().db.deliveries.attempts(three, { limit: 1 })).toMatchObject({
      items: [{ message: 'delivered anyway: it was skipped already' }],
    });
  });

  it('is looked after until its workflow knows that it is over', async () => {
    await start();
    await create();
    const { replays } = world().db;
    expect(await replays.toCheck(t(100), 10, t(105))).toEqual([]);
    expect(await replays.toCheck(t(110), 10, t(110))).toEqual([{ id: 'rpl_1', over: false, stranded: false }]);
    expect(await replays.toCheck(t(110), 10, t(111))).toEqual([]);
    await replays.closed('rpl_1');
    expect(await replays.toCheck(t(120), 10, t(120))).toHaveLength(1);
    await replays.steer('rpl_1', 'cancelled', { ...who(121), reason: null });
    expect(await replays.toCheck(t(130), 10, t(130))).toEqual([{ id: 'rpl_1', over: true, stranded: false }]);
    await replays.closed('rpl_1');
    expect(await replays.toCheck(t(200), 10, t(200))).toEqual([]);
  });

  it('is stranded when its destination was deleted', async () => {
    await start();
    await create();
    await world().db.attachments.delete('to-lake', who(101));
    await world().db.destinations.delete('lake', who(102));
    expect(await world().db.replays.toCheck(t(110), 10, t(110))).toMatchObject([{ stranded: true }]);
  });

  it('sends what an attachment brought elsewhere before, and leaves that as it is', async () => {
    await world().connect('pond');
    const before = await world().deliver('one', 0);
    await world().attempt(before, delivered, 1);
    await world().db.destinations.put({ name: 'lake', spec: destinationSpec(), secrets: {}, ...who(2) });
    await world().db.attachments.put({ name: 'to-pond', spec: attachmentSpec('lake'), ...who(3) });
    await create();
    const [id = ''] = await load(101);
    expect(await world().get(id)).toMatchObject({ destination: 'lake', state: 'queued' });
    expect(await world().get(before)).toMatchObject({ destination: 'pond', state: 'delivered' });
    expect(await get()).toMatchObject({ queued: 1 });
  });

  it('begins nothing anew for an attachment that was deleted meanwhile', async () => {
    await world().connect('lake');
    const id = await world().deliver('one', 0);
    await world().db.deliveries.skip(id, { ...who(1), reason: 'not now' });
    await create({ includeSkipped: true });
    const turn = await going(101);
    const { planned, looked } = await plan(turn, 10);
    expect(planned).toMatchObject([{ effect: 'reopen' }]);
    await world().db.attachments.delete('to-lake', who(102));
    await world().db.replays.queue({ id: 'rpl_1', lane: 0, fromSeq: 0, toSeq: looked, planned, at: t(103) });
    expect(await world().get(id)).toMatchObject({ state: 'skipped' });
  });

  it('queues nothing for an attachment that was deleted meanwhile, and goes on', async () => {
    await start();
    await world().db.attachments.put({ name: 'second', spec: attachmentSpec('lake'), ...who(0) });
    await create();
    const turn = await going(101);
    const { planned, looked } = await plan(turn, 10);
    expect(planned).toHaveLength(6);
    await world().db.attachments.delete('second', who(102));
    await world().db.replays.queue({ id: 'rpl_1', lane: 0, fromSeq: 0, toSeq: looked, planned, at: t(103) });
    expect(await get()).toMatchObject({ queued: 3, cursorSeq: 3 });
  });
}
