import { createHash } from 'node:crypto';
import { accessSync, constants, createReadStream, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { usageError } from './exit.ts';
import type { Io } from './io.ts';
import type { Content } from './upload.ts';

/** The bytes of a small input file; `-` is standard input. */
export function readInput(io: Io, path: string): Buffer {
  try {
    return path === '-' ? io.stdin() : readFileSync(resolve(io.cwd, path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A file that is read when it is sent. That it can be is looked at here, before anything is sent. */
export function fileContent(io: Io, path: string, type: string): Content {
  const file = resolve(io.cwd, path);
  try {
    accessSync(file, constants.R_OK);
    const status = statSync(file);
    if (!status.isFile()) throw Object.assign(new Error(), { code: 'EISDIR' });
    return { type, size: status.size, open: () => createReadStream(file) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

const MAX_IN_MEMORY = 1024 ** 3;

/** The bytes of a file, or its digest where they would fill the memory. */
export async function readArtifact(io: Io, path: string): Promise<{ bytes: Buffer } | { sha256: string }> {
  const size = path === '-' ? 0 : fileContent(io, path, '').size;
  return size > MAX_IN_MEMORY ? { sha256: (await digestsOf(io, path)).sha256 } : { bytes: readInput(io, path) };
}

/** sha256 and sha512 of a file, hex, in one pass; `-` is standard input. */
export async function digestsOf(io: Io, path: string): Promise<{ sha256: string; sha512: string }> {
  const hashes = { sha256: createHash('sha256'), sha512: createHash('sha512') };
  try {
    for await (const chunk of path === '-' ? [io.stdin()] : createReadStream(resolve(io.cwd, path))) {
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
