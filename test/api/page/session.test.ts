import { describe, expect, it } from 'vitest';
import { localPath } from '../../../api/page/sign-in.ts';
import { createHouse } from './house.ts';

describe('signing in', () => {
  it('sends whoever has not signed in to the sign-in form, and back to where he wanted to go', async () => {
    const house = createHouse();
    const refused = await house.get('/deliveries?stuck=yes');
    expect(refused.status).toBe(303);
    expect(refused.headers.get('location')).toBe('/session?to=%2Fdeliveries%3Fstuck%3Dyes');
    const form = await (await house.get(refused.headers.get('location') ?? '')).text();
    expect(form).toContain('name="to" value="/deliveries?stuck=yes"');
    const signedIn = await house.post('/session', { token: await house.token('read'), to: '/deliveries?stuck=yes' });
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/deliveries?stuck=yes']);
  });

  it('gives a cookie for this host only that holds neither the token nor its hash', async () => {
    const house = createHouse();
    const token = await house.token('read');
    const cookie = (await house.post('/session', { token, to: '/' })).headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^waybill_session=[\w-]{43}; /);
    for (const flag of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=43200']) expect(cookie).toContain(flag);
    expect(cookie).not.toMatch(/Secure|Domain/);
    expect(cookie).not.toContain(token.slice(-20));
  });

  it('binds the cookie to TLS where the public address is https', async () => {
    const house = createHouse({ publicUrl: 'https://waybill.example.com' });
    const token = await house.token('read');
    const headers = { host: 'waybill.example.com', origin: 'https://waybill.example.com' };
    const cookie = (await house.post('/session', { token, to: '/' }, undefined, headers)).headers.get('set-cookie');
    expect(cookie).toMatch(/^__Host-waybill=[\w-]{43}; .*Secure/);
    expect((await house.get('/', cookie?.split(';')[0], { host: 'waybill.example.com' })).status).toBe(200);
  });

  it.each([
    ['an unknown token', () => `wbt_${'0'.repeat(16)}_${'A'.repeat(43)}`, 'there is no such token here'],
    ['half a token', () => 'wbt_12', 'was it cut when it was copied?'],
    ['nothing', () => '', 'expected a token of the form'],
  ])('refuses %s and says why', async (_, token, why) => {
    const house = createHouse();
    const answer = await house.post('/session', { token: token(), to: '/' });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
    expect(await answer.text()).toContain(why);
  });

  it('refuses a token that can only submit', async () => {
    const house = createHouse();
    const answer = await house.post('/session', { token: await house.token('submit'), to: '/' });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('expected a token of role read, operate or admin, got submit');
  });

  it('ends with the token: revoked or expired, the next request is refused', async () => {
    const house = createHouse();
    const token = await house.token('read');
    const cookie = await house.signIn(token);
    expect((await house.get('/', cookie)).status).toBe(200);
    const id = (await house.db.tokens.list({ limit: 1 })).items[0]?.id ?? '';
    await house.db.tokens.revoke(id, { by: { id: 'x', name: 'x' }, at: house.at() });
    expect((await house.get('/', cookie)).status).toBe(303);

    const short = await house.signIn(
      await house.token('read', [], new Date(Date.parse(house.at()) + 60_000).toISOString()),
    );
    expect((await house.get('/', short)).status).toBe(200);
    house.pass(61_000);
    expect((await house.get('/', short)).status).toBe(303);
  });

  it('ends after 12 hours, and at once when signed out', async () => {
    const house = createHouse();
    const cookie = await house.as('read');
    house.pass(12 * 3_600_000 - 1);
    expect((await house.get('/', cookie)).status).toBe(200);
    house.pass(1);
    expect((await house.get('/', cookie)).status).toBe(303);

    const other = await house.as('read');
    const out = await house.post('/session/end', {}, other);
    expect(out.headers.get('set-cookie')).toMatch(/^waybill_session=; Max-Age=0/);
    expect((await house.get('/', other)).status).toBe(303);
  });

  it('comes back by itself when a link on another site left the strict cookie at home', async () => {
    const house = createHouse();
    const answer = await house.get('/deliveries?stuck=yes', undefined, { 'sec-fetch-site': 'cross-site' });
    expect([answer.status, answer.headers.get('refresh')]).toEqual([200, '0; url=/deliveries?stuck=yes']);
    expect((await house.get('/', undefined, { 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/a\nb', undefined, 7])(
    'never leads away from the page: %j',
    (to) => expect(localPath(to)).toBe('/'),
  );
});
