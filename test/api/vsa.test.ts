import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHouse, problemOf } from './house.ts';

let house: ReturnType<typeof createHouse>;
beforeEach(async () => {
  house = createHouse();
  await house.pipeline();
});
afterEach(() => house.close());

const KEY = { id: 'a'.repeat(64), publicKey: '-----BEGIN PUBLIC KEY-----\n…\n', algorithm: 'ecdsa-p256-sha256' };
const use = (id: string) =>
  house.db.verdictKeys.use({ ...KEY, id, by: { id: 'sys', name: 'sys' }, at: house.clock().toISOString() });

describe('verdicts as signed evidence', () => {
  it('are served for every judgement to whoever may read the attestation', async () => {
    const ci = await house.token('submit', ['acme/*']);
    const body = (await (await house.submit(ci.token)).json()) as { id: string; links: { vsa: string } };
    const answer = await house.request(ci.token, 'GET', body.links.vsa);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/vnd.dsse.envelope.v1+json');
    expect(await answer.json()).toEqual({ signed: body.id });
    const same = await house.request(ci.token, 'GET', `/v1/attestations/${body.id}/vsa`);
    expect(await same.json()).toEqual({ signed: body.id });

    const stranger = await house.token('submit', ['acme/*']);
    const refused = await problemOf(await house.request(stranger.token, 'GET', body.links.vsa));
    expect(refused).toMatchObject({ status: 404, code: 'attestation.unknown' });
  });

  it('are there for the judgement that was refused and for the one after it', async () => {
    house.engine.verdict = 'rejected';
    const ci = await house.token('submit', ['acme/*']);
    const { id } = (await (await house.submit(ci.token)).json()) as { id: string };
    house.engine.verdict = 'accepted';
    await house.submit(ci.token);
    const all = await house.request(ci.token, 'GET', `/v1/attestations/${id}/judgements`);
    expect(await all.json()).toMatchObject({
      items: [
        { judgement: 1, verdict: 'rejected', links: { vsa: expect.stringMatching(/judgement=1$/) } },
        { judgement: 2, verdict: 'accepted', links: { vsa: expect.stringMatching(/judgement=2$/) } },
      ],
      next: null,
    });
    const stranger = await house.token('submit', ['acme/*']);
    expect((await house.request(stranger.token, 'GET', `/v1/attestations/${id}/judgements`)).status).toBe(404);
  });

  it('are not there before there is a verdict', async () => {
    house.engine.verdict = 'none';
    const admin = await house.token('admin');
    const body = (await (await house.submit(admin.token)).json()) as { id: string; links: { vsa?: string } };
    expect(body.links.vsa).toBeUndefined();
    const refused = await problemOf(await house.request(admin.token, 'GET', `/v1/attestations/${body.id}/vsa`));
    expect(refused).toMatchObject({ status: 404, code: 'vsa.none' });
  });

  it('can be verified by anybody: the public keys need no token', async () => {
    expect(await problemOf(await house.request(undefined, 'GET', '/v1/verdict-keys/current'))).toMatchObject({
      status: 404,
      code: 'verdict-key.unknown',
    });
    await use('a'.repeat(64));
    house.pass(1000);
    await use('b'.repeat(64));
    const first = (await (await house.request(undefined, 'GET', '/v1/verdict-keys?limit=1')).json()) as {
      items: object[];
      next: string;
    };
    const second = (await (await house.request(undefined, 'GET', first.next)).json()) as typeof first;
    expect([...first.items, ...second.items]).toMatchObject([
      { id: 'b'.repeat(64), retiredAt: null },
      { id: 'a'.repeat(64), retiredAt: house.clock().toISOString() },
    ]);
    const pem = await house.request(undefined, 'GET', '/v1/verdict-keys/current');
    expect(pem.headers.get('content-type')).toBe('application/x-pem-file');
    expect(await pem.text()).toBe(KEY.publicKey);
    expect((await house.request(undefined, 'GET', `/v1/verdict-keys/${'a'.repeat(64)}`)).status).toBe(200);
    expect((await house.request(undefined, 'GET', '/v1/pipelines')).status).toBe(401);
  });
});
