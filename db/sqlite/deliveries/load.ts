import { and, asc, eq, sql } from 'drizzle-orm';
import type { Deliveries } from '../../deliveries.ts';
import { attachments, attestations, deliveries, destinations, judgements, materials } from '../../schema.ts';
import { toAttachment } from '../attachments.ts';
import type { Connection } from '../connection.ts';
import { toDestination } from '../destinations.ts';
import { toMaterial } from '../material-rows.ts';
import { selectDeliveries, toDelivery, toDeliveryWithoutAge } from './records.ts';

/** One delivery: as a record, and with everything its attempt needs. */
export function loadVerbs({ db, read }: Connection): Pick<Deliveries, 'load' | 'get'> {
  const delivery = selectDeliveries(db)
    .where(eq(deliveries.id, sql.placeholder('id')))
    .prepare();
  const destination = db
    .select()
    .from(destinations)
    .where(eq(destinations.name, sql.placeholder('name')))
    .prepare();
  const attachment = db
    .select()
    .from(attachments)
    .where(eq(attachments.uid, sql.placeholder('uid')))
    .prepare();
  const attestation = db
    .select({
      id: attestations.id,
      project: attestations.project,
      pipeline: attestations.pipeline,
      statementDigest: attestations.statementDigest,
      receivedAt: attestations.receivedAt,
      n: judgements.n,
      subjects: judgements.subjects,
    })
    .from(attestations)
    .innerJoin(judgements, and(eq(judgements.attestationId, attestations.id), eq(judgements.n, attestations.latest)))
    .where(eq(attestations.id, sql.placeholder('id')))
    .prepare();
  const materialsOf = db
    .select()
    .from(materials)
    .where(and(eq(materials.attestationId, sql.placeholder('id')), eq(materials.n, sql.placeholder('n'))))
    .orderBy(asc(materials.position))
    .prepare();

  return {
    get: (id, at) =>
      read(() => {
        const row = delivery.get({ id });
        return row && toDelivery(row, at);
      }),

    load: (id) =>
      read(() => {
        const row = delivery.get({ id });
        const to = row && destination.get({ name: row.destination });
        const by = row && attachment.get({ uid: row.attachmentUid });
        const of = row && attestation.get({ id: row.attestationId });
        if (!row || !to || !by || !of) return undefined;
        const { n, ...rest } = of;
        return {
          delivery: toDeliveryWithoutAge(row),
          destination: toDestination(to),
          attachment: toAttachment(by),
          attestation: rest,
          materials: materialsOf.all({ id: rest.id, n }).map(toMaterial),
        };
      }),
  };
}
