import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createConfirm } from '../../activities/confirm.ts';
import { createDeliver } from '../../activities/deliver.ts';
import type { Deps } from '../../activities/deps.ts';
import { type Confirmation, DeliveryError, defineIntegration } from '../../activities/integrations/define.ts';
import type { Database } from '../../db/database.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { createWorld, HOUR, t, type World, who } from '../db/world.ts';

/** What the receiver answers when it is asked; an error is thrown. */
let answer: Confirmation | DeliveryError;
const WITHIN_H = 6;
const slow = defineIntegration({
  id: 'webhook',
  title: 'A slow receiver',
  summary: 'Takes everything and works on it.',
  config: z.looseObject({}),
  secrets: z.strictObject({}),
  options: z.strictObject({}),
  takes: 'attestation',
  dedupe: 'key',
  limits: { timeoutMs: 1000, maxBytes: 1000, concurrency: 1 },
  confirmWithinMs: WITHIN_H * HOUR * 1000,
  testHasEffects: false,
  codes: {},
  test: async () => [{ name: 'reachable', outcome: 'ok', detail: 'it answers' }],
  deliver: async () => ({ result: 'accepted', token: 'job-1', checkAfterMs: 1000 }),
  confirm: async () => {
    if (answer instanceof DeliveryError) throw answer;
    return answer;
  },
});

let db: Database;
let world: World;
let seconds: number;
let id: string;
beforeEach(async () => {
  db = openSqliteDatabase({ path: ':memory:' });
  world = await createWorld(db);
  await world.connect('dt');
  seconds = 0;
  id = await world.deliver('one', 0);
  expect(await run(createDeliver(deps()))).toEqual({ state: 'confirming' });
});
afterEach(() => db.close());

/** What the two activities use of a worker's wiring. */
const deps = (): Deps =>
  ({
    db,
    integrations: { webhook: slow },
    openSecrets: async () => ({}),
    clock: () => new Date(t(seconds)),
    random: () => 0.5,
    processId: 'p1',
    publicUrl: 'http://127.0.0.1:7080',
    log: { info: () => {}, warn: () => {}, error: () => {} },
  }) as unknown as Deps;

/**
 * As a worker runs it for the workflow that carries the delivery, or another: with a heartbeat that nobody hears. Answers
 * how it ended, the way Temporal would see it.
 */
async function run(activity: (deliveryId: string) => Promise<unknown>, workflowId?: string): Promise<unknown> {
  const context = {
    heartbeat: () => {},
    cancellationSignal: new AbortController().signal,
    info: { workflowExecution: { workflowId: workflowId ?? (await world.get(id)).workflowId } },
  } as unknown as Context;
  try {
    return await asyncLocalStorage.run(context, () => activity(id));
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return { failure: error.type, message: error.message };
  }
}
const askAt = (hours: number) => {
  seconds = hours * HOUR;
  return run(createConfirm(deps()));
};
const PENDING: Confirmation = { state: 'pending', checkAfterMs: 1000, detail: 'position 7 in the queue' };
const AWAY = new DeliveryError('retry', 'http.503', 'the receiver is overloaded');

describe('a delivery that another workflow carries by now', () => {
  it('is let go of by the one before: nothing is called, nothing is written', async () => {
    answer = new DeliveryError('delivery', 'called', 'nobody may call');
    const before = await world.get(id);
    expect(await run(createConfirm(deps()), 'attestation/before/1')).toEqual({ state: 'elsewhere' });
    expect(await run(createDeliver(deps()), 'attestation/before/1')).toEqual({ state: 'elsewhere' });
    expect(await world.get(id)).toEqual(before);
  });
});

describe('what a receiver accepted', () => {
  it.each([
    ['says for ever that it works on it', PENDING, 'position 7 in the queue'],
    ['cannot be asked any more', AWAY, 'http.503: the receiver is overloaded'],
  ])('is blocked when the time to confirm is over and the receiver %s', async (_, said, shown) => {
    answer = said;
    expect(await askAt(WITHIN_H - 1)).toMatchObject({ failure: 'Pending' });
    expect(await world.get(id)).toMatchObject({ state: 'confirming' });
    expect(await askAt(WITHIN_H + 1)).toMatchObject({
      failure: 'Blocked',
      message: expect.stringContaining('unconfirmed'),
    });
    const { state, cause } = await world.get(id, seconds);
    expect([state, cause?.code]).toEqual(['blocked', 'unconfirmed']);
    expect(cause?.message).toContain(shown);
  });

  it('has the time that its destination was held besides', async () => {
    answer = PENDING;
    await db.holds.pause('dt', 'their maintenance', who(HOUR));
    expect(await askAt(WITHIN_H + 1)).toMatchObject({ failure: 'Held' });
    await db.holds.resume('dt', who(11 * HOUR));
    expect(await askAt(10 + WITHIN_H - 1)).toMatchObject({ failure: 'Pending' });
    expect(await askAt(10 + WITHIN_H + 1)).toMatchObject({ failure: 'Blocked' });
  });

  it('is delivered when the last answer is that it arrived, late as it is', async () => {
    answer = { state: 'done', externalId: 'x-1' };
    expect(await askAt(WITHIN_H + 5)).toEqual({ state: 'delivered' });
  });

  it('is blocked with the receiver’s own words when it failed there', async () => {
    answer = { state: 'failed', code: 'import.failed', reason: 'BOM has no serial number' };
    expect(await askAt(1)).toMatchObject({ failure: 'Blocked' });
    const cause = { code: 'import.failed', message: 'BOM has no serial number' };
    expect(await world.get(id)).toMatchObject({ state: 'blocked', cause });
  });

  it('is asked again for as long when an operator retries it while it confirms', async () => {
    answer = AWAY;
    expect(await askAt(WITHIN_H - 1)).toMatchObject({ failure: 'Pending' });
    await db.deliveries.commandRetry(id, { ...who((WITHIN_H - 1) * HOUR), reason: null });
    expect(await askAt(WITHIN_H + 1)).toMatchObject({ failure: 'Pending' });
    expect(await askAt(2 * WITHIN_H + 2)).toMatchObject({ failure: 'Blocked' });
  });
});
