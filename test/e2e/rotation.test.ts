import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject, it, type TestContext } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { createFaultProxy } from '../support/receivers/fault-proxy.ts';
import { anSbomAttestation, createTenant, type Tenant } from '../support/tenant.ts';

const OLD = 'odt_old-0123456789abcdef';
const NEW = 'odt_new-0123456789abcdef';

const secretsDir = mkdtempSync(join(tmpdir(), 'waybill-secrets-'));
let house: Installation;
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'), { env: { WAYBILL_SECRETS_DIR: secretsDir } });
});
afterAll(async () => {
  await house?.dispose();
  rmSync(secretsDir, { recursive: true, force: true });
});

/** A Dependency-Track that was told of the new key already, and a destination that still has the old one. */
async function aRotated({ onTestFinished }: TestContext, apiKey: string | { value: string }) {
  const tenant = await createTenant(house);
  const track = await createDependencyTrackStandIn({ apiKey: NEW, importMs: 50 });
  const proxy = await createFaultProxy(track.url);
  onTestFinished(async () => void (await Promise.all([proxy.close(), track.close()])));
  const destination = await tenant.dependencyTrack(proxy.url, apiKey, {
    options: { projectName: '{{component.name}}' },
  });
  return { tenant, track, proxy, destination };
}
const send = (tenant: Tenant) => tenant.deliver(anSbomAttestation(tenant.key));

// The first probe comes after 30 s: what is sooner does not wait for it.
const SOON = { withinMs: 20_000 };

describe.concurrent('a secret that is replaced', () => {
  it('in its file lets a broken destination heal by itself', async (test) => {
    const { expect } = test;
    const name = `key-${randomBytes(4).toString('hex')}`;
    writeFileSync(join(secretsDir, name), `${OLD}\n`);
    const { tenant, destination } = await aRotated(test, `file:${name}`);
    await send(tenant);
    await eventually(async () => expect((await tenant.destination(destination)).standing).toBe('broken'));
    writeFileSync(join(secretsDir, `${name}.next`), `${NEW}\n`);
    renameSync(join(secretsDir, `${name}.next`), join(secretsDir, name));
    await eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(1), SOON);
  });

  it('through the API lets it heal at once, and the answer says what its test found', async (test) => {
    const { expect } = test;
    const { tenant, destination } = await aRotated(test, { value: OLD });
    await send(tenant);
    await eventually(async () => expect((await tenant.destination(destination)).standing).toBe('broken'));
    const { spec } = await tenant.destination(destination);
    const put = await house.http.put(`/v1/destinations/${destination}?test=true`, {
      ...spec,
      secrets: { apiKey: { value: NEW } },
    });
    expect(put).toMatchObject({ status: 200, body: { change: 'updated', test: { ok: true }, holds: [] } });
    await eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(1), SOON);
  });

  it('does not touch an attempt that runs: it ends with the old one, the next has the new one', async (test) => {
    const { expect } = test;
    const { tenant, track, proxy, destination } = await aRotated(test, { value: OLD });
    track.settings.apiKey = OLD;
    proxy.matches = ({ method }) => method === 'POST';
    proxy.next.push({ kind: 'delay', ms: 1500 });
    await send(tenant);
    await eventually(async () => expect(await tenant.deliveries('&state=trying')).toHaveLength(1));
    const { spec } = await tenant.destination(destination);
    await house.http.apply(`/v1/destinations/${destination}`, { ...spec, secrets: { apiKey: { value: NEW } } });
    await eventually(() => expect(track.ledger).toMatchObject([{ status: 200 }]));
    track.settings.apiKey = NEW;
    await send(tenant);
    await eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(2), SOON);
  });

  it('may be sealed with a key that is replaced itself: it comes under the new one, and the old one can go', async (test) => {
    const { expect } = test;
    const { tenant, destination } = await aRotated(test, { value: NEW });
    const file = join(house.dataDir, 'sealing.key');
    const keyOf = async () => (await tenant.destination(destination)).spec.secrets.apiKey;
    const before = await keyOf();
    const line = randomBytes(32).toString('base64');
    writeFileSync(`${file}.next`, `${line}\n${readFileSync(file, 'utf8')}`, { mode: 0o600 });
    renameSync(`${file}.next`, file);
    await eventually(async () => expect(await keyOf()).not.toEqual(before));
    writeFileSync(file, `${line}\n`);
    await send(tenant);
    await eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(1), SOON);
  });
});
