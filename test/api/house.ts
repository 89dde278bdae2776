import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integrations } from '../../activities/integrations/index.ts';
import { createApi } from '../../api/app.ts';
import { mintToken } from '../../api/auth/token.ts';
import { type ApiConfig, type ApiDeps, DEFAULT_CONFIG } from '../../api/deps.ts';
import type { DeliveryRef, Engine, JudgementRef } from '../../api/engine.ts';
import type { ContractCheck, ContractChecked } from '../../attestation/contract/again.ts';
import { planDeliveries } from '../../attestation/delivery/plan.ts';
import { sealSecret } from '../../attestation/delivery/seal.ts';
import type { TokenRole } from '../../attestation/resources.ts';
import type { Check, StatementVerification, Verdict } from '../../attestation/verdict.ts';
import { shipped } from '../../attestation/verify/published.ts';
import type { Database } from '../../db/database.ts';
import type { MaterialRecord } from '../../db/judgements.ts';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { SYSTEM } from '../../db/verbs.ts';
import { createFileStore } from '../../store/files.ts';
import { makeEnvelope, makeStatement, toBytes } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';

/** What `fetch` sends. */
type Sendable = NonNullable<RequestInit['body']>;

export const CONTRACT = 'schemaVersion: v1\nmaterials:\n  - { type: SBOM_CYCLONEDX_JSON, name: skynet-sbom }\n';
export const SEALING_KEY = Buffer.alloc(32, 7);

const PASSED: Check = { code: 'signature.valid', outcome: 'passed', message: 'Signed with a registered key.' };
const FAILED: Check = {
  code: 'material.missing',
  outcome: 'failed',
  subject: 'skynet-sbom',
  message: 'Expected a material skynet-sbom, found none; attach it.',
};

/** The API on a real database in memory and a real store on disk. Only the engine is a stand-in: it judges by the test's word. */
export function createHouse(more: Partial<ApiConfig> = {}, instead: Partial<Pick<ApiDeps, 'integrations'>> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-api-'));
  const db = openSqliteDatabase({ path: ':memory:' });
  const time = { now: Date.parse('2026-03-01T03:00:00.000Z') };
  const clock = () => new Date(time.now);
  const who = () => ({ by: SYSTEM, at: clock().toISOString() });
  const lines: { fields: object; message: string }[] = [];
  const note = (fields: object, message: string) => void lines.push({ fields, message });
  const engine = createStubEngine(db, clock);
  const deps: ApiDeps = {
    db,
    store: createFileStore(dir),
    engine,
    integrations,
    builtIn: shipped,
    config: { ...DEFAULT_CONFIG, ...more, limits: { ...DEFAULT_CONFIG.limits, ...more.limits } },
    seal: (plaintext) => sealSecret(SEALING_KEY, 'k1', plaintext),
    clock,
    log: { info: note, warn: note, error: note },
    ...instead,
  };
  const app = createApi(deps);

  const house = {
    db,
    app,
    deps,
    engine,
    dir,
    lines,
    clock,
    pass: (ms: number) => {
      time.now += ms;
    },
    close: () => {
      db.close();
      rmSync(dir, { recursive: true, force: true });
    },

    async token(role: TokenRole, scope: string[] = [], expiresAt: string | null = null) {
      const { id, token, hash } = mintToken();
      await db.tokens.create({ id, hash, name: `${role} token`, role, scope, expiresAt, ...who() });
      return { id, token };
    },

    async request(
      token: string | undefined,
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ) {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData;
      return app.request(path, {
        method,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && !isRaw && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isRaw ? (body as Sendable) : JSON.stringify(body) }),
      });
    },

    /** A pipeline with its contract, as a fresh installation has it. */
    async pipeline(path = 'acme/skynet') {
      const [project = '', name = ''] = path.split('/');
      const digest = '0'.repeat(64);
      await db.contracts.put({ name: 'skynet-contract', text: CONTRACT, digest, ...who() });
      await db.pipelines.put({ project, name, spec: { contract: 'skynet-contract' }, ...who() });
    },

    /** A webhook that gets every accepted attestation. */
    async destination(name = 'hook') {
      const spec = {
        integration: 'webhook',
        config: { url: 'https://example.com/hook' },
        allow: [],
        limits: {},
        stuckAfter: '15m',
      };
      await db.destinations.put({
        name,
        spec,
        secrets: { signingSecret: { ref: 'env:WAYBILL_SECRET_HOOK' } },
        ...who(),
      });
      await db.attachments.put({
        name: `to-${name}`,
        spec: { destination: name, pipelines: ['*/*'], materials: {}, options: {} },
        ...who(),
      });
    },

    async submit(
      token: string,
      body: unknown = envelope(),
      headers: Record<string, string> = {},
      path = 'acme/skynet',
    ) {
      return house.request(token, 'POST', `/v1/pipelines/${path}/attestations`, body, headers);
    },
  };
  return house;
}
export type House = ReturnType<typeof createHouse>;

