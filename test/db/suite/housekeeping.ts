import { expect, it } from 'vitest';
import type { SentThing } from '../../../db/sent.ts';
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
    await answers.save({ ...answer, body: 'of the next day', at: t(DAY + 1) });
    expect((await answers.find('tok', 'k', t(1)))?.body).toBe('of the next day');
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
    const { blobs, sent } = world().db;
    const blob = { project: 'acme', sha256: 'a', sha512: 'b', size: 5, at: t(0) };
    await blobs.record({ ...blob, sentBy: 'tok_1' });
    await blobs.record({ ...blob, sentBy: 'tok_1' });
    await blobs.record({ ...blob, sha256: 'c', sha512: 'd' });
    const senders = (thing: SentThing) => Promise.all(['tok_1', 'tok_2'].map((token) => sent.has(token, thing)));
    expect(await senders({ project: 'acme', sha256: 'a' })).toEqual([true, false]);
    expect(await senders({ project: 'beta', sha256: 'a' })).toEqual([false, false]);
    expect(await senders({ project: 'acme', sha256: 'c' })).toEqual([false, false]);
  });

  it('keeps with an attestation what came beside it: under its project, and for the token that sent it', async () => {
    const { blobs, sent, attestations, pipelines } = world().db;
    const pipeline = await pipelines.get('acme', 'api');
    if (!pipeline) throw new Error('the world has it');
    const part = { name: 'sbom', mediaType: 'application/json', sha256: 'a', sha512: 'b', size: 5 };
    const input = { id: 'att_1', pipeline, statementDigest: 's', statements: [], parts: [part] };
    const senders = async (thing: SentThing) => [await sent.has('tok_1', thing), await sent.has('tok_2', thing)];
    await attestations.receive({ ...input, receivedBy: 'tok_1', sentBy: 'tok_1', at: t(0) });
    expect(await blobs.find('acme', { sha256: 'a' })).toEqual({ sha256: 'a', sha512: 'b', size: 5 });
    expect(await senders({ project: 'acme', sha256: 'a' })).toEqual([true, false]);
    await attestations.receive({ ...input, receivedBy: 'tok_2', sentBy: 'tok_2', at: t(1) });
    await attestations.receive({ ...input, receivedBy: 'tok_3', at: t(2) });
    expect(await senders({ project: 'acme', sha256: 'a' })).toEqual([true, true]);
    // The first sender is in the attestation's own row.
    expect(await senders({ attestation: 'att_1' })).toEqual([false, true]);
    expect(await sent.has('tok_3', { project: 'acme', sha256: 'a' })).toBe(false);
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
