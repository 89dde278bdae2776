import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContractChecked } from '../../attestation/contract/again.ts';
import { sha256Hex } from '../../attestation/ids.ts';
import { CONTRACT, createHouse, problemOf } from './house.ts';

let house: ReturnType<typeof createHouse>;
beforeEach(() => {
  house = createHouse();
});
afterEach(() => house.close());

const CHECK = { code: 'material.missing', outcome: 'failed', subject: 'sbom', message: 'There is none.' } as const;
const difference = {
  attestation: 'att_1',
  judgement: 1,
  project: 'acme',
  pipeline: 'skynet',
  receivedAt: '2026-03-01T02:00:00.000Z',
  before: 'accepted',
  after: 'rejected',
  now: [CHECK],
  noLonger: [],
} as const;
const CHECKED: ContractChecked = {
  judged: 4,
  same: 0,
  truncated: true,
  differences: [
    { ...difference, now: [CHECK], noLonger: [] },
    { ...difference, before: 'rejected', after: 'accepted', now: [], noLonger: [CHECK] },
    { ...difference, after: 'accepted', now: [{ ...CHECK, outcome: 'warned' }], noLonger: [] },
  ],
  unclear: [{ attestation: 'att_4', reason: 'its bytes are not in the store any more' }],
};
const ask = async (query = '', text = CONTRACT, role: 'admin' | 'operate' = 'admin') =>
  house.request((await house.token(role)).token, 'POST', `/v1/contracts/skynet-contract/check${query}`, text, {
    'content-type': 'application/yaml',
  });

describe('a contract held against the past', () => {
  it('is counted, and each attestation that would differ is told', async () => {
    house.engine.contractChecked = CHECKED;
    const answer = await ask('?against=7d&pipeline=acme/skynet&limit=4');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ...CHECKED, wouldReject: 1, wouldAccept: 1, wouldWarn: 1 });
    const digest = sha256Hex(CONTRACT);
    expect(house.engine.contractChecks).toEqual([
      {
        name: 'skynet-contract',
        digest,
        pipeline: { project: 'acme', pipeline: 'skynet' },
        since: '2026-02-22T03:00:00.000Z',
        limit: 4,
      },
    ]);
    expect((await house.deps.store.read(digest, 10_000)).toString()).toBe(CONTRACT);
    expect(await house.db.contracts.get('skynet-contract')).toBeUndefined();
  });

  it('is asked for 30 days and 200 attestations of all its pipelines, and joins who asked within the minute', async () => {
    house.engine.contractChecked = CHECKED;
    house.pass(1000);
    await ask();
    house.pass(1000);
    await ask();
    const [first, second] = house.engine.contractChecks;
    expect(first).toMatchObject({ pipeline: null, since: '2026-01-30T03:00:00.000Z', limit: 200 });
    expect(second).toEqual(first);
  });

  it('may be answered by way of the store when it is large', async () => {
    const { sha256 } = await house.deps.store.put(Buffer.from(JSON.stringify(CHECKED)), { maxBytes: 100_000 });
    house.engine.contractChecked = { kept: sha256 };
    expect(await (await ask()).json()).toMatchObject({ judged: 4, wouldReject: 1 });
  });

  it('is refused as when it is put, and by whom it could not be put', async () => {
    const broken = await problemOf(await ask('', 'schemaVersion: v1\nmaterial: []\n'));
    expect(broken).toMatchObject({ status: 422, code: 'contract.invalid' });
    expect(await problemOf(await ask('', CONTRACT, 'operate'))).toMatchObject({ status: 403 });
    expect((await ask('?against=soon')).status).toBe(400);
    expect((await ask('?limit=1001')).status).toBe(400);
    expect(await problemOf(await ask())).toMatchObject({ status: 503, code: 'contract-check.unanswered' });
  });
});
