import { afterAll, beforeAll, describe, expect, inject, it, type TestContext } from 'vitest';
import type { z } from 'zod';
import type { ActionOutcome } from '../../api/deliveries/many-schema.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createWebhookReceiver } from '../support/receivers/webhook.ts';
import { anAttestation, createTenant } from '../support/tenant.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

let house: Installation;
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
});
afterAll(() => house?.dispose());

const MANY = 30;
const WITHIN = { withinMs: 60_000 };

/** A webhook that answers so to the first call of each of many deliveries, and takes everything after. */
async function manyTo(answer: { status: number; headers?: Record<string, string> }, { onTestFinished }: TestContext) {
  const tenant = await createTenant(house);
  const secret = aWebhookSecret();
  const hook = await createWebhookReceiver(secret);
  onTestFinished(() => hook.close());
  hook.script.push(...Array.from({ length: MANY }, () => answer));
  const destination = await tenant.webhook(hook.url, secret);
  for (let n = 0; n < MANY; n += 5) {
    await Promise.all(Array.from({ length: 5 }, () => tenant.deliver(anAttestation(tenant.key))));
  }
  return { tenant, hook, destination };
}

const act = async (body: object) => {
  const answer = await house.http.post<z.output<typeof ActionOutcome>>('/v1/deliveries/actions', body);
  if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}: ${answer.text}`);
  return answer.body;
};

describe('deliveries of one cause', () => {
  it('are retried with one call once the receiver is mended, and each arrives once', async (test) => {
    const { tenant, hook, destination } = await manyTo({ status: 422 }, test);
    await eventually(
      async () => expect(await tenant.causes()).toMatchObject([{ code: 'http.422', count: MANY }]),
      WITHIN,
    );
    const filter = { destination, code: 'http.422', state: ['blocked'] };
    await eventually(async () => expect((await act({ action: 'retry', filter, dryRun: true })).count).toBe(MANY));
    const { count, seenAt, effects } = await act({ action: 'retry', filter, dryRun: true });
    expect(effects).toMatchObject([{ destination, state: 'blocked', effect: 'now', count: MANY }]);
    expect(hook.calls).toHaveLength(MANY);

    const retry = { action: 'retry', filter, reason: 'mended', expectAtMost: count, seenAt };
    const done = await act(retry);
    expect(done).toMatchObject({ count: MANY, remaining: 0, next: null });
    await eventually(async () => expect((await tenant.deliveries('&state=delivered')).length).toBe(MANY), WITHIN);
    const deliveries = await tenant.deliveries();
    expect(deliveries.every(({ attempts, cause, command }) => attempts === 2 && !cause && !command)).toBe(true);
    expect(hook.calls).toHaveLength(2 * MANY);
    expect([...hook.ledger.keys()].sort()).toEqual(deliveries.map(({ idempotencyKey }) => idempotencyKey).sort());
    expect(await act(retry)).toMatchObject({ id: null, count: 0 });
    expect((await house.http.get(`/v1/audit?target=${done.id}`)).text).toContain('"count":30');
    for (const { attestationId } of deliveries)
      await eventually(async () => expect((await tenant.workflow(attestationId)).status).toBe('COMPLETED'));
  });

  it('are retried while their destination is paused, stay held, and arrive once each when it is resumed', async (test) => {
    const { tenant, hook, destination } = await manyTo({ status: 422 }, test);
    await eventually(async () => expect(await tenant.deliveries('&state=blocked')).toHaveLength(MANY), WITHIN);
    await house.http.post(`/v1/destinations/${destination}/pause`, { reason: 'change freeze' });
    const retry = { action: 'retry', filter: { destination, held: true }, expectAtMost: MANY };
    expect(await act(retry)).toMatchObject({
      count: MANY,
      effects: [{ state: 'blocked', effect: 'held', count: MANY }],
    });
    expect(await act(retry)).toMatchObject({ id: null, count: 0 });
    await eventually(async () =>
      expect((await tenant.destination(destination)).deliveries).toMatchObject({ open: MANY }),
    );
    expect(hook.calls).toHaveLength(MANY);
    await house.http.post(`/v1/destinations/${destination}/resume`);
    await eventually(async () => expect(await tenant.deliveries('&state=delivered')).toHaveLength(MANY), WITHIN);
    expect([hook.calls.length, hook.ledger.size]).toEqual([2 * MANY, MANY]);
  });

  it('are skipped with one call while they wait, and their workflows end', async (test) => {
    const { tenant, hook, destination } = await manyTo({ status: 503, headers: { 'retry-after': '3600' } }, test);
    await eventually(async () => expect(await tenant.deliveries('&state=waiting')).toHaveLength(MANY), WITHIN);
    const skip = { action: 'skip', filter: { destination, scope: 'retry' }, reason: 'retired', expectAtMost: MANY };
    expect(await act(skip)).toMatchObject({ count: MANY, effects: [{ state: 'waiting', effect: 'now', count: MANY }] });
    for (const { attestationId, state } of await tenant.deliveries()) {
      expect(state).toBe('skipped');
      await eventually(async () => expect((await tenant.workflow(attestationId)).status).toBe('COMPLETED'));
    }
    expect(hook.calls).toHaveLength(MANY);
  });
});
