import { setImmediate as turn } from 'node:timers/promises';
import type { z } from '@hono/zod-openapi';
import type { Integration } from '../../activities/integrations/define.ts';
import { planReplay, type ReplayStep } from '../../attestation/delivery/plan-replay.ts';
import { queues, ReplayEffect } from '../../attestation/delivery/replay.ts';
import type { ApiDeps } from '../deps.ts';
import type { Aim } from './aim.ts';
import type { ReplayForeseen } from './schema.ts';

type Deps = Pick<ApiDeps, 'db' | 'clock' | 'integrations'>;
type Foreseen = Omit<z.output<typeof ReplayForeseen>, 'id' | 'dryRun'>;
type Effects = Foreseen['effects'];

/** Attestations of one read of the database: nobody else waits longer than for these. */
const PAGE = 100;

/**
 * What a replay would do, counted page by page without writing anything. `atLeast`: `patienceMs` was over before the end.
 * `stopAbove`: the caller wants no more than to know that there are more than these.
 */
export async function foresee(
  { db, clock, integrations }: Deps,
  { spec, destination, attachments }: Aim,
  asked: { throughSeq?: number | undefined; patienceMs: number; stopAbove?: number | undefined },
): Promise<Foreseen> {
  const began = performance.now();
  const seenAt = clock().toISOString();
  const throughSeq = Math.min(asked.throughSeq ?? Number.POSITIVE_INFINITY, await db.replays.latestSeq());
  const attachmentUids = attachments.map(({ uid }) => uid);
  const tally = createTally();
  let attestations = 0;
  let looked = 0;
  while (looked < throughSeq && tally.count() <= (asked.stopAbove ?? Number.POSITIVE_INFINITY)) {
    const page = await db.replays.candidates({ spec, attachmentUids, afterSeq: looked, throughSeq, limit: PAGE });
    for (const candidate of page.items) {
      const steps = planReplay({ spec, replayId: 'rpl_dry-run', candidate, attachments });
      for (const step of steps) tally.add(candidate.attestationId, step);
    }
    attestations += page.items.length;
    looked = page.looked;
    if (performance.now() - began >= asked.patienceMs) break;
    await turn();
  }
  const { integration } = destination.spec;
  const dedupe = integrations[integration]?.dedupe ?? 'none';
  const again = tally.effects.filter(({ effect }) => mayPostAgain(effect, dedupe)).reduce(sum, 0);
  return {
    spec,
    count: tally.count(),
    atLeast: looked < throughSeq,
    attestations,
    effects: tally.effects.sort((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect)),
    attachments: [...tally.attachments].map(([attachment, count]) => ({ attachment, count })),
    mayRepeat: again > 0 ? [{ destination: destination.name, integration, dedupe, count: again }] : [],
    holds: await db.holds.of(destination.name),
    throughSeq,
    seenAt,
  };
}

const ORDER = ReplayEffect.options;
const sum = (total: number, { count }: { count: number }): number => total + count;

/**
 * Whether the receiver may take it for something new though it has it: it recognises nothing, or only the key, which a
 * repeat does not share with what arrived. One that ended without arriving may have arrived without an answer.
 */
const mayPostAgain = (effect: ReplayEffect, dedupe: Integration['dedupe']): boolean =>
  effect === 'repeat' ? dedupe === 'none' || dedupe === 'key' : effect === 'reopen' && dedupe === 'none';

function createTally() {
  const effects: Effects = [];
  const attachments = new Map<string, number>();
  return {
    effects,
    attachments,
    count: () => effects.filter(({ effect }) => queues(effect)).reduce(sum, 0),
    add(attestation: string, { effect, delivery }: ReplayStep): void {
      const known = effects.find((row) => row.effect === effect);
      if (known) known.count++;
      else effects.push({ effect, count: 1, example: { attestation, delivery: existing(effect, delivery.id) } });
      if (queues(effect)) attachments.set(delivery.attachment, (attachments.get(delivery.attachment) ?? 0) + 1);
    },
  };
}

/** What is yet to be inserted cannot be looked at. */
const existing = (effect: ReplayEffect, id: string): string | null =>
  effect === 'create' || effect === 'repeat' ? null : id;
