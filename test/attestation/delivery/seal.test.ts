import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openSecret, sealSecret } from '../../../attestation/delivery/seal.ts';

const KEY = randomBytes(32);
const flip = (sealed: string, at: number): string => {
  const bytes = Buffer.from(sealed, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('base64');
};

describe('a sealed secret', () => {
  it('opens with its key, whatever it was', () => {
    for (const text of ['whsec_abc', 'ü€😀', 'x'.repeat(16_384), ' spaces \n']) {
      expect(openSecret(KEY, sealSecret(KEY, 'k1', text))).toBe(text);
    }
  });

  it('looks different every time, and like nothing of what is inside', () => {
    const seals = Array.from({ length: 50 }, () => sealSecret(KEY, 'k1', 'secret-canary').sealed);
    expect(new Set(seals).size).toBe(50);
    expect(Buffer.from(seals[0] ?? '', 'base64').toString('latin1')).not.toContain('canary');
  });

  it('does not open with another key, and the error says what to do and not what was inside', () => {
    const sealed = sealSecret(KEY, 'k1', 'secret-canary');
    const open = () => openSecret(randomBytes(32), sealed);
    expect(open).toThrow(
      'expected a secret sealed with key k1, found bytes that it does not open; give the secret again',
    );
    expect(open).not.toThrow(/canary/);
  });

  it('does not open once a bit of nonce, tag or text has changed, or the key goes by another id', () => {
    const { sealed, keyId } = sealSecret(KEY, 'k1', 'secret');
    for (const at of [0, 11, 12, 27, 28, 33])
      expect(() => openSecret(KEY, { sealed: flip(sealed, at), keyId })).toThrow('does not open');
    expect(() => openSecret(KEY, { sealed, keyId: 'k2' })).toThrow('does not open');
    expect(() => openSecret(KEY, { sealed: sealed.slice(0, 20), keyId })).toThrow('does not open');
    expect(() => openSecret(KEY, { sealed: '', keyId })).toThrow('does not open');
  });

  it('needs a key of 32 bytes', () => {
    expect(() => sealSecret(randomBytes(16), 'k1', 'x')).toThrow('expected sealing key k1 to have 32 bytes, got 16');
  });
});
