import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { statementDigest } from '../../attestation/ids.ts';
import { parseStatementBytes } from '../../attestation/verify/parse.ts';
import { makeEnvelope, makeStatement, sha256Of, toBytes } from '../support/envelopes.ts';
import { makeKey } from '../support/keys.ts';
import { createHouse, envelope, type House, problemOf } from './house.ts';

const KEY = makeKey('ed25519', { name: 'release' });
/** Over 1 MiB: it waits on disk and is parsed in a thread. */
const large = (seed: string): Buffer<ArrayBuffer> =>
  Buffer.from(toBytes(makeEnvelope(KEY, makeStatement({ predicate: { seed, text: 'x'.repeat(2 ** 20) } }))));

let house: House;
let token: string;
const open = async (more: Parameters<typeof createHouse>[0] = {}) => {
  house = createHouse(more);
  await house.pipeline();
  token = (await house.token('operate')).token;
};
beforeEach(() => open());
afterEach(() => house.close());

type Body = { id: string; statementDigest: string; statements: { sha256: string; size: number }[] };
const accepted = async (answer: Response): Promise<Body> => {
  if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Body;
};
const paeDigest = (bytes: Uint8Array): string => {
  const read = parseStatementBytes(bytes);
  if (!read.ok) throw new Error(read.message);
  return read.statement.paeDigest;
};

describe('a large attestation', () => {
  it('is what a small one is: known by its bytes, which come back as they were sent', async () => {
    const bytes = large('one');
    const body = await accepted(await house.submit(token, bytes));
    expect(body.statements).toEqual([{ sha256: sha256Of(bytes), size: bytes.byteLength }]);
    expect(body.statementDigest).toBe(statementDigest([paeDigest(bytes)]));
    const back = await house.request(token, 'GET', `/v1/attestations/${body.id}/envelope`);
    expect(Buffer.from(await back.arrayBuffer()).equals(bytes)).toBe(true);
    expect((await accepted(await house.submit(token, bytes))).id).toBe(body.id);
  });

  it('may be one of several, as lines and as parts, in memory and on disk', async () => {
    const documents = [envelope('small'), large('a'), large('b'), envelope('last')];
    const form = new FormData();
    for (const document of documents) form.append('attestation', new Blob([document]));
    const asParts = await accepted(await house.submit(token, form));
    expect(asParts.statements.map(({ sha256 }) => sha256).sort()).toEqual(documents.map(sha256Of).sort());
    const lines = Buffer.concat(documents.flatMap((document) => [document, Buffer.from('\n')]));
    expect((await accepted(await house.submit(token, lines))).id).toBe(asParts.id);
    for (const { sha256, size } of asParts.statements) expect(await house.deps.store.size(sha256)).toBe(size);
  });

  it('is refused in the same words, and over the limit however it comes', async () => {
    const cut = await problemOf(await house.submit(token, large('one').subarray(0, -10)));
    expect(cut).toMatchObject({ status: 400, code: 'json.invalid' });
    house.deps.config.limits.envelopeBytes = 2 ** 20 + 1000;
    const form = new FormData();
    form.append('attestation', new Blob([large('one')]));
    for (const body of [large('one'), form])
      expect(await problemOf(await house.submit(token, body))).toMatchObject({
        status: 413,
        code: 'body.too-large',
        detail: 'expected an attestation of at most 1049576 bytes, found more',
      });
    expect((await house.db.attestations.list({}, { limit: 10 })).items).toEqual([]);
  });
});

describe('when more comes at once than is read at once', () => {
  it('who waits too long is told to send it again, nothing is recorded, and later it works', async () => {
    house.close();
    await open({ limits: { ...house.deps.config.limits, parsingBytes: 1000 }, parsingWaitMs: 20 });
    const { put } = house.deps.store;
    const disk = new EventEmitter();
    const reached = once(disk, 'reached');
    const free = once(disk, 'free');
    house.deps.store = {
      ...house.deps.store,
      put: async (...given) => {
        disk.emit('reached');
        await free;
        return put(...given);
      },
    };
    const first = house.submit(token, envelope('first'));
    await reached;
    const answer = await house.submit(token, envelope('second'));
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await problemOf(answer)).toMatchObject({ status: 503, code: 'submissions.busy' });
    expect((await house.db.attestations.list({}, { limit: 10 })).items).toEqual([]);
    disk.emit('free');
    await accepted(await first);
    await accepted(await house.submit(token, envelope('second')));
  });
});
