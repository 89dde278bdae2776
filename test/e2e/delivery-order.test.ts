import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { openSqliteDatabase } from '../../db/sqlite.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { createFaultProxy } from '../support/receivers/fault-proxy.ts';
import { createWebhookReceiver } from '../support/receivers/webhook.ts';
import { anAttestation, anSbomAttestation, createTenant, makeSbom } from '../support/tenant.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

let house: Installation;
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'), { workers: 2 });
});
afterAll(() => house?.dispose());

const ENDS = ['delivered', 'superseded'];

// The kill of one is no matter to the other; each has a project and a receiver of its own.
describe.concurrent('over two workers', () => {
  it('deliveries under one key go one by one, through a kill -9 too, and the newest is what stays', async ({
    expect,
    onTestFinished,
  }) => {
    const tenant = await createTenant(house);
    const track = await createDependencyTrackStandIn({ importMs: 200 });
    const proxy = await createFaultProxy(track.url);
    onTestFinished(async () => void (await Promise.all([proxy.close(), track.close()])));
    let uploads = 0;
    proxy.matches = ({ method }) => {
      if (method === 'POST') uploads += 1;
      return method === 'POST';
    };
    proxy.always = { kind: 'delay', ms: 300 };
    // All of them go to one project, so they have one key.
    await tenant.dependencyTrack(proxy.url, { value: track.settings.apiKey });
    const sent: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const [delivery] = await tenant.deliver(anSbomAttestation(tenant.key, makeSbom(`app-${n}`)));
      sent.push(delivery?.id ?? '');
    }
    await eventually(() => expect(uploads).toBeGreaterThan(0));
    const [killed] = house.workers;
    await killed?.kill();
    await eventually(
      async () =>
        expect((await tenant.deliveries()).filter(({ state }) => !ENDS.includes(state)).map(({ id }) => id)).toEqual(
          [],
        ),
      { withinMs: 90_000 },
    );

    const deliveries = await tenant.deliveries();
    const newest = deliveries.find(({ id }) => id === sent.at(-1));
    expect(newest).toMatchObject({ state: 'delivered' });
    expect(track.ledger.at(-1)).toMatchObject({ status: 200, sha256: newest?.material?.sha256 });
    for (const delivery of deliveries.filter(({ state }) => state === 'superseded'))
      expect(sent.indexOf(delivery.supersededBy ?? '')).toBeGreaterThan(sent.indexOf(delivery.id));

    // From the first call to the last answer of each: none of them began before another had ended.
    const spans = await Promise.all(deliveries.map(async ({ id }) => spanOf(await tenant.attempts(id))));
    const ordered = spans.flat().sort((a, b) => a.from - b.from);
    for (const [index, span] of ordered.entries()) {
      const next = ordered[index + 1];
      if (next) expect(next.from).toBeGreaterThanOrEqual(span.until);
    }
    await killed?.start();
  });

  it('an open delivery whose workflow is gone goes on in a new one: of a workflow that was terminated, deleted, or never started', async ({
    expect,
    onTestFinished,
  }) => {
    const tenant = await createTenant(house);
    const secret = aWebhookSecret();
    const hook = await createWebhookReceiver(secret);
    onTestFinished(() => hook.close());
    for (let n = 0; n < 3; n += 1) hook.script.push({ status: 503, headers: { 'retry-after': '3600' } });
    await tenant.webhook(hook.url, secret);
    const [terminated, deleted, unstarted] = await Promise.all(
      [1, 2, 3].map(async () => (await tenant.deliver(anAttestation(tenant.key)))[0]),
    );
    const workflow = (attestationId = '') =>
      house.client.workflow.getHandle(`attestation/${tenant.project}/release/${attestationId}/1`);
    await eventually(async () => expect(await tenant.deliveries('&state=waiting')).toHaveLength(3));
    await workflow(terminated?.attestationId).terminate('by hand');
    const remove = (attestationId = '') =>
      house.client.workflowService.deleteWorkflowExecution({
        namespace: house.client.options.namespace,
        workflowExecution: { workflowId: workflow(attestationId).workflowId },
      });
    await remove(deleted?.attestationId);
    // A sweeper that died after it had given the rows their next host, and before it started it.
    await remove(unstarted?.attestationId);
    const db = openSqliteDatabase({ path: join(house.dataDir, 'waybill.db') });
    onTestFinished(() => db.close());
    const id = unstarted?.attestationId ?? '';
    await db.hosts.rehost(workflow(id).workflowId, id, new Date().toISOString());

    await eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(3), {
      withinMs: 60_000,
    });
    expect(new Set([...hook.ledger.keys()]).size).toBe(3);
    const hosts = await Promise.all(
      [terminated, deleted, unstarted].map(
        async (one) => (await db.deliveries.load(one?.id ?? ''))?.delivery.workflowId,
      ),
    );
    expect(hosts).toEqual([
      `redelivery/${terminated?.attestationId}/1`,
      `redelivery/${deleted?.attestationId}/1`,
      `redelivery/${id}/2`,
    ]);
  });
});

type Span = { from: number; until: number };

/** Runs of attempts that hold the key: an upload that was accepted holds it until it is confirmed. */
function spanOf(attempts: { startedAt: string; finishedAt: string | null; outcome: string | null }[]): Span[] {
  const spans: Span[] = [];
  let began: number | undefined;
  for (const { startedAt, finishedAt, outcome } of [...attempts].reverse()) {
    began ??= Date.parse(startedAt);
    const until = Date.parse(finishedAt ?? startedAt);
    if (outcome === 'accepted' || outcome === 'pending' || outcome === 'unknown') continue;
    spans.push({ from: began, until });
    began = undefined;
  }
  return spans;
}
