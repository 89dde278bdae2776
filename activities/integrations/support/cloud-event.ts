import type { DeliveryForIntegration } from '../define.ts';

/** Receivers of webhooks expect less than 20 kB; the rest stands behind the link. */
const LISTED = 50;

/** CloudEvents 1.0 event of an accepted attestation. The same delivery makes the same bytes at every attempt. */
export function acceptedEvent(delivery: DeliveryForIntegration, links: { attestation: string }): object {
  const { subjects, materials } = delivery;
  const digest = subjects.find((subject) => subject.digest.sha256)?.digest.sha256;
  return {
    specversion: '1.0',
    id: delivery.id,
    type: 'dev.waybill.attestation.accepted.v1',
    source: `/pipelines/${delivery.project}/${delivery.pipeline}`,
    subject: digest ? `sha256:${digest}` : delivery.attestationId,
    time: delivery.receivedAt,
    datacontenttype: 'application/json',
    data: {
      attestationId: delivery.attestationId,
      project: delivery.project,
      pipeline: delivery.pipeline,
      verdict: delivery.verdict,
      statementDigest: `sha256:${delivery.statementDigest}`,
      receivedAt: delivery.receivedAt,
      subjectCount: subjects.length,
      subjects: subjects.slice(0, LISTED).map(({ name, digest }) => ({ name, digest })),
      materialCount: materials.length,
      materials: materials
        .slice(0, LISTED)
        .map(({ name, type, sha256, size, mediaType }) => ({ name, type, sha256, size, mediaType })),
      links,
    },
  };
}

/** What a destination's test posts; receivers answer 2xx and do nothing. */
export const testEvent = (id: string, at: Date): object => ({
  specversion: '1.0',
  id,
  type: 'dev.waybill.test.v1',
  source: '/waybill',
  time: at.toISOString(),
  datacontenttype: 'application/json',
  data: { message: 'A test of this destination. Nothing happened, nothing needs to be done.' },
});
