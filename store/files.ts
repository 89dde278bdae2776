import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { checkDigests, checkExpectation, createMeter, verified } from './hashing.ts';
import { makeFolders, placesIn } from './places.ts';
import {
  BlobMissingError,
  type ContentStore,
  type PutOptions,
  type Stored,
  StoreFullError,
  TooLargeError,
} from './store.ts';

const STALE_AFTER_MS = 86_400_000;
/** Finer than the day after which what nobody wants goes. */
const TOUCHED_EVERY_MS = 3_600_000;
const PIECE_BYTES = 1024 * 1024;
const SMALL_BYTES = 64 * 1024;

// Only what moves many bytes or waits for the disk leaves this thread: for the rest, the way there and back costs more
// than the call, and a small file is ten of them.
const write = promisify(fs.writeFile);
const read = promisify(fs.read);
const sync = promisify(fs.fsync);
const syncData = promisify(fs.fdatasync);

/**
 * A content store in a folder, made when it is not there. May be shared by processes of one host. Leftovers of processes
 * that died are removed after a day, at start.
 */
export function createFileStore(dir: string): ContentStore {
  const places = placesIn(dir);
  const { temporary, pathOf, asideOf } = places;
  makeFolders(places);
  removeStale(temporary);

  async function put(source: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions): Promise<Stored> {
    checkExpectation(options);
    const meter = createMeter(options.maxBytes);
    if (source instanceof Uint8Array) {
      meter.take(source);
      const stored = meter.end();
      checkDigests(options, stored);
      if (!(await isKept(stored))) {
        await writeAside(async (file) => {
          if (source.byteLength <= SMALL_BYTES) fs.writeFileSync(file, source);
          else await write(file, source);
          return stored;
        });
      }
      return stored;
    }
    return writeAside(async (file) => {
      for await (const chunk of source) {
        meter.take(chunk);
        await write(file, chunk);
      }
      const stored = meter.end();
      checkDigests(options, stored);
      return stored;
    });
  }

  /** Whether it is here already: then durably so, even where another process has not got that far yet. */
  async function isKept({ sha256, size }: Stored): Promise<boolean> {
    const path = pathOf(sha256);
    const found = statOf(path);
    if (found?.size !== size) return false;
    // Its age is that of the last put; taken away at this very moment, it is written anew.
    if (Date.now() - found.mtimeMs > TOUCHED_EVERY_MS && !touch(path)) return false;
    await syncFolder(dirname(path));
    return true;
  }

  /** Writes a file of its own and moves it to its place; whatever goes wrong, nothing stays behind. */
  async function writeAside(fill: (file: number) => Promise<Stored>): Promise<Stored> {
    const path = join(temporary, randomUUID());
    let moved = false;
    try {
      const stored = await writeDurably(path, fill);
      if (await isKept(stored)) return stored;
      const kept = pathOf(stored.sha256);
      fs.renameSync(path, kept);
      moved = true;
      await syncFolder(dirname(kept));
      return stored;
    } catch (error) {
      throw isFull(error) ? new StoreFullError({ cause: error }) : error;
    } finally {
      if (!moved) fs.rmSync(path, { force: true });
    }
  }

  /** What is set aside, or put back while one looks, is here still. */
  const whereabouts = (sha256: string): string[] => [pathOf(sha256), asideOf(sha256), pathOf(sha256)];

  function openFile(sha256: string): { file: number; size: number } {
    for (const path of whereabouts(sha256)) {
      try {
        const file = fs.openSync(path, 'r');
        return { file, size: fs.fstatSync(file).size };
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    throw new BlobMissingError(sha256);
  }

  return {
    put,

    async open(sha256) {
      const { file: fd } = openFile(sha256);
      return Readable.from(verified(fs.createReadStream('', { fd }), sha256), { objectMode: false });
    },

    async read(sha256, maxBytes) {
      const { file, size } = openFile(sha256);
      try {
        if (size > maxBytes) throw new TooLargeError(maxBytes);
        const bytes = Buffer.alloc(size);
        for await (const _ of verified(fill(bytes, file), sha256));
        return bytes;
      } finally {
        fs.closeSync(file);
      }
    },

    async size(sha256) {
      for (const path of whereabouts(sha256)) {
        const found = statOf(path);
        if (found) return found.size;
      }
      return undefined;
    },
  };
}

async function writeDurably(path: string, fill: (file: number) => Promise<Stored>): Promise<Stored> {
  const file = fs.openSync(path, 'wx', 0o600);
  try {
    const stored = await fill(file);
    await syncData(file);
    return stored;
  } finally {
    fs.closeSync(file);
  }
}

/** Fills the buffer in pieces: a stream costs a small file twice as much, one piece would be hashed without a pause. */
async function* fill(bytes: Buffer, file: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await read(file, bytes, at, Math.min(PIECE_BYTES, bytes.length - at), at);
    if (bytesRead === 0) return;
    yield bytes.subarray(at, at + bytesRead);
    at += bytesRead;
  }
}

const statOf = (path: string): fs.Stats | undefined => fs.statSync(path, { throwIfNoEntry: false });

/** False: it is not there any more. */
function touch(path: string): boolean {
  const now = new Date();
  try {
    fs.utimesSync(path, now, now);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = fs.openSync(path, 'r');
  try {
    await sync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

function removeStale(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const path = join(folder, name);
    const touched = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (touched !== undefined && Date.now() - touched > STALE_AFTER_MS) fs.rmSync(path, { force: true });
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';
const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(String(codeOf(error)));
