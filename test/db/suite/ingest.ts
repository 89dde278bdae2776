import { expect, it } from 'vitest';
import { OPERATOR, t, type World, who } from '../world.ts';

const part = (name: string, sha256: string) => ({ name, sha256, sha512: `${sha256}-512`, size: 1, mediaType: 'a/b' });

/** Ingest and judgement: PROTOCOLS A. */
export function describeIngest(world: () => World): void {
  it('receives an attestation once, however often it is sent', async () => {
    const { db, receive } = world();
    const first = await receive('one', 1);
    expect(first).toEqual({
      id: 'att_one',
      n: 1,
      outcome: 'new',
      verdict: null,
      workflowId: 'attestation/acme/api/att_one/1',
    });
    expect(await receive('one', 2)).toEqual({ ...first, outcome: 'joined' });
    expect((await db.attestations.get('att_one'))?.receivedAt).toBe(t(1));
    expect(await db.attestations.judgements('att_one')).toHaveLength(1);
  });

  it('lets of two that are sent at once one win and the other join', async () => {
    const { receive } = world();
    const receipts = await Promise.all([receive('one', 1), receive('one', 1), receive('one', 1)]);
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual(['joined', 'joined', 'new']);
  });

  it('answers from the row once it was accepted', async () => {
    const { accept, receive } = world();
    await accept('one', 1);
    expect(await receive('one', 2)).toMatchObject({ n: 1, outcome: 'accepted', verdict: 'accepted' });
  });

  it('counts from the latest time it was sent, not from when it is judged again by hand', async () => {
    const { db, receive, conclusion } = world();
    const reject = async (n: number) => {
      await db.attestations.pin('att_one', n, t(n));
      const rejection = await conclusion('att_one', { verdict: 'rejected', deliveries: [] });
      await db.attestations.conclude('att_one', n, rejection, t(n));
    };
    await receive('one', 1);
    await reject(1);
    await db.attestations.rejudge('att_one', { ...who(50), reason: 'a key was added' });
    expect((await db.attestations.pin('att_one', 2, t(60)))?.receivedAt).toBe(t(1));
    await reject(2);
    await receive('one', 70);
    expect((await db.attestations.pin('att_one', 3, t(80)))?.receivedAt).toBe(t(70));
  });

  it('judges anew what was rejected', async () => {
    const { db, receive, conclusion } = world();
    await receive('one', 1);
    await db.attestations.pin('att_one', 1, t(1));
    const rejection = await conclusion('att_one', { verdict: 'rejected', deliveries: [] });
    await db.attestations.conclude('att_one', 1, rejection, t(1));
    const receipts = await Promise.all([receive('one', 2), receive('one', 2)]);
    expect(receipts.map(({ n, outcome }) => [n, outcome])).toEqual([
      [2, 'again'],
      [2, 'joined'],
    ]);
    expect((await db.attestations.get('att_one'))?.judgement).toMatchObject({ n: 2, verdict: null });
  });

  it('counts up what it receives, without gaps in the order', async () => {
    const { db, receive } = world();
    for (const name of ['a', 'b', 'c']) await receive(name, 1);
    const { items } = await db.attestations.list({}, { limit: 10 });
    const seqs = items.map(({ receivedSeq }) => receivedSeq);
    expect(items.map(({ id }) => id)).toEqual(['att_c', 'att_b', 'att_a']);
    expect(seqs).toEqual([...seqs].sort((a, b) => b - a));
  });

  it('adds parts sent again, by name, until the judgement is pinned; a new judgement starts with them', async () => {
    const { db, pipeline, conclusion } = world();
    const send = (parts: ReturnType<typeof part>[]) =>
      db.attestations.receive({
        id: 'att_p',
        pipeline,
        statementDigest: 'sp',
        statements: [],
        parts,
        receivedBy: 'ci',
        at: t(1),
      });
    await send([part('sbom', 'a'), part('sarif', 'b')]);
    await send([part('sbom', 'c')]);
    const pinned = await db.attestations.pin('att_p', 1, t(2));
    expect(pinned?.parts).toEqual([part('sarif', 'b'), part('sbom', 'c')]);
    await send([part('late', 'd')]);
    expect((await db.attestations.pin('att_p', 1, t(3)))?.parts).toEqual(pinned?.parts);
    const rejection = await conclusion('att_p', { verdict: 'rejected', deliveries: [] });
    await db.attestations.conclude('att_p', 1, rejection, t(4));
    await send([part('late', 'd')]);
    const names = (await db.attestations.pin('att_p', 2, t(5)))?.parts.map(({ name }) => name);
    expect(names).toEqual(['sarif', 'sbom', 'late']);
  });

  it('keeps the newest 500 parts of an attestation that is sent again and again', async () => {
    const { db, pipeline, conclusion } = world();
    const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `p${from + i}`);
    const of = { id: 'att_p', pipeline, statementDigest: 'sp', statements: [], receivedBy: 'ci', at: t(1) };
    const send = (names: string[]) => db.attestations.receive({ ...of, parts: names.map((name) => part(name, name)) });
    await send(numbers(0, 300));
    await send(numbers(300, 600));
    await send(['p100', 'p150']);
    const kept = [...numbers(101, 150), ...numbers(151, 600), 'p100', 'p150'];
    expect((await db.attestations.pin('att_p', 1, t(2)))?.parts.map(({ name }) => name)).toEqual(kept);
    await db.attestations.conclude(
      'att_p',
      1,
      await conclusion('att_p', { verdict: 'rejected', deliveries: [] }),
      t(3),
    );
    await send(['late']);
    const again = (await db.attestations.pin('att_p', 2, t(4)))?.parts.map(({ name }) => name);
    expect(again).toEqual([...kept.slice(1), 'late']);
  });

  it('pins contract and time once', async () => {
    const { db, receive } = world();
    await receive('one', 1);
    const first = await db.attestations.pin('att_one', 1, t(2));
    expect(first).toMatchObject({
      pinnedAt: t(2),
      contract: { name: 'base', revision: 1, text: 'schemaVersion: v1\n' },
    });
    await db.contracts.put({ name: 'base', text: 'schemaVersion: v1\n#\n', digest: 'd2', ...who(3) });
    expect(await db.attestations.pin('att_one', 1, t(4))).toEqual(first);
    await receive('two', 5);
    expect((await db.attestations.pin('att_two', 1, t(5)))?.contract.revision).toBe(2);
    expect(await db.attestations.pin('att_one', 2, t(5))).toBeUndefined();
  });

  it('concludes once and answers the same again', async () => {
    const { db, connect, accept, conclusion } = world();
    await connect('dt');
    const first = await accept('one', 1);
    expect(first).toMatchObject({ verdict: 'accepted', duplicateOf: null, contract: 'base@1' });
    expect(first.deliveries).toEqual([{ id: expect.stringMatching(/^dlv_/), destination: 'dt', createdAt: t(1) }]);
    const second = await conclusion('att_one', { verdict: 'rejected', deliveries: [] });
    expect(await db.attestations.conclude('att_one', 1, second, t(2))).toEqual(first);
    expect((await db.attestations.get('att_one'))?.judgement).toMatchObject({ verdict: 'accepted', decidedAt: t(1) });
  });

  it('delivers nothing twice for the same statement in other bytes', async () => {
    const { db, pipeline, connect, accept, conclusion } = world();
    await connect('dt');
    await accept('one', 1);
    const original = await db.attestations.get('att_one');
    await db.attestations.receive({
      id: 'att_copy',
      pipeline,
      statementDigest: original?.statementDigest ?? '',
      statements: [],
      parts: [],
      receivedBy: 'ci',
      at: t(2),
    });
    await db.attestations.pin('att_copy', 1, t(2));
    const concluded = await db.attestations.conclude('att_copy', 1, await conclusion('att_copy'), t(2));
    expect(concluded).toMatchObject({ verdict: 'accepted', duplicateOf: 'att_one', deliveries: [] });
    expect((await db.deliveries.list({}, { limit: 10 }, t(3))).items).toHaveLength(1);
    expect(await db.attestations.materials('att_copy')).toEqual(await db.attestations.materials('att_one'));
  });

  it('keeps the materials and subjects of what it judged', async () => {
    const { db, accept } = world();
    await accept('one', 1);
    expect(await db.attestations.materials('att_one')).toMatchObject([
      {
        name: 'sbom',
        type: 'SBOM_CYCLONEDX_JSON',
        facts: { component: 'app@1' },
        validation: { outcome: 'valid', checked: 'schema', format: 'CycloneDX 1.5' },
      },
    ]);
  });

  it('plans nothing for an attachment that went away meanwhile', async () => {
    const { db, connect, receive, conclusion } = world();
    await connect('dt');
    await receive('one', 1);
    await db.attestations.pin('att_one', 1, t(1));
    const planned = await conclusion('att_one');
    await db.attachments.delete('to-dt', who(1));
    expect((await db.attestations.conclude('att_one', 1, planned, t(2))).deliveries).toEqual([]);
  });

  it('refuses to conclude what was not pinned, or is not there', async () => {
    const { db, receive, conclusion } = world();
    await receive('one', 1);
    const decided = await conclusion('att_one');
    await expect(db.attestations.conclude('att_one', 1, decided, t(1))).rejects.toThrow('pinned');
    await expect(db.attestations.conclude('att_none', 1, decided, t(1))).rejects.toThrow('att_none');
  });

  it('judges again by hand what was rejected or not decided, never what was accepted', async () => {
    const { db, receive, accept } = world();
    await receive('one', 1);
    const again = await db.attestations.rejudge('att_one', { ...who(2), reason: 'contract was wrong' });
    expect(again).toMatchObject({ n: 2, outcome: 'again', workflowId: 'attestation/acme/api/att_one/2' });
    expect((await db.audit.list({ target: 'att_one' }, { limit: 5 })).items).toMatchObject([
      { action: 'attestation.judge', actor: OPERATOR, detail: { n: 2, reason: 'contract was wrong' } },
    ]);
    await accept('two', 3);
    expect(await db.attestations.rejudge('att_two', { ...who(4), reason: 'x' })).toBeUndefined();
    expect(await db.attestations.rejudge('att_none', { ...who(4), reason: 'x' })).toBeUndefined();
  });

  it('gives the sweeper a new judgement only while the one it saw is the latest and undecided', async () => {
    const { db, receive, conclusion } = world();
    await receive('one', 1);
    const ask = (n: number) => db.attestations.rejudge('att_one', { ...who(2), reason: 'closed', onlyIf: { n } });
    expect(await ask(1)).toMatchObject({ n: 2, outcome: 'again' });
    expect(await ask(1)).toMatchObject({ n: 2, outcome: 'joined' });
    await db.attestations.pin('att_one', 2, t(3));
    const rejection = await conclusion('att_one', { verdict: 'rejected', deliveries: [] });
    await db.attestations.conclude('att_one', 2, rejection, t(3));
    expect(await ask(2)).toMatchObject({ n: 2, outcome: 'joined', verdict: 'rejected' });
  });

  it('lists what waits for a verdict, oldest first, its latest judgement only', async () => {
    const { db, receive, accept } = world();
    await receive('old', 1);
    await receive('older', 0);
    await accept('done', 1);
    await receive('new', 30);
    expect((await db.attestations.undecided(t(10), 10)).map(({ id }) => id)).toEqual(['att_older', 'att_old']);
    await db.attestations.rejudge('att_older', { ...who(20), reason: 'closed' });
    expect((await db.attestations.undecided(t(25), 10)).map(({ id, n }) => [id, n])).toEqual([
      ['att_old', 1],
      ['att_older', 2],
    ]);
    expect(await db.attestations.undecided(t(60), 1)).toHaveLength(1);
  });

  it('gives every undecided judgement its turn with the sweeper, however many are never decided', async () => {
    const { db, receive, accept } = world();
    for (const [at, name] of ['a', 'b', 'c'].entries()) await receive(name, at);
    await accept('done', 1);
    const sweep = async (at: number, limit: number) =>
      (await db.attestations.toSweep(t(at - 10), limit, t(at))).map(({ id, n }) => `${id} ${n}`);
    expect(await sweep(5, 2)).toEqual([]);
    expect(await sweep(20, 2)).toEqual(['att_a 1', 'att_b 1']);
    expect(await sweep(25, 2)).toEqual(['att_c 1']);
    expect(await sweep(26, 2)).toEqual([]);
    await db.attestations.rejudge('att_a', { ...who(30), reason: 'closed' });
    expect(await sweep(36, 9)).toEqual(['att_b 1', 'att_c 1']);
    expect(await sweep(41, 9)).toEqual(['att_a 2']);
    expect((await db.attestations.undecided(t(60), 9)).map(({ id }) => id)).toEqual(['att_b', 'att_c', 'att_a']);
  });
}
