import { expect, it } from 'vitest';
import { sha256Hex } from '../../../attestation/ids.ts';
import type { StatementVerification } from '../../../attestation/verdict.ts';
import { InvalidCursorError } from '../../../db/errors.ts';
import { t, type World, who } from '../world.ts';

const verification: StatementVerification[] = [
  {
    sha256: 'x',
    paeDigest: 'y',
    result: 'verified',
    signers: [
      { kind: 'key', name: 'release', fingerprint: 'f00', algorithm: 'ed25519' },
      { kind: 'certificate', profile: 'p', issuer: 'i', san: 'https://github.com/acme/ci', claims: {} },
    ],
  },
];

/** Lists of attestations. */
export function describeSearch(world: () => World): void {
  const ids = async (filter: Parameters<World['db']['attestations']['list']>[0]) =>
    (await world().db.attestations.list(filter, { limit: 50 })).items.map(({ id }) => id);

  it('finds attestations by digest and by signer', async () => {
    const { db, receive, conclusion } = world();
    for (const name of ['one', 'two']) {
      await receive(name, 1);
      await db.attestations.pin(`att_${name}`, 1, t(1));
    }
    await db.attestations.conclude('att_one', 1, await conclusion('att_one', { verification }), t(1));
    await db.attestations.conclude('att_two', 1, await conclusion('att_two', { materials: [], deliveries: [] }), t(1));
    expect(await ids({ digest: sha256Hex('bytes of two') })).toEqual(['att_two']);
    expect(await ids({ digest: sha256Hex('subject of att_two') })).toEqual(['att_two']);
    expect(await ids({ digest: sha256Hex('sbom') })).toEqual(['att_one']);
    for (const signer of ['release', 'f00', 'https://github.com/acme/ci']) {
      expect(await ids({ signer })).toEqual(['att_one']);
    }
    expect(await ids({ signer: 'nobody' })).toEqual([]);
  });

  it('finds attestations by verdict, time and pipeline', async () => {
    const { db, receive, accept, conclusion } = world();
    const other = await db.pipelines.put({ project: 'acme', name: 'web', spec: { contract: 'base' }, ...who(0) });
    await accept('yes', 1);
    await receive('no', 2);
    await db.attestations.pin('att_no', 1, t(2));
    await db.attestations.conclude(
      'att_no',
      1,
      await conclusion('att_no', { verdict: 'rejected', deliveries: [] }),
      t(2),
    );
    await receive('open', 3, other?.record);
    expect(await ids({ verdict: 'accepted' })).toEqual(['att_yes']);
    expect(await ids({ verdict: 'rejected' })).toEqual(['att_no']);
    expect(await ids({ verdict: 'undecided' })).toEqual(['att_open']);
    expect(await ids({ since: t(2), until: t(3) })).toEqual(['att_no']);
    expect(await ids({ project: 'acme', pipeline: 'web' })).toEqual(['att_open']);
  });

  it('shows only pipelines that the reader may see; in a glob only * is special', async () => {
    const { db, receive } = world();
    const other = await db.pipelines.put({ project: 'beta', name: 'api', spec: { contract: 'base' }, ...who(0) });
    await receive('a', 1);
    await receive('b', 2, other?.record);
    expect(await ids({ visible: ['acme/*'] })).toEqual(['att_a']);
    expect(await ids({ visible: ['acme/api', 'beta/*'] })).toEqual(['att_b', 'att_a']);
    expect(await ids({ visible: ['*/api'] })).toEqual(['att_b', 'att_a']);
    for (const glob of ['acm?/api', '[ab]*/api', 'acme/ap', "acme/api' or '1'='1"]) {
      expect(await ids({ visible: [glob] })).toEqual([]);
    }
    expect(await ids({ visible: [] })).toEqual([]);
    expect(await ids({ visible: undefined })).toHaveLength(2);
  });

  it('turns pages through 250 without loss or repeat, while more arrive', async () => {
    const { db, receive } = world();
    for (let i = 0; i < 250; i++) await receive(`n${i}`, i);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await db.attestations.list({}, { limit: 33, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
      await receive(`late${seen.length}`, 300);
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => `att_n${249 - i}`));
  });

  it.each(['', 'x', 'bnVsbA', Buffer.from('[1,2]').toString('base64url'), Buffer.from('["1"]').toString('base64url')])(
    'refuses the cursor %j that it never gave out',
    async (cursor) => {
      const { db } = world();
      await expect(db.attestations.list({}, { limit: 1, cursor })).rejects.toThrow(InvalidCursorError);
      await expect(db.deliveries.list({ open: true }, { limit: 1, cursor }, t(0))).rejects.toThrow(InvalidCursorError);
    },
  );
}
