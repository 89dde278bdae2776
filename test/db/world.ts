import { planDeliveries } from '../../attestation/delivery/plan.ts';
import { sha256Hex } from '../../attestation/ids.ts';
import type { AttemptResult, Cause } from '../../db/attempts.ts';
import type { Concluded } from '../../db/attestations.ts';
import type { Database } from '../../db/database.ts';
import type { Begun } from '../../db/deliveries.ts';
import type { Conclusion } from '../../db/judgements.ts';
import type { PipelineRecord } from '../../db/pipelines.ts';

/** How a backend is opened for a test: a fresh, empty database. */
export type OpenDatabase = () => Promise<Database> | Database;

/** A time so many seconds into the test's day. */
export const t = (seconds: number): string => new Date(Date.UTC(2026, 2, 1) + seconds * 1000).toISOString();
export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;
const EXPIRES_AFTER_MS = 14 * DAY * 1000;

export const OPERATOR = { id: 'tok_1', name: 'olga' };
export const who = (seconds: number) => ({ by: OPERATOR, at: t(seconds) });

export const TOO_MANY: Cause = { scope: 'retry', code: 'http.503', message: 'the receiver is overloaded' };
export const REFUSED: Cause = { scope: 'delivery', code: 'http.422', message: 'the receiver refuses this document' };
export const UNAUTHORIZED: Cause = {
  scope: 'destination',
  code: 'http.401',
  message: 'the receiver knows no such key',
};

export const delivered: AttemptResult = {
  outcome: 'delivered',
  externalId: 'ext-1',
  url: 'https://r.example/1',
  evidence: { status: 201 },
};
export const acceptedUntil = (seconds: number): AttemptResult => ({
  outcome: 'accepted',
  token: 'job-7',
  nextAttemptAt: t(seconds),
  evidence: { status: 202 },
});
export const failed = (cause: Cause, next: number | null): AttemptResult => ({
  outcome: 'failed',
  ...cause,
  nextAttemptAt: next === null ? null : t(next),
  evidence: { status: 500, latencyMs: 12.6, bodyHead: 'no' },
});

export const destinationSpec = (stuckAfter = '15m') => ({
  integration: 'webhook',
  config: { url: 'https://r.example' },
  allow: [],
  limits: {},
  stuckAfter,
});
export const attachmentSpec = (destination: string) => ({
  destination,
  pipelines: ['*/*'],
  materials: {},
  options: {},
});

/** A small, real population: pipeline `acme/api` under contract `base`, and whatever a test sends through it. */
export async function createWorld(db: Database) {
  await db.contracts.put({ name: 'base', text: 'schemaVersion: v1\n', digest: 'd1', ...who(0) });
  const put = await db.pipelines.put({ project: 'acme', name: 'api', spec: { contract: 'base' }, ...who(0) });
  if (!put) throw new Error('the contract is there');
  const pipeline = put.record;

  const receive = (name: string, at: number, of: PipelineRecord = pipeline) =>
    db.attestations.receive({
      id: `att_${name}`,
      pipeline: of,
      statementDigest: sha256Hex(name),
      statements: [{ sha256: sha256Hex(`bytes of ${name}`), size: 10 }],
      parts: [],
      receivedBy: 'tok_ci',
      at: t(at),
    });

  /** All attachments there are, planned as the product does it. */
  async function conclusion(attestationId: string, changes: Partial<Conclusion> = {}): Promise<Conclusion> {
    const materials = [material('sbom', 'SBOM_CYCLONEDX_JSON')];
    const attachments = (await db.attachments.all()).map((attachment) => ({
      ...attachment,
      takes: 'attestation' as const,
    }));
    return {
      verdict: 'accepted',
      checks: [],
      verification: [],
      annotations: {},
      subjects: [{ name: 'app', digest: { sha256: sha256Hex(`subject of ${attestationId}`) } }],
      materials,
      deliveries: planDeliveries({
        attestationId,
        project: 'acme',
        pipeline: 'api',
        materials: materials.map(({ name, type, sha256 }) => ({ name, type, sha256, hasBytes: true })),
        attachments,
      }),
      vsa: `{"signed":"${attestationId}"}`,
      ...changes,
    };
  }

  async function accept(name: string, at: number, of?: PipelineRecord): Promise<Concluded> {
    const { id, n } = await receive(name, at, of);
    await db.attestations.pin(id, n, t(at));
    return db.attestations.conclude(id, n, await conclusion(id), t(at));
  }

  /** A destination with an attachment of every pipeline. */
  async function connect(name: string, stuckAfter?: string): Promise<void> {
    await db.destinations.put({ name, spec: destinationSpec(stuckAfter), secrets: {}, ...who(0) });
    await attach(`to-${name}`, name);
  }

  async function attach(name: string, destination: string): Promise<void> {
    await db.attachments.put({ name, spec: attachmentSpec(destination), ...who(0) });
  }

  /** An accepted attestation's one delivery. */
  async function deliver(name: string, at: number): Promise<string> {
    const { deliveries } = await accept(name, at);
    const [delivery] = deliveries;
    if (!delivery) throw new Error('expected a destination to be connected before');
    return delivery.id;
  }

  const begin = (
    id: string,
    at: number,
    more: Partial<Parameters<Database['deliveries']['begin']>[0]> = {},
  ): Promise<Begun> =>
    db.deliveries.begin({
      id,
      phase: 'deliver',
      processId: 'p1',
      orderKey: null,
      expiresAfterMs: EXPIRES_AFTER_MS,
      attemptMs: 150_000,
      at: t(at),
      ...more,
    });

  const finish = (id: string, attempt: number, result: AttemptResult, at: number, testHasEffects = false) =>
    db.deliveries.finish({ id, attempt, result, testHasEffects, at: t(at) });

  /** Begins, which must go, and ends with this result. */
  async function attempt(
    id: string,
    result: AttemptResult,
    at: number,
    more: Parameters<typeof begin>[2] & { testHasEffects?: boolean } = {},
  ) {
    const { testHasEffects = false, ...input } = more;
    const begun = await begin(id, at, input);
    if (begun.kind !== 'go') throw new Error(`expected it to go, found ${JSON.stringify(begun)}`);
    return finish(id, begun.attempt, result, at, testHasEffects);
  }

  async function get(id: string, at = 0) {
    const record = await db.deliveries.get(id, t(at));
    if (!record) throw new Error(`expected a delivery ${id}`);
    return record;
  }

  return { db, pipeline, receive, conclusion, accept, connect, attach, deliver, begin, finish, attempt, get };
}

const material = (name: string, type: string) => ({
  name,
  type,
  slot: name,
  how: 'signed name',
  sha256: sha256Hex(name),
  size: 10,
  mediaType: 'application/json',
  bytes: 'stored' as const,
  facts: { component: 'app@1' },
  validation: { outcome: 'valid' as const, checked: 'schema' as const, format: 'CycloneDX 1.5' },
  annotations: {},
});
export type World = Awaited<ReturnType<typeof createWorld>>;
