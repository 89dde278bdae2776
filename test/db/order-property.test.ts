import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinal } from '../../attestation/delivery/state.ts';
import type { AttemptResult } from '../../db/attempts.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { properties } from '../support/properties.ts';
import { acceptedUntil, createWorld, delivered, failed, REFUSED, TOO_MANY, type World, who } from './world.ts';

const DELIVERIES = 4;
/** Longest that an attempt may take in the world of these tests. */
const CALL_S = 150;

/** What may happen next, to one of the deliveries: a worker's step, an operator's word, or the death of a worker. */
const steps = fc.array(
  fc.record({
    which: fc.nat(DELIVERIES - 1),
    what: fc.constantFrom('begin', 'begin', 'deliver', 'accept', 'fail', 'refuse', 'crash', 'skip', 'retry'),
    seconds: fc.integer({ min: 1, max: 90 }),
  }),
  { minLength: 10, maxLength: 50 },
);
type Step = { which: number; what: string; seconds: number };

/** Runs the steps, and after each of them holds the world against what must hold. */
async function play(world: World, run: number, script: readonly Step[]): Promise<void> {
  const ids: string[] = [];
  const orderKey = `key of run ${run}`;
  for (let n = 0; n < DELIVERIES; n += 1) ids.push(await world.deliver(`r${run}d${n}`, n));
  /** Calls that run, by delivery: the attempt that its worker would report. */
  const calls = new Map<string, { attempt: number; phase: 'deliver' | 'confirm'; since: number }>();
  const arrived: number[] = [];
  let now = 10;

  for (const { which, what, seconds } of script) {
    const id = ids[which] ?? '';
    now += seconds;
    // Cut off: no call takes longer than that.
    for (const [called, { since }] of calls) if (now - since >= CALL_S) calls.delete(called);
    if (what === 'begin' && !calls.has(id)) {
      const phase = (await world.get(id)).state === 'confirming' ? 'confirm' : 'deliver';
      const begun = await world.begin(id, now, { orderKey, phase });
      if (begun.kind === 'go') calls.set(id, { attempt: begun.attempt, phase, since: now });
    }
    // The one that is being sent, where one is: that is where a skip is dangerous.
    const [sent = id] = calls.keys();
    if (what === 'skip') await world.db.deliveries.skip(sent, { ...who(now), reason: 'given up' });
    if (what === 'retry') await world.db.deliveries.commandRetry(id, { ...who(now), reason: null });
    for (const [called, { attempt, phase }] of calls) {
      const results: Record<string, AttemptResult> = {
        deliver: delivered,
        accept: phase === 'deliver' ? acceptedUntil(now) : delivered,
        fail: failed(TOO_MANY, now + 1),
        refuse: failed(REFUSED, null),
      };
      const result = results[what];
      if (what === 'crash' || result) calls.delete(called);
      if (!result) continue;
      const before = (await world.get(called)).state;
      const { state } = await world.finish(called, attempt, result, now);
      if (state === 'delivered' && !isFinal(before)) arrived.push(ids.indexOf(called));
    }
    await check(world, ids, new Set(calls.keys()), arrived);
  }
}

async function check(world: World, ids: string[], calling: ReadonlySet<string>, arrived: number[]): Promise<void> {
  const rows = await Promise.all(ids.map((id) => world.get(id)));
  const onTheirWay = rows.filter(({ id, state }) => ['trying', 'confirming'].includes(state) || calling.has(id));
  expect(onTheirWay.map(({ id }) => id).length).toBeLessThanOrEqual(1);
  expect(arrived).toEqual([...arrived].sort((a, b) => a - b));
  const newest = Math.max(-1, ...arrived);
  for (const [index, { state, supersededBy, attempts }] of rows.entries()) {
    if (state === 'superseded') expect(ids.indexOf(supersededBy ?? '')).toBeGreaterThan(index);
    // Nothing older waits for a hand: it was tried, so its key is known.
    if (index < newest && attempts > 0) expect(['blocked', 'waiting']).not.toContain(state);
  }
}

describe('deliveries under one key', () => {
  it('never overlap, and none arrives after a newer one, whatever comes between', async () => {
    const world = await createWorld(openSqliteDatabase({ path: ':memory:' }));
    await world.connect('dt');
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, (script) => {
        run += 1;
        return play(world, run, script);
      }),
      properties(80),
    );
    world.db.close();
  });
});
