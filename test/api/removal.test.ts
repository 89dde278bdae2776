import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryRecord } from '../../db/deliveries.ts';
import { createHouse, envelope, type House } from './house.ts';

let house: House;
let admin: string;
beforeEach(async () => {
  house = createHouse();
  admin = (await house.token('admin')).token;
  await house.pipeline();
});
afterEach(() => house.close());

type Body = { open: { states: object[] }; action: string };
const removal = async (path: string, query: Record<string, string> = {}, token = admin) => {
  const answer = await house.request(token, 'DELETE', `/v1/${path}?${new URLSearchParams(query)}`);
  const body = answer.status === 204 ? undefined : ((await answer.json()) as Body);
  return { status: answer.status, body };
};
/** Accepted attestations, one delivery to each destination there is. */
async function accept(...seeds: string[]): Promise<DeliveryRecord[]> {
  for (const seed of seeds) await house.submit(admin, envelope(seed));
  return open();
}
const open = async () =>
  (await house.db.deliveries.list({ open: true }, { limit: 200 }, house.clock().toISOString())).items;
const begin = (id: string) =>
  house.db.deliveries.begin({
    id,
    phase: 'deliver',
    processId: 'p1',
    orderKey: null,
    expiresAfterMs: 1e9,
    attemptMs: 150_000,
    at: house.clock().toISOString(),
  });
const audit = async (target: string) => (await house.db.audit.list({ target }, { limit: 9 })).items;
const CONSENT = { skipOpen: 'true', expectAtMost: '3', reason: 'receiver retired', detachAtMost: '1' };

describe('removing a destination', () => {
  beforeEach(() => house.destination('hook'));

  it('says on a dry run what it would strand, and does nothing', async () => {
    const [first, second] = await accept('one', 'two', 'three');
    await begin(second?.id ?? '');
    const { status, body } = await removal('destinations/hook', { dryRun: 'true' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'hook',
      dryRun: true,
      removed: false,
      attachments: ['to-hook'],
      open: { count: 3, oldest: first?.createdAt, example: expect.stringMatching(/^dlv_/) },
      skipped: 0,
    });
    expect(body?.open.states).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ state: 'queued', count: 2 }),
        expect.objectContaining({ state: 'trying', count: 1, example: second?.id }),
      ]),
    );
    expect(await open()).toHaveLength(3);
  });

  it('is refused without consent, and the refusal says the same', async () => {
    await accept('one', 'two');
    const { status, body } = await removal('destinations/hook');
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'destination.in-use',
      attachments: 1,
      openDeliveries: 2,
      stranded: { attachments: ['to-hook'], open: { count: 2 } },
    });
    expect((await removal('destinations/hook', { ...CONSENT, detachAtMost: '' })).status).toBe(409);
  });

  it.each([
    [{ skipOpen: 'true', reason: 'x' }, 'expectAtMost'],
    [{ skipOpen: 'true', expectAtMost: '3' }, 'reason'],
    [{ keepOpen: 'true' }, 'keepOpen'],
  ])('asks for the count that was seen and for a reason: %o', async (query, missing) => {
    const { status, body } = await removal('destinations/hook', query as Record<string, string>);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(missing);
  });

  it.each([
    ['deliveries', { ...CONSENT, expectAtMost: '2' }],
    ['attachments', { ...CONSENT, detachAtMost: '0' }],
  ])('does nothing when there are more %s than were seen', async (_, query) => {
    await accept('one', 'two', 'three');
    expect(await removal('destinations/hook', query)).toMatchObject({
      status: 409,
      body: { code: 'destination.more-than-expected', stranded: { open: { count: 3 } } },
    });
    expect(await open()).toHaveLength(3);
    expect(await house.db.attachments.get('to-hook')).toBeDefined();
  });

  it('ends what is open with who and why, detaches, tells the workflows, and is on record', async () => {
    const stranded = await accept('one', 'two', 'three');
    const { status, body } = await removal('destinations/hook', CONSENT);
    expect({ status, body }).toMatchObject({ status: 200, body: { removed: true, dryRun: false, skipped: 3 } });
    for (const { id } of stranded) {
      const delivery = await house.db.deliveries.get(id, house.clock().toISOString());
      expect(delivery).toMatchObject({ state: 'skipped', skipped: { by: 'admin token', reason: CONSENT.reason } });
      expect(await audit(id)).toMatchObject([{ action: 'delivery.skip', detail: { of: body?.action } }]);
    }
    expect(house.engine.woken.map(({ what }) => what)).toEqual(['skip', 'skip', 'skip']);
    expect(await audit(body?.action ?? '')).toMatchObject([
      { action: 'deliveries.skip', detail: { reason: CONSENT.reason, removed: { destination: 'hook' } } },
    ]);
    const [entry] = await audit('hook');
    expect(entry).toMatchObject({ action: 'destination.delete', detail: { reason: CONSENT.reason } });
    expect(await audit('to-hook')).toMatchObject([{ action: 'attachment.delete' }, { action: 'attachment.put' }]);
    await accept('four');
    expect(await open()).toEqual([]);
  });

  it('does nothing twice when it is clicked twice, at once or again', async () => {
    await accept('one', 'two', 'three');
    const both = await Promise.all([removal('destinations/hook', CONSENT), removal('destinations/hook', CONSENT)]);
    expect(both.map(({ status }) => status)).toContain(200);
    expect((await removal('destinations/hook', CONSENT)).status).toBe(404);
    const entries = (await house.db.audit.list({}, { limit: 50 })).items.map(({ action }) => action);
    const count = (action: string) => entries.filter((one) => one === action).length;
    expect([count('delivery.skip'), count('attachment.delete'), count('destination.delete')]).toEqual([3, 1, 1]);
  });

  it('logs as "delivered anyway" what was being sent meanwhile, and breaks no destination of that name made later', async () => {
    const [delivery] = await accept('one');
    const id = delivery?.id ?? '';
    await begin(id);
    await removal('destinations/hook', CONSENT);
    const at = house.clock().toISOString();
    const finish = (result: Parameters<typeof house.db.deliveries.finish>[0]['result']) =>
      house.db.deliveries.finish({ id, attempt: 1, result, testHasEffects: true, at });
    expect(await finish({ outcome: 'delivered', evidence: {} })).toMatchObject({ state: 'skipped' });
    const { items } = await house.db.deliveries.attempts(id, { limit: 1 });
    expect(items).toMatchObject([{ outcome: 'delivered', message: expect.stringContaining('delivered anyway') }]);
    await house.destination('hook');
    expect(await house.db.holds.of('hook')).toEqual([]);
  });

  it('ends only what was counted, and stays for what came in the moment in which it was asked for', async () => {
    const [counted] = await accept('one');
    const { delete: detach } = house.db.attachments;
    house.db.attachments.delete = async (...input) => {
      house.pass(10);
      await accept('late');
      house.pass(10);
      return detach(...input);
    };
    const { status, body } = await removal('destinations/hook', { ...CONSENT, expectAtMost: '1' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ removed: false, skipped: 1, attachments: ['to-hook'] });
    const left = await open();
    expect(left).toHaveLength(1);
    expect(left.map(({ id }) => id)).not.toContain(counted?.id);
    house.db.attachments.delete = detach;
    expect(await removal('destinations/hook', CONSENT)).toMatchObject({ status: 200, body: { removed: true } });
  });

  it('asks for nothing more where the deliveries have ended and only attachments are left', async () => {
    expect(await removal('destinations/hook', { detachAtMost: '1' })).toMatchObject({
      status: 200,
      body: { removed: true, attachments: ['to-hook'], skipped: 0 },
    });
  });
});

