import { Hono } from 'hono';
import { integrations } from '../../../activities/integrations/index.ts';
import { hashToken, mintToken } from '../../../api/auth/token.ts';
import type { PageDeps } from '../../../api/page/deps.ts';
import { createPage } from '../../../api/page/page.ts';
import { deliveryId, sha256Hex } from '../../../attestation/ids.ts';
import type { TokenRole } from '../../../attestation/resources.ts';
import type { Check } from '../../../attestation/verdict.ts';
import type { AttachmentRecord } from '../../../db/attachments.ts';
import type { AttemptResult } from '../../../db/attempts.ts';
import { openSqliteDatabase } from '../../../db/sqlite.ts';
import { SYSTEM } from '../../../db/verbs.ts';

const HOST = 'localhost:7080';
const NO_LOG = { info() {}, warn() {}, error() {} };
const SHA = (text: string) => sha256Hex(text);

/** A page on a real database in memory, a clock that stands still until it is moved, and an engine that notes what it is told. */
export function createHouse(config: PageDeps['config'] = {}) {
  const db = openSqliteDatabase({ path: ':memory:' });
  const time = { now: Date.parse('2026-03-01T03:00:00.000Z') };
  const replays: string[] = [];
  const woken: { id: string; what: 'retry' | 'skip' }[] = [];
  const engine: PageDeps['engine'] = {
    wake: async ({ id }, what) => void woken.push({ id, what }),
    startReplay: async (id) => void replays.push(id),
    workflowUrl: (id) => `http://localhost:8233/namespaces/default/workflows/${encodeURIComponent(id)}`,
    reachable: async () => true,
    testDestination: async () => undefined,
  };
  const clock = () => new Date(time.now);
  const at = () => clock().toISOString();
  const who = () => ({ by: SYSTEM, at: at() });
  const { app: page } = createPage({ db, engine, clock, log: NO_LOG, integrations, config });
  const app = new Hono().route('/', page);

  const house = {
    db,
    app,
    engine,
    woken,
    replays,
    clock,
    at,
    pass: (ms: number) => {
      time.now += ms;
    },

    async token(role: TokenRole, scope: string[] = [], expiresAt: string | null = null): Promise<string> {
      const { id, token } = mintToken();
      await db.tokens.create({ id, hash: hashToken(token), name: `${role}-token`, role, scope, expiresAt, ...who() });
      return token;
    },

    get: (path: string, cookie?: string, headers: Record<string, string> = {}) =>
      app.request(`http://${HOST}${path}`, { headers: { host: HOST, ...(cookie ? { cookie } : {}), ...headers } }),

    post: (path: string, form: Record<string, string>, cookie?: string, headers: Record<string, string> = {}) =>
      app.request(`http://${HOST}${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { host: HOST, origin: `http://${HOST}`, ...(cookie ? { cookie } : {}), ...headers },
      }),

    /** Signs in and returns the cookie. */
    async signIn(token: string): Promise<string> {
      const answer = await house.post('/session', { token, to: '/' });
      const cookie = answer.headers.get('set-cookie')?.split(';')[0];
      if (answer.status !== 303 || !cookie) throw new Error(`sign-in answered ${answer.status}`);
      return cookie;
    },
    async as(role: TokenRole, scope: string[] = []): Promise<string> {
      return house.signIn(await house.token(role, scope));
    },

    async destination(name: string, integration = 'webhook', stuckAfter = '15m') {
      const spec = { integration, config: {}, allow: [], limits: {}, stuckAfter };
      await db.destinations.put({ name, spec, secrets: {}, ...who() });
      return house.attach(`to-${name}`, name);
    },

    async attach(attachment: string, name: string) {
      const spec = { destination: name, pipelines: ['*/*'], materials: {}, options: {} };
      const put = await db.attachments.put({ name: attachment, spec, ...who() });
      if (!put) throw new Error('no attachment');
      return { name, attachment: put.record };
    },

    async pipeline(project: string, name: string) {
      const text = 'schemaVersion: v1\n';
      await db.contracts.put({ name: 'skynet-contract', text, digest: SHA(text), ...who() });
      const put = await db.pipelines.put({ project, name, spec: { contract: 'skynet-contract' }, ...who() });
      if (!put) throw new Error('no pipeline');
      return put.record;
    },

    /** Received, not judged. */
    async receive(path: string, seed: string) {
      const [project = '', name = ''] = path.split('/');
      const pipeline = await house.pipeline(project, name);
      const id = `att_${SHA(path + seed).slice(0, 32)}`;
      const statements = [{ sha256: SHA(seed), size: 900 }];
      const parts = [
        {
          name: 'skynet-sbom',
          sha256: SHA(`sbom${seed}`),
          sha512: 'ab'.repeat(64),
          size: 5120,
          mediaType: 'application/json',
        },
      ];
      const digest = SHA(`statement${seed}`);
      const receipt = await db.attestations.receive({
        id,
        pipeline,
        statementDigest: digest,
        statements,
        parts,
        receivedBy: 'ci-token',
        at: at(),
      });
      return { id, n: receipt.n, seed, project, pipeline: name };
    },

    /** Received and accepted, with one delivery to each destination. */
    async accept(
      path: string,
      seed: string,
      to: { name: string; attachment: AttachmentRecord }[],
      material = 'skynet-sbom',
      warnings: Check[] = [],
    ) {
      const received = await house.receive(path, seed);
      await db.attestations.pin(received.id, received.n, at());
      const sha256 = SHA(`sbom${seed}`);
      const deliveries = to.map(({ name, attachment }) => ({
        id: deliveryId(received.id, attachment.uid, sha256),
        attachmentUid: attachment.uid,
        attachment: attachment.name,
        destination: name,
        materialSha256: sha256,
      }));
      const conclusion = {
        verdict: 'accepted' as const,
        checks: [
          check('signature.valid', 'passed', 'Signed by the registered key skynet-release (ecdsa-p256-sha256).'),
          check('material.present', 'passed', 'skynet-sbom is a valid CycloneDX 1.5 document.'),
          ...warnings,
        ],
        verification: [verified(seed)],
        annotations: { channel: 'stable' },
        subjects: [{ name: 'release.tgz', digest: { sha256: SHA(`release${seed}`) } }],
        materials: [
          {
            name: material,
            type: 'SBOM_CYCLONEDX_JSON',
            slot: 'skynet-sbom',
            how: 'signed name',
            sha256,
            size: 5120,
            mediaType: 'application/json',
            bytes: 'stored' as const,
            validation: { outcome: 'valid' as const, checked: 'schema' as const, format: 'CycloneDX 1.5' },
            facts: { specVersion: '1.5', components: 214, mainComponent: { name: 'skynet', version: '1.4.0' } },
            annotations: {},
          },
        ],
        deliveries,
        vsa: '{}',
      };
      await db.attestations.conclude(received.id, received.n, conclusion, at());
      return { ...received, deliveries: deliveries.map(({ id }) => id) };
    },

    async reject(path: string, seed: string, message: string) {
      const received = await house.receive(path, seed);
      await db.attestations.pin(received.id, received.n, at());
      const missing = {
        ...check('material.missing', 'failed', message),
        subject: 'skynet-sbom',
        expected: 'SBOM_CYCLONEDX_JSON named skynet-sbom',
        found: 'no such material',
        remedy: 'Add the SBOM as a byproduct named skynet-sbom and send it along.',
        contractLine: 8,
      };
      const checks = [check('signature.valid', 'passed', 'Signed by the registered key skynet-release.'), missing];
      const nothing = { annotations: {}, subjects: [], materials: [], deliveries: [], vsa: '{}' };
      await db.attestations.conclude(
        received.id,
        received.n,
        { verdict: 'rejected', checks, verification: [verified(seed)], ...nothing },
        at(),
      );
      return received;
    },

    /** One attempt with this result. */
    async attempt(id: string, result: AttemptResult) {
      const begun = await db.deliveries.begin({
        id,
        phase: 'deliver',
        processId: 'worker-1',
        orderKey: null,
        expiresAfterMs: 14 * 86_400_000,
        attemptMs: 150_000,
        at: at(),
      });
      if (begun.kind !== 'go') throw new Error(`expected an attempt, got ${begun.kind}`);
      house.pass(120);
      return db.deliveries.finish({ id, attempt: begun.attempt, result, testHasEffects: true, at: at() });
    },
    fail: (id: string, scope: 'retry' | 'delivery' | 'destination', code: string, message: string, waitMs = 60_000) =>
      house.attempt(id, {
        outcome: 'failed',
        scope,
        code,
        message,
        nextAttemptAt: scope === 'delivery' ? null : new Date(time.now + waitMs).toISOString(),
        evidence: {
          status: Number(/\d{3}/.exec(code)?.[0] ?? 0),
          latencyMs: 118,
          bodyHead: `<html><h1>${code}</h1></html>`,
        },
      }),
    worker: () => db.processes.heartbeat({ id: 'worker-1', kind: 'worker', at: at() }),
  };
  return house;
}
export type House = ReturnType<typeof createHouse>;

const check = (code: string, outcome: Check['outcome'], message: string): Check => ({ code, outcome, message });
const verified = (seed: string) => ({
  sha256: SHA(seed),
  paeDigest: SHA(`pae${seed}`),
  result: 'verified' as const,
  predicateType: 'https://slsa.dev/provenance/v1',
  signers: [{ kind: 'key' as const, name: 'skynet-release', fingerprint: SHA('key'), algorithm: 'ecdsa-p256-sha256' }],
});
