import { afterAll, beforeAll, describe, expect, inject, it, type TestContext } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { createFaultProxy } from '../support/receivers/fault-proxy.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/receivers/webhook.ts';
import { anAttestation, anSbomAttestation, createTenant, makeSbom, type Tenant } from '../support/tenant.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

let house: Installation;
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
});
afterAll(() => house?.dispose());

/** A project whose attestations go to one webhook. */
async function aHookedTenant({ onTestFinished }: TestContext, more: { stuckAfter?: string } = {}) {
  const tenant = await createTenant(house);
  const secret = aWebhookSecret();
  const hook = await createWebhookReceiver(secret);
  onTestFinished(() => hook.close());
  const destination = await tenant.webhook(hook.url, secret, more);
  return { tenant, hook, secret, destination };
}

async function one(tenant: Tenant) {
  const [delivery] = await tenant.deliver(anAttestation(tenant.key));
  if (!delivery) throw new Error('expected a delivery to be planned');
  return delivery;
}

const untilDelivery = (tenant: Tenant, id: string, fields: object) =>
  eventually(async () => {
    const delivery = await tenant.delivery(id);
    expect(delivery).toMatchObject(fields);
    return delivery;
  });
const untilWorkflow = (tenant: Tenant, attestationId: string, fields: object) =>
  eventually(async () => expect(await tenant.workflow(attestationId)).toMatchObject(fields));
const act = (id: string, what: 'retry' | 'skip', reason?: string) =>
  house.http.post(`/v1/deliveries/${id}/${what}`, reason === undefined ? {} : { reason });
const inTemporal = async (query: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { workflowId } of house.client.workflow.list({ query })) found.push(workflowId);
  return found;
};

