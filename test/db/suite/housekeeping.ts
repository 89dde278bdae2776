import { expect, it } from 'vitest';
import { DAY, OPERATOR, t, type World, who } from '../world.ts';

/** Leases, processes, kept answers, blobs, audit. */
export function describeHousekeeping(world: () => World): void {
  it('gives a lease to one holder until it is over', async () => {
    const { leases } = world().db;
    expect(
      await Promise.all([leases.take('sweeper', 'p1', 5000, t(0)), leases.take('sweeper', 'p2', 5000, t(0))]),
    ).toEqual([true, false]);
    expect(await leases.take('sweeper', 'p1', 5000, t(3))).toBe(true);
    expect(await leases.take('sweeper', 'p2', 5000, t(7))).toBe(false);
    expect(await leases.take('sweeper', 'p2', 5000, t(8))).toBe(true);
    expect(await leases.take('other', 'p1', 5000, t(8))).toBe(true);
  });

  it('knows which processes live', async () => {
    const { processes } = world().db;
    await processes.heartbeat({ id: 'w1', kind: 'worker', at: t(0) });
    await processes.heartbeat({ id: 'w2', kind: 'worker', at: t(10) });
    await processes.heartbeat({ id: 'a1', kind: 'api', at: t(10) });
    expect(await processes.live('worker', t(5))).toEqual(['w2']);
    await processes.heartbeat({ id: 'w1', kind: 'worker', at: t(12) });
    expect(await processes.live('worker', t(5))).toEqual(['w1', 'w2']);
    await processes.gone('w2');
    expect(await processes.live('worker', t(5))).toEqual(['w1']);
  });

  it('keeps the first answer under an idempotency key for a day', async () => {
    const { answers } = world().db;
    const answer = { tokenId: 'tok', key: 'k', request: 'POST /v1/x d1', status: 201, body: '{}' };
    await answers.save({ ...answer, at: t(0) });
    await answers.save({ ...answer, body: 'other', at: t(1) });
    expect(await answers.find('tok', 'k', t(-DAY))).toEqual({ request: 'POST /v1/x d1', status: 201, body: '{}' });
    expect(await answers.find('other', 'k', t(-DAY))).toBeUndefined();
    expect(await answers.find('tok', 'k', t(1))).toBeUndefined();
    await answers.save({ ...answer, key: 'later', at: t(DAY + 1) });
    expect(await answers.find('tok', 'k', t(-DAY))).toBeUndefined();
  });

  it('counts bytes only under the project that sent them', async () => {
    const { blobs } = world().db;
    const blob = { project: 'acme', sha256: 'a', sha512: 'b', size: 5 };
    await blobs.record({ ...blob, at: t(0) });
    await blobs.record({ ...blob, at: t(1) });
    const found = { sha256: 'a', sha512: 'b', size: 5 };
    expect(await blobs.find('acme', { sha256: 'a' })).toEqual(found);
    expect(await blobs.find('acme', { sha512: 'b' })).toEqual(found);
    expect(await blobs.find('acme', { sha256: 'a', sha512: 'c' })).toBeUndefined();
    expect(await blobs.find('beta', { sha256: 'a' })).toBeUndefined();
    expect(await blobs.find('acme', {})).toBeUndefined();
  });

  it('knows which token sent what', async () => {
    const { sent } = world().db;
    const things = [{ attestation: 'att_1' }, { project: 'acme', sha256: 'a' }];
    await sent.note('tok_1', things);
    await sent.note('tok_1', things);
    for (const thing of things)
      expect([await sent.has('tok_1', thing), await sent.has('tok_2', thing)]).toEqual([true, false]);
    for (const other of [{ attestation: 'att_2' }, { project: 'beta', sha256: 'a' }, { project: 'acme', sha256: 'b' }])
      expect(await sent.has('tok_1', other)).toBe(false);
  });

  it('remembers inspections by digest, type and validator', async () => {
    const { blobs } = world().db;
    const key = { sha256: 'a', type: 'SARIF', validator: 'v1' };
    expect(await blobs.findInspection('a', 'SARIF', 'v1')).toBeUndefined();
    await blobs.saveInspection({ ...key, result: { valid: true }, at: t(0) });
    expect(await blobs.findInspection('a', 'SARIF', 'v1')).toEqual({ valid: true });
    expect(await blobs.findInspection('a', 'SARIF', 'v2')).toBeUndefined();
  });

  it('lists the audit newest first, by target and action', async () => {
    const { audit } = world().db;
    for (let i = 0; i < 5; i++)
      await audit.append({ action: `a.${i % 2}`, target: `t${i % 3}`, detail: { i }, ...who(i) });
    const first = await audit.list({}, { limit: 2 });
    expect(first.items.map(({ detail }) => detail)).toEqual([{ i: 4 }, { i: 3 }]);
    const second = await audit.list({}, { limit: 2, cursor: first.next ?? '' });
    expect(second.items.map(({ detail }) => detail)).toEqual([{ i: 2 }, { i: 1 }]);
    expect((await audit.list({ target: 't1' }, { limit: 9 })).items).toMatchObject([
      { detail: { i: 4 }, actor: OPERATOR, at: t(4) },
      { detail: { i: 1 } },
    ]);
    expect((await audit.list({ action: 'a.1', target: 't0' }, { limit: 9 })).items).toMatchObject([
      { detail: { i: 3 } },
    ]);
  });
}
