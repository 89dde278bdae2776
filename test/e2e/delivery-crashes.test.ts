import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createHookedTenant, type HookedTenant } from '../support/hooked-tenant.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { anAttestation, anSbomAttestation, type DeliveryView } from '../support/tenant.ts';
import type { WaybillProcess } from '../support/waybill-process.ts';

let house: Installation;
let worker: WaybillProcess;
let tenant: HookedTenant;

beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
  const [first] = house.workers;
  if (!first) throw new Error('expected a worker');
  worker = first;
});
afterAll(() => house?.dispose());
afterEach(async () => void (await tenant?.close()));

/** A delivery whose call is at the receiver now. */
async function oneOnItsWay(): Promise<DeliveryView> {
  const [delivery] = await tenant.deliver(anAttestation(tenant.key));
  if (!delivery) throw new Error('expected a delivery to be planned');
  await eventually(async () => {
    expect(tenant.proxy.calls()).toBe(1);
    expect(await tenant.delivery(delivery.id)).toMatchObject({ state: 'trying', attempts: 1 });
  });
  return delivery;
}

describe('a delivery on its way', () => {
  beforeEach(async () => {
    tenant = await createHookedTenant(house, { timeout: '10s' });
  });

  it('when its worker is killed goes on in another one, under the same key', async () => {
    tenant.proxy.next.push({ kind: 'hang' });
    const { id } = await oneOnItsWay();
    const [other] = await Promise.all([house.addWorker(), worker.kill()]);
    await eventually(async () => expect(await tenant.delivery(id)).toMatchObject({ state: 'delivered', attempts: 2 }));
    expect((await tenant.attempts(id)).map(({ outcome }) => outcome)).toEqual(['delivered', 'unknown']);
    await tenant.untilAllDelivered(1);
    expect(tenant.proxy.calls()).toBe(2);
    worker = other;
  });

  it('when Temporal is killed arrives, under the same key', async () => {
    tenant.proxy.next.push({ kind: 'hang' });
    const { id } = await oneOnItsWay();
    await house.temporal.kill();
    await eventually(async () => expect(await tenant.delivery(id)).toMatchObject({ state: 'waiting' }));
    await house.temporal.start();
    await tenant.untilAllDelivered(1);
    expect(tenant.hook.calls).toHaveLength(1);
  });

  it('that arrives while Temporal is away is not sent again, although nobody could report it', async () => {
    tenant.proxy.next.push({ kind: 'delay', ms: 1500 });
    const { id, attestationId } = await oneOnItsWay();
    await house.temporal.kill();
    await eventually(async () => expect(await tenant.delivery(id)).toMatchObject({ state: 'delivered' }));
    // Temporal knows of an attempt that began, and of nothing after.
    await worker.kill();
    await house.temporal.start();
    await worker.start();
    await eventually(async () => expect(await tenant.workflow(attestationId)).toMatchObject({ status: 'COMPLETED' }), {
      withinMs: 60_000,
    });
    expect(tenant.proxy.calls()).toBe(1);
    expect(await tenant.delivery(id)).toMatchObject({ attempts: 1 });
  });
});

describe('a hold', () => {
  beforeEach(async () => {
    tenant = await createHookedTenant(house);
  });

  it("outlives a kill of everything, an operator's and that of a broken receiver", async () => {
    const path = `/v1/destinations/${tenant.destinationName}`;
    const reason = 'their maintenance';
    expect(await house.http.post(`${path}/pause`, { reason })).toMatchObject({ status: 200 });
    const track = await createDependencyTrackStandIn({ importMs: 50 });
    onTestFinished(() => track.close());
    const broken = await tenant.dependencyTrack(track.url, { value: 'odt_wrong' });
    const brokenHolds = async () => (await tenant.destination(broken)).holds;
    await tenant.deliver(anSbomAttestation(tenant.key));
    await eventually(async () => expect(await brokenHolds()).toMatchObject([{ kind: 'broken', code: 'key.refused' }]));
    const before = await brokenHolds();
    await Promise.all([house.api.kill(), worker.kill(), house.temporal.kill()]);
    await house.temporal.start();
    await Promise.all([house.api.start(), worker.start()]);

    const { holds } = await tenant.destination(tenant.destinationName);
    expect(holds).toMatchObject([{ kind: 'operator', reason, by: 'admin' }]);
    // On a slow machine a probe came meanwhile, and said it in words of its own.
    expect(await brokenHolds()).toMatchObject(before.map(({ reason: _, ...hold }) => hold));
    // A destination beside it gets what is sent now: so could this one have.
    await tenant.webhook(tenant.hook.url, tenant.secret);
    await tenant.deliver(anAttestation(tenant.key));
    await eventually(() => expect(tenant.hook.ledger.size).toBe(1));
    expect(tenant.proxy.calls()).toBe(0);
    const held = { state: 'queued', held: true, attempts: 0 };
    const paused = await tenant.deliveries(`&destination=${tenant.destinationName}`);
    expect(paused).toMatchObject([held, held]);

    expect(await house.http.post(`${path}/resume`)).toMatchObject({ status: 200, body: { holds: [] } });
    await eventually(() => expect(tenant.hook.ledger.size).toBe(3));
    expect(track.ledger).toEqual([]);
  });
});
