import { and, asc, eq, inArray, isNotNull, isNull, lt, notInArray, sql } from 'drizzle-orm';
import { redeliveryWorkflowId } from '../../attestation/names.ts';
import type { Hosts } from '../hosts.ts';
import { attestations, deliveries, holds } from '../schema.ts';
import type { Connection } from './connection.ts';
import { selectDeliveries, toDelivery } from './deliveries/records.ts';
import { placeholderFor } from './placeholders.ts';

export function hostVerbs({ db, read, write }: Connection): Hosts {
  const openOf = (workflowId: string) =>
    db
      .select({ id: deliveries.id, destination: deliveries.destination, createdAt: deliveries.createdAt })
      .from(deliveries)
      .where(and(eq(deliveries.workflowId, workflowId), isNull(deliveries.finishedAt)))
      .orderBy(asc(deliveries.createdAt), asc(deliveries.id))
      .all();

  /** A replay's workflow hosts many attestations. */
  const openIn = (workflowId: string, attestationId: string) =>
    and(
      eq(deliveries.workflowId, workflowId),
      eq(deliveries.attestationId, attestationId),
      isNull(deliveries.finishedAt),
    );
  const longestUnseen = db
    .select({ workflowId: deliveries.workflowId, attestationId: deliveries.attestationId })
    .from(deliveries)
    .where(
      and(
        isNull(deliveries.finishedAt),
        sql`${deliveries.hostCheckedAt} < ${placeholderFor('before', deliveries.hostCheckedAt)}`,
      ),
    )
    .orderBy(asc(deliveries.hostCheckedAt))
    .limit(1)
    .prepare();

  return {
    staleCommands: (before, limit, at) =>
      write(() => {
        const held = db.select({ destination: holds.destination }).from(holds);
        const found = selectDeliveries(db)
          .where(
            and(
              lt(deliveries.commandSentAt, before),
              isNotNull(deliveries.commandAt),
              notInArray(deliveries.destination, held),
            ),
          )
          .orderBy(asc(deliveries.commandSentAt))
          .limit(limit)
          .all();
        const ids = found.map(({ id }) => id);
        if (ids.length > 0) db.update(deliveries).set({ commandSentAt: at }).where(inArray(deliveries.id, ids)).run();
        return found.map((row) => toDelivery(row, at));
      }),

    untold: (before, limit, at) =>
      write(() => {
        const found = db
          .select({ id: deliveries.id, workflowId: deliveries.workflowId, state: deliveries.state })
          .from(deliveries)
          .where(and(lt(deliveries.commandSentAt, before), isNotNull(deliveries.finishedAt)))
          .orderBy(asc(deliveries.commandSentAt))
          .limit(limit)
          .all();
        const ids = found.map(({ id }) => id);
        if (ids.length > 0) db.update(deliveries).set({ commandSentAt: at }).where(inArray(deliveries.id, ids)).run();
        return found;
      }),

    told: (id) =>
      write(() => {
        db.update(deliveries)
          .set({ commandSentAt: null })
          .where(and(eq(deliveries.id, id), isNotNull(deliveries.finishedAt)))
          .run();
      }),

    toCheck: (before, limit, at) =>
      write(() => {
        const found: { workflowId: string; attestationId: string }[] = [];
        // One after the other, along the index: to group them reads every open delivery, while all writers wait.
        while (found.length < limit) {
          const next = longestUnseen.get({ before });
          if (!next) break;
          const { workflowId, attestationId } = next;
          db.update(deliveries).set({ hostCheckedAt: at }).where(openIn(workflowId, attestationId)).run();
          found.push(next);
        }
        return found;
      }),

    rehost: (workflowId, attestationId, at) =>
      write(() => {
        const open = db
          .select({ id: deliveries.id })
          .from(deliveries)
          .where(openIn(workflowId, attestationId))
          .limit(1)
          .get();
        if (!open) return undefined;
        const counted = db
          .update(attestations)
          .set({ redeliveries: sql`${attestations.redeliveries} + 1` })
          .where(eq(attestations.id, attestationId))
          .returning({ n: attestations.redeliveries })
          .get();
        if (!counted) return undefined;
        const next = redeliveryWorkflowId(attestationId, counted.n);
        db.update(deliveries)
          .set({ workflowId: next, hostCheckedAt: at })
          .where(openIn(workflowId, attestationId))
          .run();
        return { workflowId: next, deliveries: openOf(next) };
      }),

    hosted: (workflowId) => read(() => openOf(workflowId)),
  };
}
