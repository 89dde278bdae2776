import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { checkDigests, checkExpectation, createMeter, verified } from './hashing.ts';
import {
  BlobMissingError,
  type ContentStore,
  needDigest,
  type PutOptions,
  type Stored,
  StoreFullError,
  TooLargeError,
} from './store.ts';

const STALE_AFTER_MS = 86_400_000;
const PIECE_BYTES = 1024 * 1024;

/**
 * A content store in a folder, made when it is not there: `sha256/ab/<hex>`, and `tmp/` for what is being written.
 * May be shared by processes of one host. Leftovers of processes that died are removed after a day, at start.
 */
export function createFileStore(dir: string): ContentStore {
  const root = resolve(dir);
  const temporary = join(root, 'tmp');
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  removeStale(temporary);

  const pathOf = (sha256: string): string => {
    const hex = needDigest('sha256', sha256);
    return join(root, 'sha256', hex.slice(0, 2), hex);
  };

  async function put(source: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions): Promise<Stored> {
    checkExpectation(options);
    const meter = createMeter(options.maxBytes);
    if (source instanceof Uint8Array) {
      meter.take(source);
      const stored = meter.end();
      checkDigests(options, stored);
      if (!(await isKept(stored))) await writeAside((file) => file.writeFile(source).then(() => stored));
      return stored;
    }
    return writeAside(async (file) => {
      for await (const chunk of source) {
        meter.take(chunk);
        await file.writeFile(chunk);
      }
      const stored = meter.end();
      checkDigests(options, stored);
      return stored;
    });
  }

  /** Whether it is here already: then durably so, even where another process has not got that far yet. */
  async function isKept({ sha256, size }: Stored): Promise<boolean> {
    const path = pathOf(sha256);
    if ((await sizeOf(path)) !== size) return false;
    await syncFolder(dirname(path));
    return true;
  }

  /** Writes a file of its own and moves it to its place; whatever goes wrong, nothing stays behind. */
  async function writeAside(write: (file: FileHandle) => Promise<Stored>): Promise<Stored> {
    const path = join(temporary, randomUUID());
    let moved = false;
    try {
      const file = await open(path, 'wx', 0o600);
      const stored = await write(file)
        .then((result) => file.datasync().then(() => result))
        .finally(() => file.close());
      if (await isKept(stored)) return stored;
      const folders = await moveInto(path, pathOf(stored.sha256));
      moved = true;
      await Promise.all(folders.map(syncFolder));
      return stored;
    } catch (error) {
      throw isFull(error) ? new StoreFullError({ cause: error }) : error;
    } finally {
      if (!moved) await rm(path, { force: true });
    }
  }

  async function openFile(sha256: string): Promise<{ file: FileHandle; size: number }> {
    try {
      const file = await open(pathOf(sha256), 'r');
      return { file, size: (await file.stat()).size };
    } catch (error) {
      throw isMissing(error) ? new BlobMissingError(sha256) : error;
    }
  }

  return {
    put,

    async open(sha256) {
      const { file } = await openFile(sha256);
      return Readable.from(verified(file.createReadStream(), sha256), { objectMode: false });
    },

    async read(sha256, maxBytes) {
      const { file, size } = await openFile(sha256);
      try {
        if (size > maxBytes) throw new TooLargeError(maxBytes);
        const bytes = Buffer.alloc(size);
        for await (const _ of verified(fill(bytes, file), sha256));
        return bytes;
      } finally {
        await file.close();
      }
    },

    size: (sha256) => sizeOf(pathOf(sha256)),
  };
}

/** Fills the buffer in pieces: a stream costs a small file twice as much, one piece would be hashed without a pause. */
async function* fill(bytes: Buffer, file: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE_BYTES, bytes.length - at), at);
    if (bytesRead === 0) return;
    yield bytes.subarray(at, at + bytesRead);
    at += bytesRead;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Moves a file; says which folders must reach the disk for that to last: its own, and the parents of new ones. */
async function moveInto(from: string, to: string): Promise<string[]> {
  const folder = dirname(to);
  try {
    await rename(from, to);
    return [folder];
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rename(from, to);
  // Another process may have made some of them a moment ago: all of them, up to the root.
  return [folder, dirname(folder), dirname(dirname(folder))];
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (touched !== undefined && Date.now() - touched > STALE_AFTER_MS) rmSync(path, { force: true });
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';
const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(String(codeOf(error)));
