import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
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
const SMALL_BYTES = 64 * 1024;

// Only what moves many bytes or waits for the disk leaves this thread: for the rest, the way there and back costs more
// than the call, and a small file is ten of them.
const write = promisify(fs.writeFile);
const read = promisify(fs.read);
const sync = promisify(fs.fsync);
const syncData = promisify(fs.fdatasync);

/**
 * A content store in a folder, made when it is not there: `sha256/ab/<hex>`, and `tmp/` for what is being written.
 * May be shared by processes of one host. Leftovers of processes that died are removed after a day, at start.
 */
export function createFileStore(dir: string): ContentStore {
  const root = resolve(dir);
  const temporary = join(root, 'tmp');
  makeFolders(root, temporary);
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
    if (sizeOf(path) !== size) return false;
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

  function openFile(sha256: string): { file: number; size: number } {
    try {
      const file = fs.openSync(pathOf(sha256), 'r');
      return { file, size: fs.fstatSync(file).size };
    } catch (error) {
      throw isMissing(error) ? new BlobMissingError(sha256) : error;
    }
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

    size: async (sha256) => sizeOf(pathOf(sha256)),
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

const sizeOf = (path: string): number | undefined => fs.statSync(path, { throwIfNoEntry: false })?.size;

/** All of them at once, durably: a first file in a new folder would have to wait for the parents' disk writes too. */
function makeFolders(root: string, temporary: string): void {
  const made = fs.mkdirSync(root, { recursive: true, mode: 0o700 });
  const parent = join(root, 'sha256');
  const shards = Array.from({ length: 256 }, (_, n) => join(parent, n.toString(16).padStart(2, '0')));
  for (const folder of [temporary, ...shards]) fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const changed = [parent, root];
  for (let folder = root; made && folder !== dirname(made); folder = dirname(folder)) changed.push(dirname(folder));
  for (const folder of changed) {
    const opened = fs.openSync(folder, 'r');
    fs.fsyncSync(opened);
    fs.closeSync(opened);
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
