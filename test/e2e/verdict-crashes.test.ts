import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createHookedTenant, type HookedTenant } from '../support/hooked-tenant.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { anAttestation } from '../support/tenant.ts';
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
beforeEach(async () => {
  tenant = await createHookedTenant(house);
});
afterEach(async () => void (await tenant?.close()));

const some = (count: number) => Array.from({ length: count }, () => anAttestation(tenant.key));
const untilStarted = (count: number) =>
  eventually(async () => {
    const ids = (await tenant.attestations('undecided')).map(({ id }) => id);
    expect(ids).toHaveLength(count);
    for (const id of ids) expect(await tenant.workflow(id)).toMatchObject({ status: 'RUNNING' });
  });

describe('a verdict', () => {
  it('waits while no worker runs: 503 with Retry-After and Location, then 200 to the same POST', async () => {
    await worker.stop();
    const bytes = anAttestation(tenant.key);
    const first = await tenant.send(bytes, 'wait=1');
    expect(first).toMatchObject({ status: 503, body: { code: 'attestation.undecided', verdict: 'undecided' } });
    expect(first.headers.get('retry-after')).toMatch(/^\d+$/);
    const location = new URL(first.headers.get('location') ?? '');
    expect(await house.http.get(location.pathname)).toMatchObject({ status: 200, body: { id: first.body.id } });

    await worker.start();
    expect(await tenant.send(bytes)).toMatchObject({ status: 200, body: { id: first.body.id, judgement: 1 } });
    await tenant.untilAllDelivered(1);
  });

  it('comes for all that were on their way when Temporal was killed, and for all that came meanwhile', async () => {
    const before = some(4);
    const meanwhile = some(4);
    worker.freeze();
    const inFlight = Promise.all(before.map((bytes) => tenant.send(bytes, 'wait=3')));
    await untilStarted(before.length);
    await house.temporal.kill();
    const during = await Promise.all(meanwhile.map((bytes) => tenant.send(bytes, 'wait=1')));
    for (const answer of [...(await inFlight), ...during]) expect(answer.status).toBe(503);

    await house.temporal.start();
    worker.thaw();
    // Half of them are sent again, as curl --retry does; the sweeper sees to the others.
    for (const bytes of [...before.slice(0, 2), ...meanwhile.slice(0, 2)])
      expect(await tenant.send(bytes)).toMatchObject({ status: 200 });
    await eventually(async () => expect(await tenant.attestations('accepted')).toHaveLength(8), { withinMs: 60_000 });
    await tenant.untilAllDelivered(8);
  });

  it('comes for all that had a row when the API was killed, started in Temporal or not', async () => {
    const lost = { status: 0 };
    const send = (bytes: Buffer) => tenant.send(bytes).catch(() => lost);
    worker.freeze();
    const started = some(3).map(send);
    await untilStarted(3);
    await house.temporal.kill();
    const unstarted = some(3).map(send);
    await eventually(async () => expect(await tenant.attestations('undecided')).toHaveLength(6));
    await house.api.kill();
    expect(await Promise.all([...started, ...unstarted])).toEqual(Array.from({ length: 6 }, () => lost));

    await Promise.all([house.api.start(), house.temporal.start()]);
    worker.thaw();
    await eventually(async () => expect(await tenant.attestations('accepted')).toHaveLength(6), { withinMs: 60_000 });
    await tenant.untilAllDelivered(6);
  });
});

describe('50 attestations in flight', () => {
  /** As `curl --retry` does: again after a lost connection and after a 503, until there is a verdict. */
  async function sendUntilJudged(bytes: Buffer): Promise<{ id: string; tries: number }> {
    for (let tries = 1; ; tries += 1) {
      const answer = await tenant.send(bytes, 'wait=5').catch(() => undefined);
      if (answer?.status === 200) return { id: answer.body.id, tries };
      if (answer && answer.status !== 503) throw new Error(`expected 200 or 503, got ${answer.status}: ${answer.text}`);
      await delay(250);
    }
  }

  it('all get a verdict and arrive, under one key each, while worker, API and Temporal are killed', async () => {
    const count = 50;
    const { hook } = tenant;
    // Slow enough that deliveries are on their way at every kill.
    tenant.proxy.always = { kind: 'delay', ms: 150 };
    await tenant.webhook(hook.url, tenant.secret);
    const waiting = some(count);
    const judged: { id: string; tries: number }[] = [];
    const sender = async () => {
      for (let bytes = waiting.shift(); bytes; bytes = waiting.shift()) judged.push(await sendUntilJudged(bytes));
    };
    const sending = Promise.all(Array.from({ length: 10 }, sender));
    const whenJudged = (some: number) => eventually(() => expect(judged.length).toBeGreaterThanOrEqual(some));

    await whenJudged(4);
    await worker.kill();
    await worker.start();
    await whenJudged(10);
    await house.api.kill();
    await house.api.start();
    await whenJudged(18);
    await house.temporal.kill();
    await house.temporal.start();
    await sending;

    expect(new Set(judged.map(({ id }) => id)).size).toBe(count);
    expect(await tenant.attestations('undecided')).toEqual([]);
    await tenant.untilAllDelivered(2 * count);
    const pairs = hook.calls.map(({ id, body }) => `${(JSON.parse(body) as { id: string }).id} under ${id}`);
    expect(new Set(pairs).size).toBe(2 * count);

    const posts = judged.reduce((sum, { tries }) => sum + tries, 0);
    const repeats = hook.calls.length - hook.ledger.size;
    console.info(
      `${count} attestations took ${posts} POSTs; their ${2 * count} deliveries took ${hook.calls.length} requests, ` +
        `${repeats} of them repeated under the same key`,
    );
  });
});
