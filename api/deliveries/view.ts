import type { z } from '@hono/zod-openapi';
import type { AttemptRecord } from '../../db/attempts.ts';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import type { Engine } from '../engine.ts';
import type { Attempt, Delivery } from './schema.ts';

/** A delivery as it is answered. What the receiver gave to ask with (`token`) stays inside. */
export function viewDelivery(engine: Engine, record: DeliveryRecord): z.output<typeof Delivery> {
  const temporal = engine.workflowUrl(record.workflowId);
  const { material, materialSha256 } = record;
  return {
    id: record.id,
    attestationId: record.attestationId,
    project: record.project,
    pipeline: record.pipeline,
    destination: record.destination,
    attachment: record.attachment,
    material: material && materialSha256 !== null ? { ...material, sha256: materialSha256 } : null,
    state: record.state,
    held: record.held,
    stuck: record.stuck,
    createdAt: record.createdAt,
    changedAt: record.changedAt,
    nextAttemptAt: record.nextAttemptAt,
    attempts: record.attempts,
    failures: record.failures,
    cause: record.cause,
    idempotencyKey: record.idempotencyKey,
    externalId: record.externalId,
    url: record.url,
    acceptedAt: record.acceptedAt,
    supersededBy: record.supersededBy,
    skipped: record.skipped,
    command: record.command,
    replay: record.replayId,
    links: { attestation: `/v1/attestations/${record.attestationId}`, ...(temporal && { temporal }) },
  };
}

export const viewAttempt = (record: AttemptRecord): z.output<typeof Attempt> => ({
  n: record.n,
  phase: record.phase,
  startedAt: record.startedAt,
  finishedAt: record.finishedAt,
  outcome: record.outcome,
  scope: record.scope,
  code: record.code,
  message: record.message,
  status: record.status,
  latencyMs: record.latencyMs,
  bodyHead: record.bodyHead,
  probe: record.probe,
});
