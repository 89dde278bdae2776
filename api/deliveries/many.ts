import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { acts, type DeliveryAction } from '../../attestation/delivery/action.ts';
import { decodeCursor, encodeCursor } from '../../db/cursor.ts';
import type { Asked, DeliveryRecord } from '../../db/deliveries.ts';
import type { DeliveryFilter, DeliveryTally } from '../../db/delivery-lists.ts';
import type { Actor } from '../../db/verbs.ts';
import type { ApiDeps } from '../deps.ts';
import { problem } from '../problem.ts';
import { effectsOf, repeatsOf, tallyOf } from './effects.ts';
import { wake } from './wake.ts';

/** Of one call; the caller goes on with the cursor of its answer. */
const MOST_PER_CALL = 1000;
/** Of one transaction: other writers wait no longer than for these. */
const PAGE = 100;
const WAKES_AT_ONCE = 16;
/** With Temporal away each wake takes its full time; what is not woken by then, the sweeper wakes. */
const WAKE_PATIENCE_MS = 10_000;

type Deps = Pick<ApiDeps, 'db' | 'clock' | 'log' | 'integrations'> & { engine: Pick<ApiDeps['engine'], 'wake'> };

/** Named ones, or all open ones that a filter chooses and that were there at `seenAt`. `visible` is in the filter. */
export type Choice = { filter: DeliveryFilter; seenAt: string };
export type ManyRequest = Choice & {
  by: Actor;
  /** The call goes on where the one that gave this cursor stopped. */
  cursor?: string | undefined;
  /** More than these are not acted on: then nothing is. */
  expectAtMost?: number | undefined;
  /** What the audit says was chosen. */
  about: Record<string, unknown>;
} & Asked;

/** What an action would do. Nothing is written. */
export async function foresee(deps: Deps, action: DeliveryAction, choice: Choice) {
  return outcomeOf(deps, action, await deps.db.deliveries.tally(chosen(choice), choice.seenAt));
}

/**
 * Acts on many, page by page, each delivery in the way it is acted on alone, and wakes their workflows. Doing it again
 * does nothing twice: what is final, or was asked for already, is left as it is. The audit knows the whole before the
 * first is touched. Fails with 409 `deliveries.more-than-expected` when there are more than the caller has seen.
 */
export async function actOnMany(deps: Deps, request: ManyRequest) {
  const begun = request.cursor === undefined ? await begin(deps, request) : await resume(deps, request, request.cursor);
  if (!begun)
    return {
      id: null,
      seenAt: request.seenAt,
      remaining: 0,
      next: null,
      ...(await outcomeOf(deps, request.action, [])),
    };
  const { id, seenAt } = begun;
  const filter = chosen({ ...request, seenAt });
  const until = deps.clock().getTime() + WAKE_PATIENCE_MS;
  const tallies: DeliveryTally[] = [];
  let { left, from } = begun;
  for (let taken = 0; left > 0 && taken < MOST_PER_CALL; ) {
    const limit = Math.min(PAGE, left, MOST_PER_CALL - taken);
    const page = await deps.db.deliveries.list(filter, { limit, cursor: from }, seenAt);
    const ids = page.items.map((delivery) => delivery.id);
    const done = await deps.db.deliveries.act({ ...request, ids, of: id, at: deps.clock().toISOString() });
    tallies.push(...done.map(({ delivery }) => tallyOf(delivery)));
    const changed = done.filter(({ effect }) => acts(effect)).map(({ delivery }) => delivery);
    await wakeAll(deps, changed, request.action, until);
    taken += page.items.length;
    from = page.next ?? undefined;
    left = from === undefined ? 0 : left - page.items.length;
  }
  const next = left > 0 && from !== undefined ? encodeCursor([id, seenAt, left, from]) : null;
  return { id, seenAt, remaining: left, next, ...(await outcomeOf(deps, request.action, tallies)) };
}

type Begun = { id: string; seenAt: string; left: number; from?: string | undefined };

/** Counts, and writes down who asked for what. Undefined: there is nothing to act on. */
async function begin(deps: Deps, request: ManyRequest): Promise<Begun | undefined> {
  const { action, by, reason, about, expectAtMost, seenAt } = request;
  const tallies = await deps.db.deliveries.tally(chosen(request), seenAt);
  const { count } = await outcomeOf(deps, action, tallies);
  if (expectAtMost !== undefined && count > expectAtMost) throw moreThanExpected(expectAtMost, count);
  if (count === 0) return undefined;
  const id = `act_${randomUUID().replaceAll('-', '')}`;
  const detail = { reason, count, ...about };
  await deps.db.audit.append({
    action: `deliveries.${action}`,
    target: id,
    detail,
    by,
    at: deps.clock().toISOString(),
  });
  return { id, seenAt, left: tallies.reduce((total, tally) => total + tally.count, 0) };
}

/** Only what the same person began, with the same words: a cursor is no way around the count or the audit. */
async function resume({ db }: Deps, request: ManyRequest, cursor: string): Promise<Begun> {
  const [id = '', seenAt = '', left = 0, from = ''] = decodeCursor(cursor, ['', '', 0, ''] as const) ?? [];
  const [entry] = (await db.audit.list({ target: id, action: `deliveries.${request.action}` }, { limit: 1 })).items;
  const { reason, about } = request;
  const { count: _, ...begun } = entry?.detail ?? {};
  const same = isDeepStrictEqual(begun, JSON.parse(JSON.stringify({ reason, ...about })));
  if (entry?.actor.id !== request.by.id || !same) throw notBegun();
  return { id, seenAt, left, from };
}

function chosen({ filter, seenAt }: Choice): DeliveryFilter {
  if (filter.ids) return filter;
  const olderThan = filter.olderThan !== undefined && filter.olderThan < seenAt ? filter.olderThan : seenAt;
  return { ...filter, open: true, olderThan };
}

async function outcomeOf(deps: Deps, action: DeliveryAction, tallies: readonly DeliveryTally[]) {
  const effects = effectsOf(action, tallies);
  const count = effects.filter(({ effect }) => acts(effect)).reduce((total, effect) => total + effect.count, 0);
  return { action, count, effects, mayRepeat: await repeatsOf(deps, action, tallies) };
}

const notBegun = () =>
  problem(
    400,
    'cursor.invalid',
    'expected the cursor of an action that was begun with the same token, action, filter and reason; send the same request again, or begin anew without a cursor',
  );

const moreThanExpected = (expected: number, found: number) =>
  problem(
    409,
    'deliveries.more-than-expected',
    `expected at most ${expected} deliveries to act on, found ${found}; nothing was done: look at what they are (dryRun) and ask again`,
    { more: { expected: String(expected), found: String(found) } },
  );

async function wakeAll(deps: Deps, deliveries: readonly DeliveryRecord[], what: DeliveryAction, until: number) {
  for (let from = 0; from < deliveries.length && deps.clock().getTime() <= until; from += WAKES_AT_ONCE) {
    const some = deliveries.slice(from, from + WAKES_AT_ONCE);
    await Promise.all(some.map((delivery) => wake(deps, delivery, what)));
  }
}
