import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseTrustedKey } from '../../../attestation/verify/keys.ts';
import { matchesPipeline } from '../../../attestation/verify/scope.ts';
import { ALGORITHMS, makeKey } from '../../support/keys.ts';

const pem = (key: KeyObject) =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number, publicExponent = 65537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent });
const codeOf = (spec: unknown) => {
  const parsed = parseTrustedKey('k', spec);
  return parsed.ok ? parsed.key.algorithm : parsed.code;
};

/** The algorithm of an SPKI: a key on the curve P-256. */
const P256 = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex');
const parityOf = (y: Buffer): number => (y.at(-1) ?? 0) & 1;

describe('a trusted key', () => {
  it.each(ALGORITHMS)('is registered for %s', (algorithm) => {
    const { trusted, publicKey } = makeKey(algorithm);
    expect(trusted).toMatchObject({
      algorithm,
      spki: pem(publicKey),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      projects: [],
    });
    expect(structuredClone(trusted)).toEqual(trusted);
  });

  it('may leave its algorithm to be inferred where there is only one, and not for RSA', () => {
    expect(codeOf({ publicKey: pem(generateKeyPairSync('ed25519').publicKey) })).toBe('ed25519');
    expect(codeOf({ publicKey: pem(ec('P-256').publicKey) })).toBe('ecdsa-p256-sha256');
    expect(codeOf({ publicKey: pem(ec('P-384').publicKey) })).toBe('ecdsa-p384-sha384');
    expect(codeOf({ publicKey: pem(rsa(2048).publicKey) })).toBe('key.algorithm-unsaid');
  });

  it('may be a JWK, and is the same key as its PEM', () => {
    const { publicKey } = ec('P-256');
    const [jwk, text] = [{ publicKey: publicKey.export({ format: 'jwk' }) }, { publicKey: pem(publicKey) }].map(
      (spec) => parseTrustedKey('k', spec),
    );
    expect(jwk).toEqual(text);
    const rsaJwk = rsa(2048).publicKey.export({ format: 'jwk' });
    expect(codeOf({ publicKey: { ...rsaJwk, alg: 'PS384' } })).toBe('rsa-pss-sha384');
    expect(codeOf({ publicKey: { ...rsaJwk, alg: 'PS384' }, algorithm: 'rsa-pss-sha256' })).toBe('key.unfit');
  });

  it.each<[string, (x: Buffer, y: Buffer) => Buffer]>([
    ['half of it', (x, y) => Buffer.concat([Buffer.from([2 + parityOf(y)]), x])],
    ['all of it, with a hint', (x, y) => Buffer.concat([Buffer.from([6 + parityOf(y)]), x, y])],
  ])('is the same key whose point is written as %s', (_, write) => {
    const { publicKey, trusted } = makeKey('ecdsa-p256-sha256');
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const point = write(Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
    const bits = Buffer.concat([Buffer.from([0x03, point.length + 1, 0]), point]);
    const der = Buffer.concat([Buffer.from([0x30, P256.length + bits.length]), P256, bits]);
    const text = `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
    expect(text).not.toBe(trusted.spki);
    expect(parseTrustedKey('other', { publicKey: text })).toMatchObject({
      ok: true,
      key: { fingerprint: trusted.fingerprint },
    });
  });

  it('keeps when and for whom it counts', () => {
    const spec = {
      projects: ['acme', 'acme/sky*'],
      validFrom: '2026-01-01T00:00:00Z',
      validUntil: '2027-01-01T00:00:00+02:00',
      revokedSince: '2026-06-01T00:00:00Z',
    };
    expect(makeKey('ed25519', spec).trusted).toMatchObject(spec);
  });

  const p256 = pem(ec('P-256').publicKey);
  it.each<[string, unknown, string]>([
    ['an algorithm of another curve', { publicKey: p256, algorithm: 'ecdsa-p384-sha384' }, 'key.unfit'],
    ['an algorithm of another kind', { publicKey: p256, algorithm: 'ed25519' }, 'key.unfit'],
    ['an unknown algorithm', { publicKey: p256, algorithm: 'ecdsa-p256-sha1' }, 'key.spec'],
    ['a curve that is not supported', { publicKey: pem(ec('secp256k1').publicKey) }, 'key.unsupported'],
    ['a key for agreement only', { publicKey: pem(generateKeyPairSync('x25519').publicKey) }, 'key.unsupported'],
    ['RSA of 1024 bits', { publicKey: pem(rsa(1024).publicKey), algorithm: 'rsa-pss-sha256' }, 'key.unfit'],
    ['RSA with exponent 3', { publicKey: pem(rsa(2048, 3).publicKey), algorithm: 'rsa-pss-sha256' }, 'key.unfit'],
    ['two keys', { publicKey: p256 + p256 }, 'key.unreadable'],
    ['no PEM', { publicKey: 'hello' }, 'key.unreadable'],
    ['damaged PEM', { publicKey: p256.replace(/[A-Z]{4}/, 'AAAA').slice(0, 60) }, 'key.unreadable'],
    ['a certificate', { publicKey: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----' }, 'key.unreadable'],
    ['an empty JWK', { publicKey: {} }, 'key.unreadable'],
    ['an unknown field', { publicKey: p256, project: 'acme' }, 'key.spec'],
    ['a date without a time', { publicKey: p256, validUntil: '2026-01-01' }, 'key.spec'],
    ['a glob over three levels', { publicKey: p256, projects: ['a/b/c'] }, 'key.spec'],
  ])('is refused with %s', (_, spec, code) => expect(codeOf(spec)).toBe(code));

  it('is refused when it is private, without repeating it', () => {
    const { privateKey } = ec('P-256');
    const jwk = privateKey.export({ format: 'jwk' });
    const sec1 = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    for (const publicKey of [pem(privateKey), sec1, jwk, `${p256}${sec1}`, { kty: 'oct', k: 'c2VjcmV0' }]) {
      const refused = parseTrustedKey('k', { publicKey });
      expect(refused).toMatchObject({ ok: false, code: 'key.private' });
      expect(JSON.stringify(refused)).not.toContain(jwk.d);
      expect(JSON.stringify(refused)).not.toContain(sec1.split('\n')[1]);
    }
  });
});

describe('the scope of a key', () => {
  it.each<[string, string, boolean]>([
    ['acme', 'acme/skynet', true],
    ['acme', 'acme2/skynet', false],
    ['acme/*', 'acme/skynet', true],
    ['acme/skynet', 'acme/skynet', true],
    ['acme/skynet', 'acme/skynet2', false],
    ['acme/sky*', 'acme/skynet', true],
    ['acme/*net', 'acme/skynet', true],
    ['acme/s*y*t', 'acme/skynet', true],
    ['acme/sk*kynet', 'acme/skynet', false],
    ['*', 'acme/skynet', true],
    ['*/skynet', 'acme/skynet', true],
    ['a*/x', 'acme/skynet', false],
    ['acme/skynet/x', 'acme/skynet', false],
    ['acme/', 'acme/skynet', false],
    ['', 'acme/skynet', false],
    ['Acme', 'acme/skynet', false],
  ])('%s and %s: %s', (glob, name, expected) => {
    const [project = '', pipeline = ''] = name.split('/');
    expect(matchesPipeline([glob], project, pipeline)).toBe(expected);
  });

  it('is quick on patterns made to be slow', () => {
    expect(matchesPipeline([`${'a*'.repeat(5000)}b`], 'a'.repeat(10_000), 'x')).toBe(false);
  });
});