// Each has a project, receivers and destinations of its own.
describe.concurrent('a delivery', () => {
  it('to a receiver that is down is stuck for everybody to see, and arrives once it is back', async (test) => {
    const { expect, onTestFinished } = test;
    const { tenant, hook, secret, destination } = await aHookedTenant(test, { stuckAfter: '2s' });
    const port = Number(new URL(hook.url).port);
    await hook.close();
    const { id, attestationId, idempotencyKey } = await one(tenant);

    await untilDelivery(tenant, id, { state: 'waiting', stuck: true, cause: { code: 'network.failed' } });
    expect(await tenant.deliveries('&stuck=true')).toMatchObject([{ id }]);
    const cause = { destination, scope: 'retry', code: 'network.failed', count: 1, stuck: 1 };
    expect(await tenant.causes()).toMatchObject([{ ...cause, example: { deliveryId: id } }]);
    expect(await tenant.destination(destination)).toMatchObject({ deliveries: { open: 1, stuck: 1 } });
    await untilWorkflow(tenant, attestationId, { AttState: ['stuck'], AttDelivery: [`stuck:${destination}`] });
    await eventually(async () =>
      expect(await inTemporal(`AttState = "stuck" AND AttDelivery = "stuck:${destination}"`)).toHaveLength(1),
    );

    const back: WebhookReceiver = await createWebhookReceiver(secret, { port });
    onTestFinished(() => back.close());
    await untilDelivery(tenant, id, { state: 'delivered', stuck: false, cause: null });
    expect([...back.ledger.keys()]).toEqual([idempotencyKey]);
    await untilWorkflow(tenant, attestationId, { status: 'COMPLETED', AttState: ['done'] });
  });

  it('to a receiver that is down goes out at once when an operator retries it', async (test) => {
    const { expect } = test;
    const { tenant, hook } = await aHookedTenant(test);
    hook.script.push({ status: 503, headers: { 'retry-after': '3600' } });
    const { id } = await one(tenant);
    const { nextAttemptAt } = await untilDelivery(tenant, id, { state: 'waiting', cause: { code: 'http.503' } });
    expect(Date.parse(nextAttemptAt ?? '') - Date.now()).toBeGreaterThan(3_000_000);
    expect(await act(id, 'retry', 'it is up again')).toMatchObject({ status: 202 });
    await untilDelivery(tenant, id, { state: 'delivered', attempts: 2, command: null });
  });

  it('that is refused is blocked with its cause, and delivered when an operator retries it', async (test) => {
    const { expect } = test;
    const { tenant, hook, destination } = await aHookedTenant(test);
    hook.script.push({ status: 422, body: 'no such project' }, { status: 422, body: 'still not' });
    const { id, attestationId, idempotencyKey } = await one(tenant);
    await untilDelivery(tenant, id, { state: 'blocked', attempts: 1, nextAttemptAt: null });
    await untilWorkflow(tenant, attestationId, { AttState: ['blocked'], AttDelivery: [`blocked:${destination}`] });
    const [cause] = await tenant.causes();
    expect(cause).toMatchObject({ destination, scope: 'delivery', code: 'http.422', count: 1 });
    expect(cause?.example.message).toContain('no such project');

    expect(await act(id, 'retry')).toMatchObject({ status: 202 });
    await untilDelivery(tenant, id, { state: 'blocked', attempts: 2, command: null });
    expect(await act(id, 'retry', 'the project was created')).toMatchObject({ status: 202 });
    await untilDelivery(tenant, id, { state: 'delivered', attempts: 3, cause: null });
    expect(new Set(hook.calls.map((call) => call.id))).toEqual(new Set([idempotencyKey]));
    await untilWorkflow(tenant, attestationId, { status: 'COMPLETED', AttState: ['done'] });
  });

  it('that waits for its next try ends at once when it is skipped, with who and why', async (test) => {
    const { expect } = test;
    const { tenant, hook } = await aHookedTenant(test);
    hook.script.push({ status: 503, headers: { 'retry-after': '3600' } });
    const { id, attestationId } = await one(tenant);
    await untilDelivery(tenant, id, { state: 'waiting' });
    expect(await act(id, 'skip')).toMatchObject({ status: 400 });
    const skipped = { state: 'skipped', skipped: { by: 'admin', reason: 'receiver retired' } };
    expect(await act(id, 'skip', 'receiver retired')).toMatchObject({ status: 200, body: skipped });
    await untilWorkflow(tenant, attestationId, { status: 'COMPLETED', AttState: ['done'] });
    expect(await act(id, 'retry')).toMatchObject({ status: 409, body: { code: 'delivery.final' } });
    expect(hook.ledger.size).toBe(0);
    expect((await house.http.get(`/v1/audit?target=${id}`)).text).toContain('receiver retired');
  });

  it('that is blocked ends when it is skipped', async (test) => {
    const { expect } = test;
    const { tenant, hook } = await aHookedTenant(test);
    hook.script.push({ status: 422 });
    const { id, attestationId } = await one(tenant);
    await untilWorkflow(tenant, attestationId, { AttState: ['blocked'] });
    expect(await act(id, 'skip', 'not wanted there')).toMatchObject({ status: 200, body: { state: 'skipped' } });
    await untilWorkflow(tenant, attestationId, { status: 'COMPLETED', AttState: ['done'] });
    expect(hook.calls).toHaveLength(1);
  });

  it('that is being tried by a receiver that hangs ends at once when it is skipped', async (test) => {
    const { expect, onTestFinished } = test;
    const { tenant, hook, secret } = await aHookedTenant(test);
    const proxy = await createFaultProxy(hook.url);
    onTestFinished(() => proxy.close());
    proxy.always = { kind: 'hang' };
    const hanging = await tenant.webhook(proxy.url, secret);
    const [delivery] = (await tenant.deliver(anAttestation(tenant.key))).filter((it) => it.destination === hanging);
    const id = delivery?.id ?? '';
    await eventually(() => expect(proxy.calls()).toBe(1));
    expect(await act(id, 'skip', 'it hangs')).toMatchObject({ status: 200, body: { state: 'skipped' } });
    await untilWorkflow(tenant, delivery?.attestationId ?? '', { status: 'COMPLETED' });
    expect(await tenant.delivery(id)).toMatchObject({ state: 'skipped' });
  });

  it('to a paused destination is held with the reason and not sent, and goes out on resume', async (test) => {
    const { expect } = test;
    const { tenant, hook, destination } = await aHookedTenant(test, { stuckAfter: '2s' });
    const reason = 'change freeze';
    const paused = { holds: [{ kind: 'operator', reason, by: 'admin' }] };
    const path = `/v1/destinations/${destination}`;
    expect(await house.http.post(`${path}/pause`, { reason })).toMatchObject({ status: 200, body: paused });
    for (let n = 0; n < 3; n += 1) await one(tenant);

    // Old enough to be stuck, so there was time enough to send it.
    await eventually(async () => expect(await tenant.deliveries('&stuck=true')).toHaveLength(3));
    const held = { state: 'queued', held: true, attempts: 0, nextAttemptAt: null };
    expect(await tenant.deliveries('&held=true')).toMatchObject([held, held, held]);
    expect(await tenant.destination(destination)).toMatchObject({ ...paused, deliveries: { open: 3, stuck: 3 } });
    expect(hook.calls).toEqual([]);

    expect(await house.http.post(`${path}/resume`)).toMatchObject({ status: 200, body: { holds: [] } });
    await eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(3));
    expect(hook.ledger.size).toBe(3);
  });

  it('that is older than what its project has already is superseded, never sent over it', async (test) => {
    const { expect, onTestFinished } = test;
    const tenant = await createTenant(house);
    const track = await createDependencyTrackStandIn({ importMs: 50 });
    const proxy = await createFaultProxy(track.url);
    onTestFinished(async () => void (await Promise.all([proxy.close(), track.close()])));
    proxy.matches = ({ method }) => method === 'POST';
    proxy.next.push({ kind: 'status', status: 503, headers: { 'retry-after': '3600' } });
    await tenant.dependencyTrack(proxy.url, { value: track.settings.apiKey });

    const [older] = await tenant.deliver(anSbomAttestation(tenant.key, makeSbom('older')));
    await untilDelivery(tenant, older?.id ?? '', { state: 'waiting' });
    const [newer] = await tenant.deliver(anSbomAttestation(tenant.key, makeSbom('newer')));
    await untilDelivery(tenant, newer?.id ?? '', { state: 'delivered' });
    await act(older?.id ?? '', 'retry');
    await untilDelivery(tenant, older?.id ?? '', { state: 'superseded', supersededBy: newer?.id });
    expect(track.ledger).toMatchObject([{ status: 200, sha256: newer?.material?.sha256 }]);
    await untilWorkflow(tenant, older?.attestationId ?? '', { status: 'COMPLETED', AttState: ['done'] });
  });
});