const KEY = makeKey('ed25519', { name: 'release' });

/** A signed envelope; another seed, another statement. */
export const envelope = (seed = 'one'): Buffer<ArrayBuffer> =>
  Buffer.from(toBytes(makeEnvelope(KEY, makeStatement({ predicate: { seed } }))));

/** What a test decides: how the next judgements end, that nobody judges, or that it takes until nobody waits. */
function createStubEngine(db: Database, clock: () => Date) {
  const engine = {
    verdict: 'accepted' as Verdict | 'none' | 'pending',
    checks: undefined as Check[] | undefined,
    verification: [] as StatementVerification[],
    materials: [] as MaterialRecord[],
    testChecks: [{ name: 'signed test event', outcome: 'ok' as const, detail: 'the receiver answered 200' }] as
      | Awaited<ReturnType<Engine['testDestination']>>
      | undefined,
    isReachable: true,
    asked: [] as { ref: JudgementRef; waitMs: number }[],
    started: [] as JudgementRef[],
    woken: [] as { ref: DeliveryRef; what: string }[],

    async judge(ref: JudgementRef, waitMs: number, signal?: AbortSignal) {
      engine.asked.push({ ref, waitMs });
      if (engine.verdict === 'pending') {
        if (!signal) throw new Error('expected a signal that ends the waiting');
        await once(signal, 'abort');
        return 'undecided' as const;
      }
      if (engine.verdict === 'none') return 'undecided' as const;
      await conclude(ref);
      return 'decided' as const;
    },
    async start(ref: JudgementRef) {
      engine.started.push(ref);
    },
    async wake({ id, workflowId, state }: DeliveryRef, what: 'retry' | 'skip') {
      engine.woken.push({ ref: { id, workflowId, state }, what });
    },
    replays: [] as string[],
    async startReplay(id: string) {
      engine.replays.push(id);
    },
    testDestination: async () => engine.testChecks,
    contractChecks: [] as ContractCheck[],
    contractChecked: undefined as ContractChecked | { kept: string } | undefined,
    checkContract: async (asked: ContractCheck) => {
      engine.contractChecks.push(asked);
      return engine.contractChecked;
    },
    workflowUrl: (id: string) => `http://localhost:8233/namespaces/default/workflows/${encodeURIComponent(id)}`,
    reachable: async () => engine.isReachable,
  };

  async function conclude({ id, n, project, pipeline }: JudgementRef) {
    const at = clock().toISOString();
    await db.attestations.pin(id, n, at);
    const accepted = engine.verdict === 'accepted';
    const attachments = (await db.attachments.all()).map((row) => ({ ...row, takes: 'attestation' as const }));
    await db.attestations.conclude(
      id,
      n,
      {
        verdict: accepted ? 'accepted' : 'rejected',
        checks: engine.checks ?? (accepted ? [PASSED] : [PASSED, FAILED]),
        verification: engine.verification,
        annotations: {},
        subjects: [],
        materials: accepted ? engine.materials : [],
        deliveries: accepted
          ? planDeliveries({ attestationId: id, project, pipeline, materials: [], attachments })
          : [],
        vsa: `{"signed":"${id}"}`,
      },
      at,
    );
  }
  return engine satisfies Engine;
}

export type ProblemBody = Record<string, unknown> & { code: string; detail: string; status: number };
/** The problem that an answer is; fails the test when it is none. */
export async function problemOf(answer: Response): Promise<ProblemBody> {
  const type = answer.headers.get('content-type');
  if (type !== 'application/problem+json')
    throw new Error(`expected a problem, got ${answer.status} ${type}: ${await answer.text()}`);
  return (await answer.json()) as ProblemBody;
}
