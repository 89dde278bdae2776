import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { type Progress, searchTerms } from './progress.ts';
import type { ReplayPlan } from './steps.ts';

const AttState = defineSearchAttributeKey('AttState', 'KEYWORD');
const AttVerdict = defineSearchAttributeKey('AttVerdict', 'KEYWORD');
const AttContract = defineSearchAttributeKey('AttContract', 'KEYWORD');
const AttDelivery = defineSearchAttributeKey('AttDelivery', 'KEYWORD_LIST');
const AttStuckSince = defineSearchAttributeKey('AttStuckSince', 'DATETIME');

/** What a judgement adds to the first upsert. */
export type Judged = { verdict: string; contract: string };

/** Shows the deliveries in the Temporal UI: one upsert a change, coarse states only (PROTOCOLS D). */
export function publish(all: readonly Progress[], judged?: Judged): void {
  const has = (state: Progress['state']) => all.some((progress) => progress.state === state);
  const state = has('blocked') ? 'blocked' : has('stuck') ? 'stuck' : has('open') ? 'delivering' : 'done';
  upsertSearchAttributes([
    { key: AttState, value: state },
    { key: AttDelivery, value: searchTerms(all) },
    { key: AttStuckSince, value: oldestTrouble(all) },
    ...(judged
      ? [
          { key: AttVerdict, value: judged.verdict },
          { key: AttContract, value: judged.contract },
        ]
      : []),
  ]);
  setCurrentDetails(
    all
      .map(
        (progress) =>
          `- **${progress.delivery.destination}** ${progress.state}${progress.note ? `: ${progress.note}` : ''} \`${progress.delivery.id}\``,
      )
      .join('\n'),
  );
}

/** Shows a replay: what is said of its deliveries one by one is in the database. */
export function publishReplay(plan: ReplayPlan): void {
  const { destination } = plan;
  upsertSearchAttributes([
    { key: AttState, value: plan.over ? 'done' : 'delivering' },
    { key: AttDelivery, value: [`${plan.over ? 'final' : 'open'}:${destination}`] },
  ]);
  showReplay(plan);
}

/** Costs no history. */
export function showReplay(plan: ReplayPlan): void {
  const { destination, mode, queued } = plan;
  const far = plan.over ? `${plan.state}, ${queued} deliveries queued` : `${queued} of ${plan.total} deliveries queued`;
  setCurrentDetails(
    `replay of what is ${mode === 'missing' ? 'missing at' : 'wanted again by'} **${destination}**: ${far}`,
  );
}

function oldestTrouble(all: readonly Progress[]): Date | null {
  const times = all
    .filter((progress) => progress.state === 'stuck' || progress.state === 'blocked')
    .map((progress) => Date.parse(progress.delivery.createdAt));
  return times.length > 0 ? new Date(Math.min(...times)) : null;
}
