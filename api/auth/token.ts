import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../../attestation/ids.ts';

const TOKEN = /^wbt_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

/** A new token, `wbt_<id>_<secret>`: 256 random bits. Only its hash is kept. */
export function mintToken(): { id: string; token: string; hash: string } {
  const id = randomBytes(8).toString('hex');
  const token = `wbt_${id}_${randomBytes(32).toString('base64url')}`;
  return { id: `tok_${id}`, token, hash: hashToken(token) };
}

/** A plain hash is enough: the token is random, not chosen. */
export const hashToken = (token: string): string => sha256Hex(token);

export const isTokenShaped = (text: string): boolean => TOKEN.test(text);
