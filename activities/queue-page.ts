import type { ReplaySpec } from '../attestation/delivery/replay.ts';
import { planPage } from '../attestation/delivery/replay-page.ts';
import type { ReplayTurn } from '../db/replays.ts';
import { SYSTEM } from '../db/verbs.ts';
import type { Deps } from './deps.ts';

type Going = ReplayTurn & { kind: 'go' };

/**
 * Queues what the next attestations are owed, as much as the lane has room for. Another lane may be faster, then nothing
 * is written: whoever asks for the lane's turn again sees what there is. Without an attachment left the replay is over.
 */
export async function queuePage(
  deps: Pick<Deps, 'db' | 'integrations' | 'clock'>,
  { id, lane }: { id: string; lane: number },
  { spec, room, cursorSeq, throughSeq }: Going,
): Promise<void> {
  const { replays } = deps.db;
  const attachments = await attachmentsOf(deps, spec);
  if (attachments.length === 0) {
    const reason = `nothing is attached to ${spec.destination}${spec.attachment ? ` by ${spec.attachment}` : ''} any more`;
    await replays.steer(id, 'cancelled', { by: SYSTEM, at: deps.clock().toISOString(), reason });
    return;
  }
  const attachmentUids = attachments.map(({ uid }) => uid);
  const { items, looked } = await replays.candidates({
    ...{ spec, attachmentUids, throughSeq },
    ...{ afterSeq: cursorSeq, limit: room },
  });
  const page = planPage({ spec, replayId: id, candidates: items, attachments, room, looked });
  const { planned, toSeq } = page;
  await replays.queue({ id, lane, fromSeq: cursorSeq, toSeq, planned, at: deps.clock().toISOString() });
}

async function attachmentsOf(
  { db, integrations }: Pick<Deps, 'db' | 'integrations'>,
  { destination, attachment }: ReplaySpec,
) {
  return (await db.attachments.all()).flatMap(({ uid, name, spec, integration }) => {
    const takes = integrations[integration]?.takes;
    const isMeant = spec.destination === destination && (attachment === undefined || name === attachment);
    return isMeant && takes ? [{ uid, name, spec, takes }] : [];
  });
}
