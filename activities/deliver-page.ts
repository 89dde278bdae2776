import { Context as ActivityContext, ApplicationFailure } from '@temporalio/activity';
import type { ReplayNews, ReplayTurn } from '../db/replays.ts';
import type { DeliveryFailure, LaneTurn } from '../workflows/steps.ts';
import { createConfirm } from './confirm.ts';
import { createDeliver } from './deliver.ts';
import type { Deps } from './deps.ts';
import { deliveryFailure, impossible } from './failure.ts';
import { HELD_LOOK_AGAIN_MS } from './prologue.ts';
import { queuePage } from './queue-page.ts';
import { lanesFor } from './replay-lanes.ts';

/** Longest time between the beginnings of a turn's first and last delivery: then what comes now may have the place. */
const TURN_MS = 5000;
/** A pause or an end is seen within this time and the delivery that is on its way. */
const LOOK_EVERY_MS = 500;
/** Deliveries of a lane that are open at once, blocked ones not counted. */
const WINDOW = 50;
const BEAT_MS = 3000;
const PAUSED_LOOK_AGAIN_MS = 5000;
const LONGEST_WAIT_MS = 30_000;
/** So often a lane waits on before its workflow may change the number of lanes. */
const WAITS = 6;

type Lane = { id: string; lane: number; lanes: number };
type Due = (ReplayTurn & { kind: 'go' })['due'][number];
/** How a delivery came out of its turn: `left` was not tried, and is looked at in a later one. */
type Came = { as: 'arrived' | 'tried' | 'left' } | { as: 'refused' | 'held'; said: string };

/**
 * A turn of one lane of a replay: delivers, one after the other, what of its own is due, by the same steps as a delivery
 * with an activity of its own; when nothing is, it queues more. With nothing to do it comes back by the server's retry,
 * which costs no history. The rows are the truth: whatever ends a turn, the next one goes on from there.
 */
export function createDeliverPage(deps: Deps) {
  const steps = { deliver: createDeliver(deps), confirm: createConfirm(deps) };

  /** Asks for one delivery's next step. What its own activity would go back to the server with is on record. */
  async function step({ id, state }: Due): Promise<Came> {
    try {
      const done = await (state === 'confirming' ? steps.confirm(id) : steps.deliver(id));
      return { as: done.state === 'delivered' || done.state === 'confirming' ? 'arrived' : 'tried' };
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      switch (error.type as DeliveryFailure) {
        case 'Retry':
        case 'Pending':
        case 'Expired':
          return { as: 'tried' };
        case 'Blocked':
          return { as: 'refused', said: error.message };
        case 'Held':
          return { as: 'held', said: error.message };
        case 'Busy':
          return { as: 'left' };
        default:
          deps.log.warn({ delivery: id, error: error.message }, 'could not be tried by its replay');
          return { as: 'left' };
      }
    }
  }

  /** Until the lane has nothing to do, the time is over, or the process is told to end. */
  async function turn(lane: Lane, isEnding: () => boolean): Promise<LaneTurn> {
    const until = performance.now() + TURN_MS;
    const seen = new Set<string>();
    let news = NO_NEWS;
    let tried = 0;
    for (;;) {
      const at = deps.clock().toISOString();
      const now = await deps.db.replays.take({ ...lane, window: WINDOW, news, at });
      if (!now) throw impossible('REPLAY_MISSING', `no replay ${lane.id} on record`);
      if (now.kind === 'over') return { over: true };
      const due = now.due.filter((one) => !seen.has(keyOf(one)));
      if (now.kind === 'paused' && due.length === 0) throw paused(now.reason);
      const { lanes, rated } = await lookUp(deps, now.spec.destination);
      const isOver = () => isEnding() || performance.now() >= until || (rated && tried > 0);
      const result: LaneTurn = { over: false, lanes, queued: now.queued };
      if (isOver()) return result;

      if (now.kind === 'go' && due.length === 0 && now.room > 0 && now.cursorSeq < now.throughSeq) {
        await queuePage(deps, lane, now);
        continue;
      }
      if (now.kind === 'go' && due.length === 0) {
        const { attempt } = ActivityContext.current().info;
        if (attempt >= WAITS) return result;
        throw nothingDue(now.nextAt === null ? undefined : Date.parse(now.nextAt) - Date.parse(at), attempt);
      }

      news = NO_NEWS;
      const lookAgain = performance.now() + LOOK_EVERY_MS;
      for (const one of due) {
        if (isOver() || performance.now() >= lookAgain) break;
        seen.add(keyOf(one));
        const came = await step(one);
        if (came.as === 'held') throw deliveryFailure('Held', came.said, HELD_LOOK_AGAIN_MS);
        if (came.as !== 'left') tried += 1;
        news = heard(news, came);
      }
    }
  }

  return async (id: string, lane: number, lanes: number): Promise<LaneTurn> => {
    const activity = ActivityContext.current();
    const beat = setInterval(() => activity.heartbeat(), BEAT_MS);
    const isEnding = () => activity.cancellationSignal.aborted || deps.ending?.aborted === true;
    try {
      return await turn({ id, lane, lanes }, isEnding);
    } finally {
      clearInterval(beat);
    }
  };
}

/** What every turn needs to know anew: limits may have changed. */
async function lookUp(deps: Deps, name: string) {
  const destination = await deps.db.destinations.get(name);
  if (!destination) throw deliveryFailure('Retry', `destination ${name} was deleted`, LONGEST_WAIT_MS);
  const { integration } = destination.spec;
  if (!deps.integrations[integration])
    throw deliveryFailure('Retry', `this worker has no integration ${integration}`, 60_000);
  // The server counts turns: where it lets through so many a second, a turn is one delivery.
  return { lanes: lanesFor(deps, destination), rated: destination.spec.limits.ratePerSecond !== undefined };
}

/** One delivery may be sent and then confirmed in the same turn, neither of them twice. */
const keyOf = ({ id, state }: Due): string => `${id} ${state === 'confirming'}`;

const NO_NEWS: ReplayNews = { arrived: false, refused: 0, said: '' };

function heard(news: ReplayNews, came: Came): ReplayNews {
  if (came.as === 'arrived') return { ...NO_NEWS, arrived: true };
  return came.as === 'refused' ? { ...news, refused: news.refused + 1, said: came.said } : news;
}

const paused = (reason: string | null) =>
  deliveryFailure('Held', `the replay is paused${reason === null ? '' : `: ${reason}`}`, PAUSED_LOOK_AGAIN_MS);

/** Until the next one is due, and longer from look to look: other lanes may have more for it to do, or end the replay. */
const nothingDue = (nextInMs = Number.POSITIVE_INFINITY, attempt: number) =>
  deliveryFailure(
    'Pending',
    'nothing is due now',
    Math.min(Math.max(nextInMs, 100), 1000 * 2 ** attempt, LONGEST_WAIT_MS),
  );
