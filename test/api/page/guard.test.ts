import { describe, expect, it } from 'vitest';
import { createHouse } from './house.ts';

describe('the guard of the page', () => {
  it.each(['localhost', 'localhost:7080', '127.0.0.1:9000', '[::1]:7080'])(
    'answers under the loopback name %s',
    async (host) => {
      const house = createHouse();
      expect((await house.get('/session', undefined, { host })).status).toBe(200);
    },
  );

  it.each(['evil.example', 'localhost.evil.example', '169.254.169.254', 'a b'])(
    'refuses the host name %s',
    async (host) => {
      const house = createHouse();
      const cookie = await house.as('read');
      for (const path of ['/', '/session', '/deliveries']) {
        const answer = await house.get(path, cookie, { host });
        expect([answer.status, (await answer.text()).includes('WAYBILL_PUBLIC_URL')]).toEqual([421, true]);
      }
    },
  );

  it('answers under the public name, and still under loopback', async () => {
    const house = createHouse({ publicUrl: 'https://waybill.example.com' });
    for (const host of ['waybill.example.com', 'localhost:7080']) {
      expect((await house.get('/session', undefined, { host })).status).toBe(200);
    }
    expect((await house.get('/session', undefined, { host: 'other.example.com' })).status).toBe(421);
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:9999' }],
    ['no origin', { origin: '' }],
    ['a hidden origin', { origin: 'null' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['another site by fetch metadata alone', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses a form from %s, and changes nothing', async (_, headers) => {
    const house = createHouse();
    await house.destination('inbox');
    const cookie = await house.as('operate');
    const answer = await house.post('/destinations/inbox/pause', { reason: 'forged' }, cookie, headers);
    expect(answer.status).toBe(403);
    expect(await house.db.holds.of('inbox')).toEqual([]);
  });

  it('takes a form whose origin is the public address', async () => {
    const house = createHouse({ publicUrl: 'https://waybill.example.com' });
    const headers = {
      host: 'waybill.example.com',
      origin: 'https://waybill.example.com',
      'sec-fetch-site': 'same-origin',
    };
    expect((await house.post('/session', { token: 'x', to: '/' }, undefined, headers)).status).toBe(401);
  });

  it('forbids scripts, frames, caching and foreign content on every page', async () => {
    const house = createHouse();
    const cookie = await house.as('read');
    for (const path of ['/', '/session', '/deliveries', '/attestations', '/attestations/none']) {
      const { headers } = await house.get(path, cookie);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      // With `no-referrer` browsers would send `Origin: null` with our own forms.
      expect(headers.get('referrer-policy')).toBe('same-origin');
    }
  });

  it('serves its style and icon without a session, and nothing inline', async () => {
    const house = createHouse();
    expect((await house.get('/page/style.css')).headers.get('content-type')).toContain('text/css');
    expect((await house.get('/page/icon.svg')).headers.get('content-type')).toBe('image/svg+xml');
    const text = await (await house.get('/', await house.as('admin'))).text();
    expect(text).not.toMatch(/<script|<style|style=|\son\w+=/);
  });

  it('refuses a form that is longer than any of its own', async () => {
    const house = createHouse();
    const answer = await house.post('/session', { token: 'x'.repeat(20_000), to: '/' });
    expect(answer.status).toBe(413);
  });
});
