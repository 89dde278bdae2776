import { afterAll, beforeAll, describe, expect, inject, it, type TestContext } from 'vitest';
import type { Replay, ReplayForeseen } from '../../api/replays/schema.ts';
import { eventually } from '../support/eventually.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { createDependencyTrackStandIn } from '../support/receivers/dependency-track.ts';
import { createFaultProxy } from '../support/receivers/fault-proxy.ts';
import { createWebhookReceiver } from '../support/receivers/webhook.ts';
import { anAttestation, anSbomAttestation, createTenant, makeSbom, type Tenant } from '../support/tenant.ts';
import { aWebhookSecret } from '../support/webhook-secret.ts';

type View = import('zod').z.output<typeof Replay>;
type Foreseen = import('zod').z.output<typeof ReplayForeseen>;

let house: Installation;
beforeAll(async () => {
  house = await startInstallation(inject('temporalCli'));
});
afterAll(() => house?.dispose());

/** A project with so many attestations from before it had a receiver, and the receiver, to which nothing is attached. */
async function aPast({ onTestFinished }: TestContext, count: number) {
  const tenant = await createTenant(house);
  const secret = aWebhookSecret();
  const hook = await createWebhookReceiver(secret);
  const proxy = await createFaultProxy(hook.url);
  onTestFinished(async () => void (await Promise.all([proxy.close(), hook.close()])));
  await send(tenant, count);
  /** Attaches all pipelines so many times: each attestation is owed once by each. */
  const attach = async (times = 1) => {
    const destination = await tenant.webhook(proxy.url, secret);
    for (let n = 1; n < times; n++)
      await house.http.apply(`/v1/attachments/${destination}-${n}`, {
        destination,
        pipelines: [`${tenant.project}/*`],
      });
    return destination;
  };
  return { tenant, hook, proxy, attach };
}

async function send(tenant: Tenant, count: number): Promise<void> {
  const bodies = Array.from({ length: count }, () => anAttestation(tenant.key));
  while (bodies.length > 0) {
    const answers = await Promise.all(bodies.splice(0, 20).map((body) => tenant.send(body, 'wait=60')));
    for (const { status, text } of answers) if (status !== 200) throw new Error(`expected acceptance: ${text}`);
  }
}

/** Asks first, then has done what it was told. */
async function replay(destination: string, mode: 'missing' | 'again', more: object = {}): Promise<View> {
  const asked = { destination, mode, reason: 'a test', ...more };
  const { body } = await house.http.post<Foreseen>('/v1/replays', { ...asked, dryRun: true });
  const { count, throughSeq } = body;
  const started = await house.http.post<View>('/v1/replays', { ...asked, expectAtMost: count, throughSeq });
  if (started.status !== 201) throw new Error(`expected it to run: ${started.status} ${started.text}`);
  return started.body;
}

const get = async (id: string) => (await house.http.get<View>(`/v1/replays/${id}`)).body;
const turn = async (id: string, what: 'pause' | 'resume' | 'cancel', reason = 'a test') =>
  (await house.http.post<View>(`/v1/replays/${id}/${what}`, { reason })).status;
const until = (id: string, fields: object, withinMs = 60_000) =>
  eventually(async () => expect(await get(id)).toMatchObject(fields), { withinMs });
const untilWorkflow = (id: string, status: string) =>
  eventually(
    async () => expect((await house.client.workflow.getHandle(`replay/${id}`).describe()).status.name).toBe(status),
    { withinMs: 60_000 },
  );
const slow = { kind: 'delay', ms: 100 } as const;

