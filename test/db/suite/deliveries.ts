import { expect, it } from 'vitest';
import {
  acceptedUntil,
  DAY,
  delivered,
  failed,
  HOUR,
  MINUTE,
  OPERATOR,
  REFUSED,
  TOO_MANY,
  t,
  UNAUTHORIZED,
  type World,
  who,
} from '../world.ts';

/** The way of one delivery: PROTOCOLS D. */
export function describeDeliveries(world: () => World): void {
  const start = async () => {
    await world().connect('dt');
    return world().deliver('one', 0);
  };
  const attempts = async (id: string) => (await world().db.deliveries.attempts(id, { limit: 50 })).items;

  it('begins queued, with a key that never changes', async () => {
    const id = await start();
    expect(await world().get(id)).toMatchObject({
      id,
      state: 'queued',
      attestationId: 'att_one',
      destination: 'dt',
      attachment: 'to-dt',
      idempotencyKey: id,
      attempts: 0,
      workflowId: 'attestation/acme/api/att_one/1',
      held: false,
      stuck: false,
    });
  });

  it('loads everything that an attempt needs', async () => {
    const id = await start();
    expect(await world().db.deliveries.load(id)).toMatchObject({
      delivery: { id, state: 'queued', held: false },
      destination: { name: 'dt', spec: { integration: 'webhook' } },
      attachment: { name: 'to-dt' },
      attestation: { id: 'att_one', project: 'acme', pipeline: 'api', subjects: [{ name: 'app' }] },
      materials: [{ name: 'sbom' }],
    });
    expect(await world().db.deliveries.load('dlv_none')).toBeUndefined();
  });

  it('writes the attempt down before the call, and its result after', async () => {
    const { begin, finish, get } = world();
    const id = await start();
    expect(await begin(id, 1)).toEqual({ kind: 'go', attempt: 1, probe: false, openMs: 1000 });
    expect(await get(id)).toMatchObject({ state: 'trying', attempts: 1, changedAt: t(1) });
    expect(await attempts(id)).toMatchObject([
      { n: 1, phase: 'deliver', startedAt: t(1), finishedAt: null, outcome: null },
    ]);
    expect(await finish(id, 1, delivered, 2)).toEqual({ state: 'delivered', brokenSuspected: false });
    expect(await get(id)).toMatchObject({
      state: 'delivered',
      externalId: 'ext-1',
      url: 'https://r.example/1',
      changedAt: t(2),
    });
    expect(await attempts(id)).toMatchObject([{ outcome: 'delivered', status: 201, finishedAt: t(2) }]);
    expect(await begin(id, 3)).toEqual({ kind: 'final', state: 'delivered' });
  });

  it('waits after a failure, shows its cause and next try, and counts failures in a row', async () => {
    const { attempt, get } = world();
    const id = await start();
    await attempt(id, failed(TOO_MANY, 10), 1);
    await attempt(id, failed(TOO_MANY, 40), 10);
    expect(await get(id)).toMatchObject({
      state: 'waiting',
      failures: 2,
      cause: TOO_MANY,
      nextAttemptAt: t(40),
      attempts: 2,
    });
    expect((await attempts(id))[0]).toMatchObject({
      n: 2,
      outcome: 'failed',
      code: 'http.503',
      latencyMs: 13,
      bodyHead: 'no',
    });
    await attempt(id, delivered, 40);
    expect(await get(id)).toMatchObject({ state: 'delivered', failures: 0, cause: null, nextAttemptAt: null });
  });

  it('confirms what was accepted only', async () => {
    const { begin, finish, attempt, get } = world();
    const id = await start();
    await attempt(id, acceptedUntil(5), 1);
    expect(await get(id)).toMatchObject({ state: 'confirming', token: 'job-7', acceptedAt: t(1), nextAttemptAt: t(5) });
    expect(await begin(id, 5)).toEqual({ kind: 'confirming' });
    expect(await begin(id, 5, { phase: 'confirm' })).toEqual({ kind: 'go', attempt: 2, probe: false, openMs: 4000 });
    await finish(id, 2, { outcome: 'pending', nextAttemptAt: t(9), message: 'still analysing', evidence: {} }, 6);
    expect(await get(id)).toMatchObject({ state: 'confirming', nextAttemptAt: t(9), failures: 0 });
    await attempt(id, failed(TOO_MANY, 20), 9, { phase: 'confirm' });
    expect(await get(id)).toMatchObject({ state: 'confirming', nextAttemptAt: t(20), failures: 1, cause: TOO_MANY });
    await attempt(id, delivered, 20, { phase: 'confirm' });
    expect(await get(id)).toMatchObject({ state: 'delivered', token: null });
    expect((await attempts(id)).map(({ n, phase, outcome }) => [n, phase, outcome])).toEqual([
      [4, 'confirm', 'delivered'],
      [3, 'confirm', 'failed'],
      [2, 'confirm', 'pending'],
      [1, 'deliver', 'accepted'],
    ]);
  });

  it('blocks what the receiver refuses, until an operator commands it', async () => {
    const { db, attempt, begin, get } = world();
    const id = await start();
    await attempt(id, failed(TOO_MANY, 10), 1);
    await attempt(id, failed(REFUSED, null), 10);
    expect(await get(id)).toMatchObject({ state: 'blocked', cause: REFUSED, nextAttemptAt: null, failures: 2 });
    expect(await begin(id, 20)).toEqual({ kind: 'blocked' });
    await db.deliveries.commandRetry(id, { ...who(30), reason: 'receiver was mended' });
    expect(await get(id)).toMatchObject({ state: 'blocked', command: { what: 'retry', at: t(30), by: OPERATOR.name } });
    expect(await begin(id, 31, { phase: 'confirm' })).toEqual({ kind: 'blocked' });
    expect(await begin(id, 31)).toEqual({ kind: 'go', attempt: 3, probe: false, openMs: 0 });
    expect(await get(id)).toMatchObject({ state: 'trying', command: null, failures: 0 });
  });

  it('closes the attempt of a worker that died as unknown, and tries again', async () => {
    const { begin, finish, get } = world();
    const id = await start();
    await begin(id, 1);
    expect(await begin(id, 60)).toMatchObject({ kind: 'go', attempt: 2 });
    expect((await attempts(id)).map(({ outcome, finishedAt }) => [outcome, finishedAt])).toEqual([
      [null, null],
      ['unknown', t(60)],
    ]);
    // The dead worker was only slow. Its failure is no news; that it delivered is.
    await finish(id, 1, failed(TOO_MANY, 70), 61);
    expect(await get(id)).toMatchObject({ state: 'trying', failures: 1, cause: { code: 'attempt.lost' } });
    await finish(id, 1, delivered, 62);
    expect(await get(id)).toMatchObject({ state: 'delivered' });
    await finish(id, 2, failed(TOO_MANY, 70), 63);
    expect(await get(id)).toMatchObject({ state: 'delivered' });
  });

  it('never confirms what is being delivered again', async () => {
    const { begin } = world();
    const id = await start();
    await begin(id, 1);
    expect(await begin(id, 2, { phase: 'confirm' })).toEqual({ kind: 'busy', behind: id });
  });

  it('ends skipped when the integration wants none of it', async () => {
    const { attempt, get } = world();
    const id = await start();
    await attempt(id, { outcome: 'skipped', message: 'only releases', evidence: {} }, 1);
    expect(await get(id)).toMatchObject({ state: 'skipped', skipped: { by: 'integration', reason: 'only releases' } });
  });

  it('expires at an attempt, time held not counted', async () => {
    const { db, begin, attempt, get } = world();
    const id = await start();
    await attempt(id, failed(TOO_MANY, 10), 1);
    await db.holds.pause('dt', 'maintenance', who(DAY));
    await db.holds.resume('dt', who(4 * DAY));
    expect(await get(id)).toMatchObject({ heldMs: 3 * DAY * 1000 });
    expect(await begin(id, 17 * DAY)).toMatchObject({ kind: 'go' });
    await world().finish(id, 2, failed(TOO_MANY, 18 * DAY), 17 * DAY);
    expect(await begin(id, 17 * DAY + 1)).toEqual({ kind: 'final', state: 'expired' });
    expect(await get(id)).toMatchObject({ state: 'expired', attempts: 2, cause: TOO_MANY });
  });

  it('counts from the command what an operator tries again, and from its acceptance what is confirmed', async () => {
    const { db, begin, finish, attempt } = world();
    const id = await start();
    await attempt(id, failed(REFUSED, null), 1);
    await db.deliveries.commandRetry(id, { ...who(30 * DAY), reason: null });
    expect(await begin(id, 30 * DAY)).toMatchObject({ kind: 'go' });
    await finish(id, 2, acceptedUntil(40 * DAY), 30 * DAY);
    const confirm = { phase: 'confirm', expiresAfterMs: HOUR * 1000 } as const;
    expect(await begin(id, 30 * DAY + HOUR, confirm)).toMatchObject({ kind: 'go', attempt: 3 });
    await finish(id, 3, { outcome: 'pending', nextAttemptAt: t(41 * DAY), evidence: {} }, 30 * DAY + HOUR);
    expect(await begin(id, 30 * DAY + HOUR + 1, confirm)).toEqual({ kind: 'final', state: 'expired' });
  });

  it.each([10, 11])('counts time held once: retried as the probe on day 10, lifted on day %i', async (lifted) => {
    const { db, attempt, begin, get } = world();
    const id = await start();
    await attempt(id, failed(TOO_MANY, 10), 1);
    await db.holds.break('dt', UNAUTHORIZED, t(MINUTE));
    await db.deliveries.commandRetry(id, { ...who(10 * DAY), reason: null });
    await db.holds.claimProbe('dt', 'p1', t(10 * DAY));
    expect(await attempt(id, failed(TOO_MANY, 11 * DAY), 10 * DAY)).toMatchObject({ state: 'waiting' });
    await db.holds.heal('dt', 'its test passed', t(lifted * DAY));
    expect(await get(id)).toMatchObject({ heldMs: (lifted * DAY - MINUTE) * 1000 });
    // 14 days from the command, and what it was held after that.
    const last = (14 + lifted) * DAY;
    await attempt(id, failed(TOO_MANY, last + 1), last);
    expect(await begin(id, last + 1)).toEqual({ kind: 'final', state: 'expired' });
  });

  it('counts time held once when it is accepted while the destination is held', async () => {
    const { db, begin, finish } = world();
    const id = await start();
    await begin(id, 1);
    await db.holds.pause('dt', 'maintenance', who(DAY));
    await finish(id, 1, acceptedUntil(6 * DAY), 3 * DAY);
    await db.holds.resume('dt', who(5 * DAY));
    const confirm = { phase: 'confirm', expiresAfterMs: DAY * 1000 } as const;
    expect(await begin(id, 6 * DAY, confirm)).toMatchObject({ kind: 'go' });
    await finish(id, 2, { outcome: 'pending', nextAttemptAt: t(7 * DAY), evidence: {} }, 6 * DAY);
    expect(await begin(id, 6 * DAY + 1, confirm)).toEqual({ kind: 'final', state: 'expired' });
  });

  it('derives stuck from age alone', async () => {
    const { db, get, attempt } = world();
    await world().connect('slow', '2h');
    const { deliveries } = await world().accept('one', 0);
    const id = deliveries[0]?.id ?? '';
    expect(await get(id, 2 * HOUR)).toMatchObject({ stuck: false });
    expect(await get(id, 2 * HOUR + 1)).toMatchObject({ stuck: true, attempts: 0 });
    await db.destinations.put({
      name: 'slow',
      spec: { integration: 'webhook', config: {}, allow: [], limits: {}, stuckAfter: '3h' },
      secrets: {},
      ...who(0),
    });
    expect(await get(id, 2 * HOUR + 1)).toMatchObject({ stuck: false });
    await attempt(id, delivered, 4 * HOUR);
    expect(await get(id, 5 * HOUR)).toMatchObject({ stuck: false });
  });

  it('asks for a test when the destination itself may be broken, and blocks when the test passes', async () => {
    const { db, attempt, get } = world();
    const id = await start();
    expect(await attempt(id, failed(UNAUTHORIZED, 6), 1)).toEqual({ state: 'waiting', brokenSuspected: true });
    expect(await db.deliveries.refuse(id, UNAUTHORIZED, t(2))).toBe('blocked');
    expect(await get(id)).toMatchObject({ state: 'blocked', nextAttemptAt: null, cause: UNAUTHORIZED });
    expect(await db.deliveries.refuse(id, UNAUTHORIZED, t(3))).toBe('blocked');
    expect(await world().db.holds.of('dt')).toEqual([]);
  });

  it('does not refuse one that was taken up or skipped meanwhile', async () => {
    const { db, attempt, begin } = world();
    const id = await start();
    await attempt(id, failed(UNAUTHORIZED, 6), 1);
    await begin(id, 6);
    expect(await db.deliveries.refuse(id, UNAUTHORIZED, t(7))).toBe('trying');
    await db.deliveries.skip(id, { ...who(8), reason: 'not needed' });
    expect(await db.deliveries.refuse(id, UNAUTHORIZED, t(9))).toBe('skipped');
  });

  it('says which delivery or attempt it does not know', async () => {
    const { begin, finish } = world();
    const id = await start();
    await expect(begin('dlv_none', MINUTE)).rejects.toThrow('dlv_none');
    await expect(finish(id, 7, delivered, MINUTE)).rejects.toThrow('attempt 7');
  });
}
