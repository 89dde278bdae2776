import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { asyncLocalStorage } from '@temporalio/activity';
import { createConfirm } from '../../../activities/confirm.ts';
import { createDeliver } from '../../../activities/deliver.ts';
import type { Deps } from '../../../activities/deps.ts';
import type { Integration } from '../../../activities/integrations/define.ts';
import { createOpenSecrets } from '../../../activities/secrets.ts';
import { createTestDestination } from '../../../activities/test-destination.ts';
import { planDeliveries } from '../../../attestation/delivery/plan.ts';
import { sealSecret } from '../../../attestation/delivery/seal.ts';
import { sha256Hex } from '../../../attestation/ids.ts';
import type { Database } from '../../../db/database.ts';
import { openSqliteDatabase } from '../../../db/sqlite.ts';
import { createWorld, t, who } from '../../db/world.ts';
import { filesBelow, findIn, formsOf, type Place, piecesOf } from '../../support/canary.ts';
import { createTellTale } from '../../support/receivers/tell-tale.ts';
import { type SampleSettings, sampleSettings } from '../../support/sample-settings.ts';
import { makeSbom } from '../../support/tenant.ts';

const NAME = 'told';
const KEY = { id: 'key-1', key: Buffer.alloc(32, 7) };
/**
 * What of an integration's secrets comes to light, as `place: what`, when its receiver knows all of them and says them in
 * every way. Its steps are the real ones: everything that is written down or goes back to Temporal is looked through.
 * `heard` says what there was to look at. In as many `rounds` every answer is given, each to another of its calls.
 */
export async function leaksOf(integration: Integration, rounds = 2): Promise<{ found: string[]; heard: string[] }> {
  const secrets: string[] = [];
  const receiver = await createTellTale(() => secrets);
  try {
    const results = { found: [] as string[], heard: [] as string[] };
    for (const sample of sampleSettings(integration, receiver.url)) {
      secrets.splice(0, secrets.length, ...Object.values(sample.secrets));
      const { places, heard } = await live(integration, sample, rounds * receiver.answers);
      const forms = [...secrets.flatMap(formsOf), ...sample.canaries.flatMap(piecesOf)];
      results.found.push(...findIn(places, forms));
      results.heard.push(...heard);
    }
    return results;
  } finally {
    await receiver.close();
  }
}

/** Many deliveries, their confirmations, and tests in between; then everything that is left of them. */
async function live(
  integration: Integration,
  sample: SampleSettings,
  deliveries: number,
): Promise<{ places: Place[]; heard: string[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-leaks-'));
  const db = openSqliteDatabase({ path: join(dir, 'waybill.db') });
  const lines: string[] = [];
  const note = (what: unknown) => void lines.push(inspect(what, { depth: 12, maxStringLength: null }));
  let second = 0;
  const deps = depsOf(db, integration, note, () => new Date(t(second)));
  try {
    const world = await settle(db, integration, sample);
    for (let turn = 0; turn < deliveries; turn += 1) {
      second += 3600;
      const id = await world.plan(`a${turn}`, second);
      await db.holds.heal(NAME, 'the next one', t(second));
      const workflowId = (await db.deliveries.get(id, t(second)))?.workflowId;
      await step(() => createDeliver(deps)(id), workflowId).then(note);
      second += 60;
      if ((await db.deliveries.get(id, t(second)))?.state === 'confirming')
        await step(() => createConfirm(deps)(id), workflowId).then(note);
      if (turn % 2 === 0) await step(() => createTestDestination(deps)(NAME)).then(note);
    }
    const { items } = await db.deliveries.list({}, { limit: 200 }, t(second));
    const heard = items.map(({ state, cause }) => cause?.code ?? state);
    db.close();
    return { places: [...filesBelow(dir), { name: 'steps and logs', bytes: Buffer.from(lines.join('\n')) }], heard };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A step as a worker runs it; what it throws is what Temporal would be told. */
const step = (run: () => Promise<unknown>, workflowId?: string): Promise<unknown> => {
  const activity = {
    heartbeat: () => {},
    cancellationSignal: new AbortController().signal,
    info: { workflowExecution: { workflowId } },
  };
  return asyncLocalStorage.run(activity as never, () => run().catch((error: unknown) => error));
};

function depsOf(db: Database, integration: Integration, note: (what: unknown) => void, clock: () => Date): Deps {
  const log = { info: note, warn: (...all: unknown[]) => note(all), error: (...all: unknown[]) => note(all) };
  const used: Partial<Deps> = {
    db,
    integrations: { [integration.id]: integration },
    openSecrets: createOpenSecrets({ env: {}, secretsDir: undefined, sealingKey: () => KEY.key }),
    store: { read: async () => Buffer.from(JSON.stringify(makeSbom())) } as unknown as Deps['store'],
    processId: 'proc_1',
    clock,
    random: () => 0.5,
    publicUrl: 'https://waybill.example',
    log,
  };
  return used as Deps;
}

/** The destination with its sealed secrets, and a way to plan one delivery of a new attestation to it. */
async function settle(db: Database, integration: Integration, { config, secrets }: SampleSettings) {
  const world = await createWorld(db);
  const sealed = Object.entries(secrets).map(([name, value]) => [name, sealSecret(KEY.key, KEY.id, value)] as const);
  const spec = { integration: integration.id, config, allow: ['127.0.0.0/8'], limits: {}, stuckAfter: '15m' };
  await db.destinations.put({ name: NAME, spec, secrets: Object.fromEntries(sealed), ...who(0) });
  const attachment = { destination: NAME, pipelines: ['*/*'], materials: {}, options: {} };
  await db.attachments.put({ name: NAME, spec: attachment, ...who(0) });
  const types = integration.takes === 'attestation' ? [] : integration.takes.slice(0, 1);
  return {
    async plan(name: string, at: number): Promise<string> {
      const { id, n } = await world.receive(name, at);
      await db.attestations.pin(id, n, t(at));
      const { materials: known, ...rest } = await world.conclusion(id);
      const materials = types.flatMap((type) =>
        known.map((one) => ({ ...one, type, facts: {}, sha256: sha256Hex(name) })),
      );
      const attachments = (await db.attachments.all()).map((one) => ({ ...one, takes: integration.takes }));
      const planned = materials.map((one) => ({ name: one.name, type: one.type, sha256: one.sha256, hasBytes: true }));
      const plan = { attestationId: id, project: 'acme', pipeline: 'api', materials: planned, attachments };
      const conclusion = { ...rest, materials, deliveries: planDeliveries(plan) };
      const [delivery] = (await db.attestations.conclude(id, n, conclusion, t(at))).deliveries;
      if (!delivery) throw new Error(`expected a delivery to ${integration.id}`);
      return delivery.id;
    },
  };
}
