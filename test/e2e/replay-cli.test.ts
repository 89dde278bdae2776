import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createWebhookReceiver } from '../support/receivers/webhook.ts';
import { anAttestation, createTenant } from '../support/tenant.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

let house: Installation;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  return house?.dispose();
});

const MANY = 12;

/** The command line as a process of its own. */
function waybill(...args: string[]) {
  const env = { ...process.env, WAYBILL_URL: house.api.said().url, WAYBILL_TOKEN: house.token };
  const child = spawn(process.execPath, ['bin/waybill.js', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  return { child, said, ended: once(child, 'close').then(([code]) => ({ code, ...said })) };
}

describe('a destination that was attached later', () => {
  it('gets by `waybill replay` what it never got, shown over a restart of the API, and nothing twice', async (test) => {
    const tenant = await createTenant(house);
    for (let n = 0; n < MANY; n += 4)
      await Promise.all(Array.from({ length: 4 }, () => tenant.send(anAttestation(tenant.key))));
    const secret = aWebhookSecret();
    const hook = await createWebhookReceiver(secret);
    test.onTestFinished(() => hook.close());
    const lake = await tenant.webhook(hook.url, secret);

    const dry = await waybill('replay', '--to', lake, '--dry-run', '--json').ended;
    expect(JSON.parse(dry.out)).toMatchObject({ count: MANY, effects: [{ effect: 'create', count: MANY }] });
    expect(hook.calls).toHaveLength(0);

    await house.http.post(`/v1/destinations/${lake}/pause`, { reason: 'not yet' });
    const { said, ended } = waybill('replay', '--to', lake, '--reason', 'attached today', '--yes');
    await eventually(() => expect(said.err).toMatch(/0%.*held: .* is paused: not yet/));
    await house.api.kill();
    await house.api.start();
    await house.http.post(`/v1/destinations/${lake}/resume`);
    const { code, out, err } = await ended;
    expect(err).toContain(`100%  ${MANY} of ${MANY}, done`);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^started {2}rpl_\w+ {2}12 deliveries\ndone {2}12 deliveries\n$/),
    ]);
    expect([hook.calls.length, hook.ledger.size]).toEqual([MANY, MANY]);
    const deliveries = await tenant.deliveries('&state=delivered');
    expect([...hook.ledger.keys()].sort()).toEqual(deliveries.map(({ idempotencyKey }) => idempotencyKey).sort());
    const { id } = JSON.parse((await waybill('replay', 'list', '--destination', lake, '--json').ended).out).items[0];
    expect(deliveries.every(({ replay }) => replay === id)).toBe(true);

    const again = await waybill('replay', '--to', lake, '--yes').ended;
    expect([again.code, again.out]).toEqual([0, `Nothing to replay to ${lake}.\n`]);
  });
});
