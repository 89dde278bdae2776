import { expect, it } from 'vitest';
import { sha256Hex } from '../../../attestation/ids.ts';
import { DAY, delivered, failed, HOUR, MINUTE, TOO_MANY, t, type World } from '../world.ts';

/** What housekeeping may remove, and what it must not. */
export function describeUpkeep(world: () => World): void {
  const attemptsOf = async (id: string) =>
    (await world().db.deliveries.attempts(id, { limit: 99 })).items.map(({ n }) => n);
  const failTimes = async (id: string, times: number, from: number) => {
    for (let n = 0; n < times; n++) {
      const at = from + n * MINUTE;
      await world().attempt(id, failed(TOO_MANY, at + 30), at);
    }
  };
  const removedOf = async () =>
    Object.fromEntries((await world().db.upkeep.sizes(t(0))).removed.map(({ what, count }) => [what, count]));

  it('removes old attempts: of an ended delivery all but the last, of an open one all but the last ten', async () => {
    const { db, connect, deliver, attempt } = world();
    await connect('hook');
    const ended = await deliver('ended', 0);
    await failTimes(ended, 4, 0);
    await attempt(ended, delivered, HOUR);
    const open = await deliver('open', 1);
    await failTimes(open, 13, 1);
    const young = await deliver('young', 50 * DAY);
    await failTimes(young, 3, 50 * DAY);

    const first = await db.upkeep.removeAttempts({ before: t(40 * DAY), limit: 1 });
    expect(first.removed).toBe(4);
    const rest = await db.upkeep.removeAttempts({ before: t(40 * DAY), after: first.next ?? '', limit: 5 });
    expect(rest).toEqual({ removed: 3, next: null });
    expect(await attemptsOf(ended)).toEqual([5]);
    expect(await attemptsOf(open)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
    expect(await attemptsOf(young)).toEqual([3, 2, 1]);
    expect(await db.upkeep.removeAttempts({ before: t(40 * DAY), limit: 9 })).toEqual({ removed: 0, next: null });
    expect(await removedOf()).toEqual({ attempts: 7 });
  });

  it('says of a delivery how many of its attempts were removed', async () => {
    const { db, connect, deliver } = world();
    await connect('hook');
    const id = await deliver('one', 0);
    expect(await db.deliveries.attempts(id, { limit: 9 })).toMatchObject({ items: [], removed: 0 });
    await failTimes(id, 12, 0);
    await db.upkeep.removeAttempts({ before: t(DAY), limit: 9 });
    const page = await db.deliveries.attempts(id, { limit: 3 });
    expect(page).toMatchObject({ removed: 2 });
    expect(await db.deliveries.attempts(id, { limit: 3, cursor: page.next ?? '' })).toMatchObject({ removed: 2 });
  });

  it('keeps an attempt that is young, whatever its number', async () => {
    const { db, connect, deliver } = world();
    await connect('hook');
    const id = await deliver('one', 0);
    await failTimes(id, 12, 0);
    await failTimes(id, 3, 5 * DAY);
    await db.upkeep.removeAttempts({ before: t(3 * MINUTE), limit: 9 });
    expect((await attemptsOf(id)).at(-1)).toBe(4);
  });

  it('removes bytes that were sent and that no attestation named within a day', async () => {
    const { db } = world();
    const blob = { project: 'acme', sha256: sha256Hex('a'), sha512: 'b', size: 5 };
    await db.blobs.record({ ...blob, sentBy: 'tok_1', at: t(0) });
    await db.blobs.record({ ...blob, project: 'beta', at: t(0) });
    await db.blobs.saveInspection({ sha256: blob.sha256, type: 'SARIF', validator: 'v1', result: {}, at: t(0) });
    expect(await db.upkeep.removeBlobs(t(0), 9)).toBe(0);
    // Sent again: it counts for another day.
    await db.blobs.record({ ...blob, project: 'beta', at: t(HOUR) });
    expect(await db.upkeep.removeBlobs(t(1), 9)).toBe(1);
    expect(await db.blobs.find('acme', blob)).toBeUndefined();
    expect(await db.blobs.find('beta', blob)).toBeDefined();
    expect(await db.blobs.findInspection(blob.sha256, 'SARIF', 'v1')).toEqual({});
    expect(await db.upkeep.unreferred([blob.sha256])).toEqual([]);
    expect(await db.upkeep.removeBlobs(t(HOUR + 1), 9)).toBe(1);
    expect(await db.blobs.findInspection(blob.sha256, 'SARIF', 'v1')).toBeUndefined();
    expect(await db.upkeep.unreferred([blob.sha256])).toEqual([blob.sha256]);
    expect(await removedOf()).toEqual({ blobs: 2, inspections: 1 });
  });

  it('keeps for good what an attestation names, by a file sent along or by its digest', async () => {
    const { db, pipeline } = world();
    const one = { sha256: sha256Hex('one'), sha512: 'x1', size: 5 };
    const two = { sha256: sha256Hex('two'), sha512: 'x2', size: 6 };
    for (const blob of [one, two]) await db.blobs.record({ ...blob, project: 'acme', at: t(0) });
    await db.attestations.receive({
      id: 'att_1',
      pipeline,
      statementDigest: 's',
      statements: [{ sha256: sha256Hex('statement'), size: 9 }],
      parts: [{ ...one, name: 'sbom', mediaType: 'application/json' }],
      receivedBy: 'tok_ci',
      at: t(1),
    });
    const wanted = { sha512: 'x2' };
    expect((await db.blobs.claimEach('acme', [wanted, { sha256: 'f' }])).get(wanted)).toEqual({
      sha256: two.sha256,
      size: 6,
    });
    // Sending them again makes them no younger, and no less kept.
    for (const blob of [one, two]) await db.blobs.record({ ...blob, project: 'acme', at: t(2) });
    expect(await db.upkeep.removeBlobs(t(30 * DAY), 9)).toBe(0);
    const all = ['one', 'two', 'statement', 'nobody'].map(sha256Hex);
    expect(await db.upkeep.unreferred(all)).toEqual([sha256Hex('nobody')]);
  });

  it('knows since when a judgement has been undecided', async () => {
    const { db, accept, receive } = world();
    expect(await db.upkeep.undecidedSince()).toBeNull();
    await accept('one', 0);
    expect(await db.upkeep.undecidedSince()).toBeNull();
    await receive('two', 5);
    await receive('three', 7);
    expect(await db.upkeep.undecidedSince()).toBe(t(5));
  });

  it('removes kept answers after a day, and measures what is left', async () => {
    const { db } = world();
    const answer = { tokenId: 'tok', request: 'POST /v1/x d1', status: 201, body: '{}' };
    for (const key of ['a', 'b', 'c']) await db.answers.save({ ...answer, key, at: t(0) });
    await db.answers.save({ ...answer, key: 'd', at: t(HOUR) });
    expect(await db.upkeep.removeAnswers(t(1), 2)).toBe(2);
    expect(await db.upkeep.removeAnswers(t(1), 2)).toBe(1);
    expect(await db.upkeep.removeAnswers(t(1), 2)).toBe(0);
    await db.upkeep.noteShare(0, { files: 2, bytes: 10 }, t(0));
    await db.upkeep.noteShare(1, { files: 1, bytes: 5 }, t(1));
    await db.upkeep.noteShare(0, { files: 3, bytes: 20 }, t(2));
    await db.upkeep.noteFilesRemoved(1);
    await db.upkeep.noteFilesRemoved(0);
    const sizes = await db.upkeep.sizes(t(0));
    expect(sizes.databaseBytes).toBeGreaterThan(10_000);
    expect(sizes.store).toEqual({ shares: 2, files: 4, bytes: 25 });
    expect((await db.upkeep.sizes(t(2))).store).toEqual({ shares: 1, files: 3, bytes: 20 });
    expect(await removedOf()).toEqual({ answers: 3, files: 1 });
  });
}
