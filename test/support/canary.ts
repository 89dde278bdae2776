import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A place where a secret must not be: its name, and its bytes. */
export type Place = { name: string; bytes: Buffer };

/** Every way in which a secret could stand somewhere: plain, URL-encoded, JSON, hex, base64 at each alignment. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((shift) => {
    // The characters at either end depend on what stands beside the secret.
    const middle = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4);
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const plain = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  return [...new Set([...plain, bytes.toString('hex'), ...base64])];
}

/**
 * Pieces of a secret, long enough to stand nowhere by chance: half a secret is still one. `canary` is the part of it that
 * is random, in letters and digits.
 */
export const piecesOf = (canary: string): string[] => [
  ...windows(canary, 12),
  ...windows(Buffer.from(canary).toString('hex'), 24),
  ...[0, 1, 2].flatMap((shift) => windows(formAt(canary, shift), 16)),
];

const formAt = (text: string, shift: number): string =>
  Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
    .toString('base64')
    .slice(4, -4);

const windows = (text: string, length: number): string[] =>
  Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => text.slice(at, at + length));

/** Which forms stand in which places, as `place: form`. */
export const findIn = (places: readonly Place[], forms: readonly string[]): string[] =>
  places.flatMap(({ name, bytes }) => forms.filter((form) => bytes.includes(form)).map((form) => `${name}: ${form}`));

/** All files below a folder. Links are not followed. */
export const filesBelow = (dir: string): Place[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: file.slice(dir.length + 1), bytes: readFileSync(file) }));

/** JSON with every text that is base64 decoded beside it: payloads of a history hide their content so. */
export const unwrapped = (name: string, json: unknown): Place => {
  const text = JSON.stringify(json);
  const hidden = [...text.matchAll(/"([A-Za-z0-9+/]{8,}={0,2})"/g)].map(([, it = '']) => Buffer.from(it, 'base64'));
  return { name, bytes: Buffer.concat([Buffer.from(text), ...hidden]) };
};