describe.concurrent('a replay', () => {
  it('brings a destination that was attached later all it missed, once each, and keeps nobody waiting', async (test) => {
    const { expect } = test;
    const { tenant, hook, proxy, attach } = await aPast(test, 15);
    const destination = await attach(4);
    proxy.always = slow;
    const { id, total } = await replay(destination, 'missing');
    expect(total).toBe(60);
    await eventually(() => expect(hook.ledger.size).toBeGreaterThan(3));
    for (const live of await tenant.deliver(anAttestation(tenant.key)))
      await eventually(async () => expect(await tenant.delivery(live.id)).toMatchObject({ state: 'delivered' }));
    expect(await get(id)).toMatchObject({ state: 'running' });
    await until(id, { state: 'done', queued: 60, deliveries: { delivered: 60 } });
    expect(hook.calls).toHaveLength(64);
    expect(hook.ledger.size).toBe(64);
    await untilWorkflow(id, 'COMPLETED');
    const { searchAttributes } = await house.client.workflow.getHandle(`replay/${id}`).describe();
    expect(searchAttributes).toMatchObject({ AttState: ['done'], AttDelivery: [`final:${destination}`] });
    const nothing = await house.http.post<Foreseen>('/v1/replays', { destination, mode: 'missing', expectAtMost: 0 });
    expect(nothing).toMatchObject({ status: 200, body: { count: 0 } });
  });

  it('gives back what was lost, the newest of its kind, and never older over newer', async (test) => {
    const { expect, onTestFinished } = test;
    const tenant = await createTenant(house);
    const track = await createDependencyTrackStandIn({ importMs: 50 });
    onTestFinished(() => track.close());
    const destination = await tenant.dependencyTrack(track.url, { value: track.settings.apiKey });
    const deliver = async () => {
      const [delivery] = await tenant.deliver(anSbomAttestation(tenant.key, makeSbom()));
      const id = delivery?.id ?? '';
      await eventually(async () => expect(await tenant.delivery(id)).toMatchObject({ state: 'delivered' }));
      return id;
    };
    const first = [await deliver(), await deliver()];
    const { id } = await replay(destination, 'again');
    await until(id, { state: 'done', deliveries: { delivered: 1, superseded: 1 } });
    const anew = (await tenant.deliveries()).filter((delivery) => !first.includes(delivery.id));
    const superseded = anew.find(({ state }) => state === 'superseded');
    const sent = anew.find(({ state }) => state === 'delivered');
    expect([first[1], sent?.id]).toContain(superseded?.supersededBy);
    expect(sent?.idempotencyKey).toBe(sent?.id);
    expect(track.ledger).toHaveLength(3);
  });

  it('begins anew what was given up, under its key', async (test) => {
    const { expect } = test;
    const { tenant, hook, proxy, attach } = await aPast(test, 0);
    const destination = await attach();
    proxy.always = { kind: 'status', status: 422 };
    const [delivery] = await tenant.deliver(anAttestation(tenant.key));
    const path = `/v1/deliveries/${delivery?.id}`;
    await eventually(async () => expect(await tenant.deliveries('&state=blocked')).toHaveLength(1));
    expect(await house.http.post(`${path}/skip`, { reason: 'not now' })).toMatchObject({ status: 200 });
    proxy.always = undefined;
    const { id } = await replay(destination, 'missing', { includeSkipped: true });
    await until(id, { state: 'done', deliveries: { delivered: 1 } });
    expect(await tenant.deliveries()).toMatchObject([{ id: delivery?.id, state: 'delivered', attempts: 2 }]);
    expect([...hook.ledger.keys()]).toEqual([delivery?.idempotencyKey]);
  });

  it('stops when it is paused, goes on when it is resumed, and ends when it is cancelled', async (test) => {
    const { expect } = test;
    const { tenant, hook, proxy, attach } = await aPast(test, 15);
    const destination = await attach(4);
    proxy.always = slow;
    const { id } = await replay(destination, 'missing');
    await eventually(() => expect(hook.ledger.size).toBeGreaterThan(3));
    expect(await turn(id, 'pause')).toBe(200);
    // Nothing is on its way once its lanes have ended their turns.
    await eventually(async () => {
      const pending = await house.client.workflow.getHandle(`replay/${id}`).describe();
      const waits = pending.raw.pendingActivities?.map(({ lastFailure }) => lastFailure?.message) ?? [];
      expect(waits.length).toBeGreaterThan(0);
      for (const message of waits) expect(message).toBe('the replay is paused: a test');
    });
    const before = hook.calls.length;
    expect(await get(id)).toMatchObject({ state: 'paused', stateReason: 'a test' });
    expect(hook.calls).toHaveLength(before);
    expect(before).toBeLessThan(60);
    expect(await turn(id, 'resume')).toBe(200);
    await eventually(() => expect(hook.ledger.size).toBeGreaterThan(before));
    expect(await turn(id, 'cancel', 'wrong lake')).toBe(200);
    await untilWorkflow(id, 'COMPLETED');
    const ended = await tenant.deliveries();
    const skipped = ended.filter(({ state }) => state === 'skipped');
    expect(skipped.length).toBeGreaterThan(0);
    expect(skipped[0]?.skipped).toMatchObject({ reason: `replay ${id} cancelled: wrong lake` });
    expect(ended.filter(({ state }) => state !== 'skipped' && state !== 'delivered')).toEqual([]);
    expect(hook.ledger.size).toBeLessThan(60);
  });

  it('waits for a destination that is held, can be cancelled meanwhile, and outlives its workflow', async (test) => {
    const { expect } = test;
    const { hook, attach } = await aPast(test, 5);
    const destination = await attach();
    await house.http.post(`/v1/destinations/${destination}/pause`, { reason: 'maintenance' });
    const first = await replay(destination, 'missing');
    await until(first.id, { state: 'running', held: true });
    expect(await turn(first.id, 'cancel')).toBe(200);
    await untilWorkflow(first.id, 'COMPLETED');
    const { id } = await replay(destination, 'missing', { includeSkipped: true });
    await untilWorkflow(id, 'RUNNING');
    await house.client.workflow.getHandle(`replay/${id}`).terminate('as if Temporal had lost it');
    await house.http.post(`/v1/destinations/${destination}/resume`);
    await until(id, { state: 'done', deliveries: { delivered: 5 } });
    expect(hook.calls).toHaveLength(5);
  });

  it('pauses itself when everything is refused; what is blocked has a host of its own in the end', async (test) => {
    const { expect } = test;
    const { tenant, proxy, attach } = await aPast(test, 28);
    const destination = await attach(4);
    proxy.always = { kind: 'status', status: 422 };
    const { id } = await replay(destination, 'missing');
    await until(id, { state: 'paused', stateBy: { name: 'system' } });
    const { stateReason } = await get(id);
    expect(stateReason).toMatch(/^\d+ deliveries in a row were refused; the last one: http.422/);
    proxy.always = undefined;
    expect(await turn(id, 'resume', 'mended')).toBe(200);
    await until(id, { state: 'done' });
    const [blocked] = await tenant.deliveries('&state=blocked');
    expect(await house.http.post(`/v1/deliveries/${blocked?.id}/retry`, {})).toMatchObject({ status: 202 });
    await eventually(
      async () => expect(await tenant.delivery(blocked?.id ?? '')).toMatchObject({ state: 'delivered' }),
      {
        withinMs: 60_000,
      },
    );
  });
});

describe('a replay whose worker is killed', () => {
  it('loses nothing, and repeats nothing but what was on its way, under the same key', async (test) => {
    const { hook, proxy, attach } = await aPast(test, 15);
    const destination = await attach(4);
    proxy.always = slow;
    const { id } = await replay(destination, 'missing');
    await eventually(() => expect(hook.ledger.size).toBeGreaterThan(10));
    const [worker] = house.workers;
    await worker?.kill();
    const onItsWay = proxy.calls() - hook.calls.length;
    await house.addWorker();
    await until(id, { state: 'done', queued: 60, deliveries: { delivered: 60 } });
    expect(hook.ledger.size).toBe(60);
    expect(hook.calls.length - 60).toBeLessThanOrEqual(8);
    expect(onItsWay).toBeLessThanOrEqual(8);
  });
});
