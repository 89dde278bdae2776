import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, type TestContext } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { anAttestation, createTenant, type Tenant } from '../support/tenant.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

let house: Installation;
beforeAll(async () => {
  // Limits are over all worker processes.
  house = await startInstallation(inject('temporalCli'), { workers: 2 });
});
afterAll(() => house?.dispose());

/** Takes `ms` for every call, and writes down when each came and how many it had at once. */
async function aSlowReceiver({ onTestFinished }: TestContext, ms: number) {
  const arrivals: number[] = [];
  const seen = { now: 0, most: 0, settings: { ms } };
  const server: Server = createServer((request, response) => {
    request.resume();
    arrivals.push(performance.now());
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    response.once('close', () => {
      seen.now -= 1;
    });
    void after(seen.settings.ms).then(() => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, arrivals, seen };
}

async function aLimited(test: TestContext, limits: object, ms: number) {
  const tenant = await createTenant(house);
  const receiver = await aSlowReceiver(test, ms);
  const secrets = { signingSecret: { value: aWebhookSecret() } };
  const name = `${tenant.project}-limited`;
  const put = (changed: object, more: object = {}) =>
    house.http.apply(`/v1/destinations/${name}`, {
      integration: 'webhook',
      config: { url: receiver.url },
      allow: ['127.0.0.0/8'],
      limits: changed,
      ...more,
    });
  await put(limits, { secrets });
  await house.http.apply(`/v1/attachments/${name}`, { destination: name, pipelines: [`${tenant.project}/*`] });
  return { tenant, put, receiver, name };
}

const send = (tenant: Tenant, count: number) =>
  Promise.all(Array.from({ length: count }, () => tenant.send(anAttestation(tenant.key))));
const untilDelivered = (tenant: Tenant, count: number) =>
  eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(count), { withinMs: 60_000 });

describe.concurrent('a limit of a destination', () => {
  it('on concurrency counts over both workers, one at a time included, and its change counts without a restart', async (test) => {
    const { tenant, put, receiver } = await aLimited(test, { concurrency: 1 }, 150);
    await send(tenant, 8);
    await untilDelivered(tenant, 8);
    test.expect(receiver.seen.most).toBe(1);

    await put({ concurrency: 5 });
    receiver.seen.settings.ms = 400;
    await eventually(async () => {
      await send(tenant, 6);
      test.expect(receiver.seen.most).toBe(5);
    });
    test.expect(receiver.seen.most).toBe(5);
  });

  it('on the rate counts over both workers, and is lifted without a restart', async (test) => {
    const { tenant, put, receiver } = await aLimited(test, { ratePerSecond: 1 }, 0);
    await send(tenant, 30);
    await eventually(() => test.expect(receiver.arrivals.length).toBeGreaterThanOrEqual(5));
    const [first = 0, ...others] = receiver.arrivals;
    test.expect(others.length / (performance.now() - first)).toBeLessThan(2 / 1000);
    await put({});
    // At one a second, the rest would need longer than this.
    await eventually(async () => test.expect(await tenant.deliveries('&state=delivered')).toHaveLength(30), {
      withinMs: 18_000,
    });
  });

  it('on time ends one call, and a longer one counts for what waits already', async (test) => {
    const { tenant, put } = await aLimited(test, { timeout: '300ms' }, 1500);
    await send(tenant, 1);
    await eventually(async () =>
      test.expect(await tenant.deliveries()).toMatchObject([{ state: 'waiting', cause: { code: 'network.timeout' } }]),
    );
    await put({ timeout: '10s' });
    await untilDelivered(tenant, 1);
  });
});
