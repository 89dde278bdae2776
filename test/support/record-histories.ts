import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { replayWorkflowId } from '../../attestation/names.ts';
import { findTemporalCli } from '../../temporal/cli-binary.ts';
import { eventually } from './eventually.ts';
import { type Installation, startInstallation } from './installation.ts';
import { createFaultProxy } from './receivers/fault-proxy.ts';
import { createWebhookReceiver } from './receivers/webhook.ts';
import { aBuild, anAttestation, createTenant, makeSbom, SBOM_CONTRACT, type Tenant } from './tenant.ts';
import { aWebhookSecret } from './webhook-secret.ts';

/**
 * node test/support/record-histories.ts [name…]: records test/histories/<name>.json anew, from real runs on a whole
 * installation; with no name all of them. All are recorded when the workflows change on purpose in a way that histories
 * in flight need not survive; before a release has run anywhere, that is. Afterwards such a change needs `patched`, the
 * old histories stay, and a new one is recorded beside them.
 */
const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));
const BIOME = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url));

type Stage = Awaited<ReturnType<typeof setStage>>;

/** Answers with the attestation whose judgement is recorded, or with the replay. */
const STORIES: Record<string, (stage: Stage) => Promise<string>> = {
  accepted: async ({ tenant }) => judged(tenant, aBuild(tenant.key)),
  rejected: async ({ tenant }) => judged(tenant, anAttestation(tenant.key)),
  'heavy-inspection': async ({ tenant }) => judged(tenant, aBuild(tenant.key, makeSbom('large', 1_200_000))),
  'stuck-then-delivered': async ({ tenant, proxy }) => {
    proxy.always = { kind: 'status', status: 503 };
    const id = await judged(tenant, aBuild(tenant.key));
    await untilState(tenant, id, 'stuck');
    proxy.always = undefined;
    return id;
  },
  'blocked-then-retried': async ({ tenant, proxy, act }) => {
    proxy.always = { kind: 'status', status: 422 };
    const id = await judged(tenant, aBuild(tenant.key));
    await untilState(tenant, id, 'blocked');
    proxy.always = undefined;
    await act('retry');
    return id;
  },
  skipped: async ({ tenant, proxy, act }) => {
    proxy.always = { kind: 'status', status: 503, headers: { 'retry-after': '3600' } };
    const id = await judged(tenant, aBuild(tenant.key));
    await eventually(async () => assert((await tenant.deliveries())[0]?.state === 'waiting'));
    await act('skip');
    return id;
  },
  // Its namesake without the ending looked at its row once more: recorded before a workflow was told that it need not.
  'blocked-then-skipped-at-once': async ({ tenant, proxy, act }) => {
    proxy.always = { kind: 'status', status: 422 };
    const id = await judged(tenant, aBuild(tenant.key));
    await untilState(tenant, id, 'blocked');
    await act('skip');
    return id;
  },
  'replay-done': async (stage) => {
    await judged(stage.tenant, aBuild(stage.tenant.key));
    return stage.replay();
  },
  'replay-cancelled': async (stage) => {
    await judged(stage.tenant, aBuild(stage.tenant.key));
    await eventually(async () => assert((await stage.tenant.deliveries())[0]?.state === 'delivered'));
    await stage.house.http.post(`/v1/destinations/${stage.destination}/pause`, { reason: 'recorded' });
    const id = await stage.replay();
    await stage.house.http.post(`/v1/replays/${id}/cancel`, { reason: 'recorded' });
    return id;
  },
};

async function record(house: Installation, name: string, story: (stage: Stage) => Promise<string>): Promise<void> {
  const stage = await setStage(house);
  try {
    const id = await story(stage);
    const isReplay = id.startsWith('rpl_');
    if (!isReplay) await untilState(stage.tenant, id, 'done');
    const workflowId = isReplay ? replayWorkflowId(id) : `attestation/${stage.tenant.project}/release/${id}/1`;
    await house.client.workflow.getHandle(workflowId).result();
    const history = await house.client.workflow.getHandle(workflowId).fetchHistory();
    const text = JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) as unknown }, forget, 2);
    if (text.includes(hostname())) throw new Error(`expected nothing about this machine in ${name}, found its name`);
    writeFileSync(`${FOLDER}${name}.json`, `${text}\n`);
  } finally {
    await stage.close();
  }
}

async function setStage(house: Installation) {
  const tenant = await createTenant(house, { contract: SBOM_CONTRACT });
  const secret = aWebhookSecret();
  const hook = await createWebhookReceiver(secret);
  const proxy = await createFaultProxy(hook.url);
  const destination = await tenant.webhook(proxy.url, secret, { stuckAfter: '2s' });
  return {
    house,
    tenant,
    proxy,
    destination,
    async replay(): Promise<string> {
      await eventually(async () => assert((await tenant.deliveries())[0]?.state === 'delivered'));
      const asked = { destination, mode: 'again', expectAtMost: 1 };
      return (await house.http.post<{ id: string }>('/v1/replays', asked)).body.id;
    },
    async act(what: 'retry' | 'skip'): Promise<void> {
      const [delivery] = await tenant.deliveries();
      await house.http.post(`/v1/deliveries/${delivery?.id}/${what}`, { reason: 'recorded' });
    },
    close: () => Promise.all([proxy.close(), hook.close()]),
  };
}

async function judged(tenant: Tenant, body: Uint8Array | FormData): Promise<string> {
  return (await tenant.send(body)).body.id;
}

const untilState = (tenant: Tenant, id: string, state: string) =>
  eventually(async () => assert(String((await tenant.workflow(id)).AttState) === state));

function assert(holds: boolean): void {
  if (!holds) throw new Error('not yet');
}

/** Who ran it, where in its sources it failed, and how its queue was called there is nobody's business. */
function forget(field: string, value: unknown): unknown {
  if (field === 'identity') return 'recorder';
  if (field === 'stackTrace') return '';
  if (field === 'taskQueue' && typeof value === 'object' && value !== null && 'normalName' in value)
    return { ...value, name: 'sticky' };
  return value;
}

const log = (line: string) => process.stderr.write(`${line}\n`);
const named = process.argv.slice(2);
const wanted = Object.entries(STORIES).filter(([name]) => named.length === 0 || named.includes(name));
if (wanted.length === 0)
  throw new Error(`expected names of ${Object.keys(STORIES).join(', ')}, found ${named.join(', ')}`);
if (named.length === 0) rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const house = await startInstallation(await findTemporalCli({ env: process.env, log }));
try {
  for (const [name, story] of wanted) {
    await record(house, name, story);
    log(`${name}: ${readFileSync(`${FOLDER}${name}.json`).length} bytes`);
  }
} finally {
  await house.dispose();
}
execFileSync(BIOME, ['format', '--write', FOLDER], { stdio: 'inherit' });
