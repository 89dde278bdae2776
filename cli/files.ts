import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { usageError } from './exit.ts';
import type { Io } from './io.ts';

/** The bytes of a small input file. */
export function readInput(io: Io, path: string): Buffer {
  try {
    return readFileSync(resolve(io.cwd, path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A file that is streamed when it is sent: memory does not grow with its size. */
export async function streamedFile(io: Io, path: string, type: string): Promise<Blob> {
  try {
    const file = resolve(io.cwd, path);
    if (!statSync(file).isFile()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return await openAsBlob(file, { type });
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** sha256 and sha512 of a file, hex, in one pass. */
export async function digestsOf(io: Io, path: string): Promise<{ sha256: string; sha512: string }> {
  const hashes = { sha256: createHash('sha256'), sha512: createHash('sha512') };
  try {
    for await (const chunk of createReadStream(resolve(io.cwd, path))) {
      hashes.sha256.update(chunk as Buffer);
      hashes.sha512.update(chunk as Buffer);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  return { sha256: hashes.sha256.digest('hex'), sha512: hashes.sha512.digest('hex') };
}

const WHY: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is no file',
  EACCES: 'it may not be read',
};

const unreadable = (path: string, error: unknown) => {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return usageError(`Could not read ${path}: ${WHY[code] ?? code}.`);
};
