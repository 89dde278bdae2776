import { expect, it } from 'vitest';
import { t, type World, who } from '../world.ts';

/** Several judgements of one attestation: PROTOCOLS A. */
export function describeJudgements(world: () => World): void {
  /** Judgement 1 is being made while an operator asks for judgement 2. */
  const twoOpen = async ({ pinned = [1, 2] } = {}) => {
    const { db, connect, receive } = world();
    await connect('dt');
    await receive('one', 1);
    if (pinned.includes(1)) await db.attestations.pin('att_one', 1, t(1));
    await db.attestations.rejudge('att_one', { ...who(2), reason: 'it takes too long' });
    if (pinned.includes(2)) await db.attestations.pin('att_one', 2, t(2));
  };
  const conclude = async (n: number, verdict: 'accepted' | 'rejected', at: number) => {
    const { db, conclusion } = world();
    const decided = await conclusion('att_one', verdict === 'accepted' ? {} : { verdict, deliveries: [] });
    return db.attestations.conclude('att_one', n, decided, t(at));
  };
  const verdicts = async () =>
    (await world().db.attestations.judgements('att_one')).map(({ n, verdict }) => [n, verdict]);
  /** What an accepted attestation is to everybody who asks, whichever of its judgements accepted it. */
  const expectAccepted = async (n: number) => {
    const { db, receive } = world();
    expect((await db.attestations.get('att_one'))?.judgement).toMatchObject({ n, verdict: 'accepted' });
    expect(await verdicts()).toEqual([
      [1, 'accepted'],
      [2, 'accepted'],
    ]);
    expect(await db.attestations.materials('att_one')).toMatchObject([{ name: 'sbom' }]);
    expect(await receive('one', 90)).toMatchObject({ n, outcome: 'accepted', verdict: 'accepted' });
    expect(await db.attestations.undecided(t(99), 10)).toEqual([]);
    expect(await db.attestations.rejudge('att_one', { ...who(91), reason: 'x' })).toBeUndefined();
    const { items } = await db.deliveries.list({}, { limit: 10 }, t(99));
    expect(items).toMatchObject([{ workflowId: `attestation/acme/api/att_one/${n}` }]);
    expect(await db.deliveries.load(items[0]?.id ?? '')).toMatchObject({
      attestation: { subjects: [{ name: 'app' }] },
      materials: [{ name: 'sbom' }],
    });
  };

  it('delivers what the earlier judgement accepted, though a later one was asked for meanwhile', async () => {
    await twoOpen();
    expect((await conclude(1, 'accepted', 3)).deliveries).toHaveLength(1);
    await expectAccepted(1);
    expect(await conclude(2, 'rejected', 4)).toMatchObject({ verdict: 'accepted', duplicateOf: null, deliveries: [] });
    expect(await conclude(2, 'accepted', 5)).toMatchObject({ verdict: 'accepted', deliveries: [] });
    await expectAccepted(1);
  });

  it('delivers once what the later judgement accepted first', async () => {
    await twoOpen();
    expect((await conclude(2, 'accepted', 3)).deliveries).toHaveLength(1);
    await expectAccepted(2);
    expect(await conclude(1, 'accepted', 4)).toMatchObject({ verdict: 'accepted', deliveries: [] });
    await expectAccepted(2);
  });

  it('tells a judgement that begins after another was accepted that all is decided, and under which contract', async () => {
    const { db } = world();
    await twoOpen({ pinned: [1] });
    await db.contracts.put({ name: 'base', text: 'schemaVersion: v1\n#\n', digest: 'd2', ...who(3) });
    await conclude(1, 'accepted', 4);
    const decided = { pinnedAt: t(1), contract: { revision: 1 }, verdict: 'accepted' };
    expect((await db.attestations.judgements('att_one'))[1]).toMatchObject({ ...decided, decidedAt: t(4) });
    expect(await db.attestations.pin('att_one', 2, t(5))).toMatchObject(decided);
    expect(await conclude(2, 'rejected', 6)).toMatchObject({ verdict: 'accepted', contract: 'base@1', deliveries: [] });
    await expectAccepted(1);
  });

  it('keeps to the contract that a judgement had pinned before it took over another outcome', async () => {
    const { db } = world();
    await twoOpen({ pinned: [1] });
    await db.contracts.put({ name: 'base', text: 'schemaVersion: v1\n#\n', digest: 'd2', ...who(3) });
    await db.attestations.pin('att_one', 2, t(3));
    await conclude(1, 'accepted', 4);
    expect((await db.attestations.judgements('att_one'))[1]).toMatchObject({
      pinnedAt: t(3),
      contract: { revision: 2 },
    });
  });

  it.each([
    ['comes first', true],
    ['comes second', false],
  ])('agrees with itself when a new judgement is asked for at the same time and %s', async (_, first) => {
    const { db, connect, receive, conclusion } = world();
    await connect('dt');
    await receive('one', 1);
    await db.attestations.pin('att_one', 1, t(1));
    const decided = await conclusion('att_one');
    const ask = () => db.attestations.rejudge('att_one', { ...who(2), reason: 'closed', onlyIf: { n: 1 } });
    const end = () => db.attestations.conclude('att_one', 1, decided, t(2));
    const [asked] = first ? await Promise.all([ask(), end()]) : (await Promise.all([end(), ask()])).reverse();
    if (first) return expectAccepted(1);
    expect(asked).toBeUndefined();
    expect(await verdicts()).toEqual([[1, 'accepted']]);
  });

  it('lets a rejection by the later judgement stand, whatever the earlier one finds', async () => {
    const { db } = world();
    await twoOpen();
    await conclude(2, 'rejected', 3);
    expect(await conclude(1, 'accepted', 4)).toMatchObject({ verdict: 'rejected', deliveries: [] });
    expect((await db.attestations.get('att_one'))?.judgement).toMatchObject({ n: 2, verdict: 'rejected' });
    expect(await db.attestations.vsa('att_one', 1)).toBe(await db.attestations.vsa('att_one', 2));
    expect((await db.deliveries.list({}, { limit: 10 }, t(5))).items).toEqual([]);
  });

  it('goes on with the later judgement when the earlier one rejects', async () => {
    const { db } = world();
    await twoOpen();
    await conclude(1, 'rejected', 3);
    expect(await db.attestations.undecided(t(9), 10)).toMatchObject([{ id: 'att_one', n: 2 }]);
    expect((await conclude(2, 'accepted', 4)).deliveries).toHaveLength(1);
    expect((await db.attestations.get('att_one'))?.judgement).toMatchObject({ n: 2, verdict: 'accepted' });
  });

  it('takes the accepted judgement for the whole attestation when it is a duplicate too', async () => {
    const { db, pipeline, accept, conclusion } = world();
    await accept('one', 1);
    const statementDigest = (await db.attestations.get('att_one'))?.statementDigest ?? '';
    const copy = { id: 'att_copy', pipeline, statementDigest, statements: [], parts: [], receivedBy: 'ci', at: t(2) };
    await db.attestations.receive(copy);
    await db.attestations.pin('att_copy', 1, t(2));
    expect(await db.attestations.vsa('att_copy', 1)).toBeUndefined();
    await db.attestations.rejudge('att_copy', { ...who(3), reason: 'it takes too long' });
    await db.attestations.pin('att_copy', 2, t(3));
    await db.attestations.conclude('att_copy', 1, await conclusion('att_copy'), t(4));
    const rejection = await conclusion('att_copy', { verdict: 'rejected', deliveries: [] });
    const outcome = { verdict: 'accepted', duplicateOf: 'att_one', deliveries: [] };
    expect(await db.attestations.conclude('att_copy', 2, rejection, t(5))).toMatchObject(outcome);
    expect((await db.attestations.get('att_copy'))?.judgement).toMatchObject({ n: 1, duplicateOf: 'att_one' });
    expect(await db.attestations.materials('att_copy')).toEqual(await db.attestations.materials('att_one'));
  });

  it('are listed in pages, the first one first', async () => {
    const { db } = world();
    await twoOpen();
    const first = await db.attestations.listJudgements('att_one', { limit: 1 });
    expect(first.items.map(({ n }) => n)).toEqual([1]);
    const second = await db.attestations.listJudgements('att_one', { limit: 1, cursor: first.next ?? '' });
    expect([second.items.map(({ n }) => n), second.next]).toEqual([[2], null]);
    expect((await db.attestations.listJudgements('att_none', { limit: 9 })).items).toEqual([]);
  });
}
