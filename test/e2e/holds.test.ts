import { afterAll, beforeAll, describe, expect, inject, it, type TestContext } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { createFaultProxy } from '../support/receivers/fault-proxy.ts';
import { anSbomAttestation, createTenant, type DeliveryView, type Tenant } from '../support/tenant.ts';

let house: Installation;
beforeAll(async () => {
  // Two, so that probes are a matter between processes.
  house = await startInstallation(inject('temporalCli'), { workers: 2 });
});
afterAll(() => house?.dispose());

const MISSING = 'WAYBILL_SECRET_THAT_IS_NOT_SET';
const GOOD_KEY = 'odt_good-0123456789abcdef';

/** A project that delivers SBOMs to a Dependency-Track; a proxy in between writes down what it is asked. */
async function aTracker({ onTestFinished }: TestContext, apiKey: string | { value: string } = { value: GOOD_KEY }) {
  const tenant = await createTenant(house);
  const track = await createDependencyTrackStandIn({ apiKey: GOOD_KEY, importMs: 50 });
  const proxy = await createFaultProxy(track.url);
  onTestFinished(async () => void (await Promise.all([proxy.close(), track.close()])));
  const asked: string[] = [];
  proxy.matches = ({ method, path }) => {
    asked.push(`${method} ${path}`);
    return false;
  };
  // Each SBOM goes to a project of its own: none waits for another.
  const options = { projectName: '{{component.name}}' };
  const destination = await tenant.dependencyTrack(proxy.url, apiKey, { options, stuckAfter: '2s' });
  return { tenant, track, proxy, asked, destination };
}

async function one(tenant: Tenant): Promise<DeliveryView> {
  const [delivery] = await tenant.deliver(anSbomAttestation(tenant.key));
  if (!delivery) throw new Error('expected a delivery to be planned');
  return delivery;
}

const untilBroken = (tenant: Tenant, destination: string, code: string) =>
  eventually(async () =>
    expect(await tenant.destination(destination)).toMatchObject({ holds: [{ kind: 'broken', code }] }),
  );
const untilAllDelivered = (tenant: Tenant, count: number) =>
  eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(count));
const probesOf = async (tenant: Tenant) => {
  const deliveries = await tenant.deliveries();
  const attempts = await Promise.all(deliveries.map(({ id }) => tenant.attempts(id)));
  return attempts.flat().filter(({ probe }) => probe);
};

// Each has a project and a receiver of its own; a first probe comes after 30 s, so they wait for theirs together.
describe.concurrent('a destination', () => {
  it('whose key is refused is held, is probed by one delivery at a time, and opens when its test passes', async (test) => {
    const { expect } = test;
    const { tenant, track, asked, destination } = await aTracker(test);
    track.settings.apiKey = 'odt_rotated';
    const first = await one(tenant);
    await untilBroken(tenant, destination, 'key.refused');
    await one(tenant);
    await one(tenant);
    // Older than stuckAfter: there was time to try them.
    await eventually(async () => expect(await tenant.deliveries('&stuck=true')).toHaveLength(3));
    expect((await tenant.deliveries('&held=true')).map(({ id, attempts }) => [id === first.id, attempts])).toEqual(
      expect.arrayContaining([
        [true, 1],
        [false, 0],
        [false, 0],
      ]),
    );
    expect(await tenant.causes()).toEqual(
      expect.arrayContaining([expect.objectContaining({ destination, code: 'key.refused', held: true })]),
    );
    const askedBefore = asked.filter((what) => what.startsWith('POST')).length;

    await eventually(async () => expect(await probesOf(tenant)).toMatchObject([{ outcome: 'failed' }]), {
      withinMs: 60_000,
    });
    expect(asked.filter((what) => what.startsWith('POST'))).toHaveLength(askedBefore + 1);
    expect((await tenant.deliveries()).map(({ attempts }) => attempts).reduce((a, b) => a + b)).toBe(2);

    const failing = await house.http.post(`/v1/destinations/${destination}/test`);
    expect(failing).toMatchObject({ status: 200, body: { ok: false } });
    track.settings.apiKey = GOOD_KEY;
    expect(await house.http.post(`/v1/destinations/${destination}/test`)).toMatchObject({ body: { ok: true } });
    expect(await tenant.destination(destination)).toMatchObject({ holds: [] });
    await untilAllDelivered(tenant, 3);
    expect(track.ledger.filter(({ status }) => status === 200)).toHaveLength(3);
  });

  it('that works again heals by itself: one delivery is the probe, the others follow', async (test) => {
    const { expect } = test;
    const { tenant, track, destination } = await aTracker(test);
    track.settings.apiKey = 'odt_rotated';
    await one(tenant);
    await untilBroken(tenant, destination, 'key.refused');
    await one(tenant);
    await one(tenant);
    track.settings.apiKey = GOOD_KEY;
    await eventually(async () => expect(await tenant.destination(destination)).toMatchObject({ holds: [] }), {
      withinMs: 60_000,
    });
    await untilAllDelivered(tenant, 3);
    expect(await probesOf(tenant)).toMatchObject([{ outcome: 'accepted', phase: 'deliver' }]);
  });

  it('whose secret no worker has is broken with that code, and nobody is called', async (test) => {
    const { expect } = test;
    const { tenant, track, asked, destination } = await aTracker(test, `env:${MISSING}`);
    const { id } = await one(tenant);
    await untilBroken(tenant, destination, 'secret.unavailable');
    const { cause } = await tenant.delivery(id);
    expect(cause).toMatchObject({ scope: 'destination', message: expect.stringContaining(MISSING) });
    expect(asked).toEqual([]);
    expect((await house.http.post(`/v1/destinations/${destination}/test`)).text).toContain('secret.unavailable');

    await house.http.apply(`/v1/destinations/${destination}`, {
      ...(await tenant.destination(destination)).spec,
      secrets: { apiKey: { value: GOOD_KEY } },
    });
    expect(await house.http.post(`/v1/destinations/${destination}/test`)).toMatchObject({ body: { ok: true } });
    await untilAllDelivered(tenant, 1);
    expect(track.ledger).toHaveLength(1);
  });

  it('whose secret no worker has needs no second witness, although its test would leave a trace', async ({
    expect,
  }) => {
    const tenant = await createTenant(house);
    const destination = await tenant.webhook('http://127.0.0.1:9', { ref: `env:${MISSING}` });
    await one(tenant);
    await untilBroken(tenant, destination, 'secret.unavailable');
    expect(await tenant.deliveries()).toMatchObject([{ held: true, attempts: 1 }]);
  });

  it('whose test passes is not held for what one delivery was told: that one is blocked', async (test) => {
    const { expect } = test;
    const { tenant, track, proxy, destination } = await aTracker(test);
    proxy.matches = ({ method }) => method === 'POST';
    proxy.next.push({ kind: 'status', status: 401 });
    const { id } = await one(tenant);
    await eventually(async () => expect(await tenant.delivery(id)).toMatchObject({ state: 'blocked' }));
    expect(await tenant.delivery(id)).toMatchObject({ cause: { scope: 'destination', code: 'key.refused' } });
    expect(await tenant.destination(destination)).toMatchObject({ holds: [] });
    await one(tenant);
    await untilAllDelivered(tenant, 1);
    expect(track.ledger).toHaveLength(1);
  });
});
