import { describe, expect, it } from 'vitest';
import { createScrub } from '../../../../activities/integrations/support/scrub.ts';

const SECRET = 'secret-canary-5f/+"&ü 9';
const scrub = createScrub([SECRET]);

describe('createScrub', () => {
  it.each([
    ['plain', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['URL-encoded in lower case', encodeURIComponent(SECRET).toLowerCase()],
    ['form-encoded', encodeURIComponent(SECRET).replaceAll('%20', '+')],
    ['in JSON', JSON.stringify(SECRET)],
    ['in JSON with escaped slashes', JSON.stringify(SECRET).replaceAll('/', '\\/')],
    ['in HTML', SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['base64', Buffer.from(SECRET).toString('base64')],
    ['base64url', Buffer.from(SECRET).toString('base64url')],
    ['Basic, user of 1', Buffer.from(`u:${SECRET}`).toString('base64')],
    ['Basic, user of 2', Buffer.from(`us:${SECRET}`).toString('base64')],
    ['Basic, user of 3', Buffer.from(`usr:${SECRET}`).toString('base64')],
  ])('removes a secret %s', (_, form) => {
    const clean = scrub(`before ${form} after`);
    expect(clean).toContain('[secret]');
    expect(clean).not.toContain(form);
    expect(clean.startsWith('before ') && clean.endsWith(' after')).toBe(true);
  });

  it('removes a secret URL, also when only its path or token comes back', () => {
    const url = 'https://hooks.example.com/services/T0001/B0002/abcdefghijklmnop?key=0123456789';
    const clean = createScrub([url]);
    expect(clean(`tried ${url}`)).toBe('tried [secret]');
    expect(clean('Cannot POST /services/T0001/B0002/abcdefghijklmnop')).toBe('Cannot POST [secret]');
    expect(clean('no token abcdefghijklmnop here')).toBe('no token [secret] here');
    expect(clean('key 0123456789')).toBe('key [secret]');
    expect(clean('hooks.example.com is down')).toBe('hooks.example.com is down');
  });
  it('removes a signing secret without its prefix', () => {
    const clean = createScrub(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
    expect(clean('bad key MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBe('bad key [secret]');
  });
  it('removes a secret that was read from a file with its newline', () => {
    expect(createScrub(['from-a-file\n'])('it is from-a-file.')).toBe('it is [secret].');
  });
  it('removes userinfo and query of any URL', () => {
    expect(scrub('see https://me:pw@example.com/a?token=1&b=2 and "http://x.example/?q"')).toBe(
      'see https://[secret]@example.com/a?… and "http://x.example/?…"',
    );
  });
  it('leaves ordinary text alone, and does not take a short value for a secret', () => {
    expect(createScrub(['abc', ''])('abc, an ordinary text')).toBe('abc, an ordinary text');
  });
});