describe('removing an attachment', () => {
  beforeEach(() => house.destination('hook'));

  it('says what it would strand: of its deliveries only', async () => {
    await house.destination('other');
    await accept('one');
    expect(await removal('attachments/to-hook', { dryRun: 'true' })).toMatchObject({
      body: { name: 'to-hook', attachments: [], open: { count: 1 } },
    });
    expect(await removal('attachments/to-hook')).toMatchObject({ status: 409, body: { code: 'attachment.in-use' } });
    const skipped = { skipOpen: 'true', expectAtMost: '1', reason: 'not wanted there' };
    expect(await removal('attachments/to-hook', skipped)).toMatchObject({ body: { removed: true, skipped: 1 } });
    expect(await open()).toMatchObject([{ destination: 'other' }]);
  });

  it('lets what was planned go on when it is told so, and plans no more', async () => {
    const [delivery] = await accept('one');
    expect(await removal('attachments/to-hook', { keepOpen: 'true' })).toMatchObject({
      status: 200,
      body: { removed: true, open: { count: 1 }, skipped: 0 },
    });
    expect(await begin(delivery?.id ?? '')).toMatchObject({ kind: 'go' });
    await accept('two');
    expect(await open()).toHaveLength(1);
    const both = { keepOpen: 'true', skipOpen: 'true', expectAtMost: '1', reason: 'x' };
    expect((await removal('attachments/to-hook', both)).status).toBe(400);
  });

  it('is an administrator’s alone, the dry run too', async () => {
    const { token } = await house.token('operate');
    expect((await removal('attachments/to-hook', { dryRun: 'true' }, token)).status).toBe(403);
    expect((await removal('destinations/hook', { dryRun: 'true' }, token)).status).toBe(403);
  });
});
