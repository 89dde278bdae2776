import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../store/files.ts';
import {
  BlobMissingError,
  type ContentStore,
  DigestMismatchError,
  InvalidDigestError,
  StoreFullError,
  TooLargeError,
} from '../../store/store.ts';

const hash = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');
const MIB = 1024 * 1024;

let dir: string;
let store: ContentStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-store-'));
  store = createFileStore(dir);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const collect = async (stream: AsyncIterable<Buffer>) => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const pathOf = (sha256: string) => join(dir, 'sha256', sha256.slice(0, 2), sha256);

describe('a store of files', () => {
  it('keeps bytes under their digest and gives them back', async () => {
    const bytes = randomBytes(4096);
    const stored = await store.put(bytes, { maxBytes: MIB });
    expect(stored).toEqual({ sha256: hash('sha256', bytes), sha512: hash('sha512', bytes), size: 4096 });
    expect(filesIn(dir).map(({ parentPath, name }) => join(parentPath, name))).toEqual([pathOf(stored.sha256)]);
    expect(await store.size(stored.sha256)).toBe(4096);
    expect(await store.read(stored.sha256, 4096)).toEqual(bytes);
    expect(await collect(await store.open(stored.sha256))).toEqual(bytes);
  });

  it('keeps no bytes at all as well', async () => {
    const { sha256, size } = await store.put(new Uint8Array(), { maxBytes: 0 });
    expect(size).toBe(0);
    expect(await store.read(sha256, 0)).toHaveLength(0);
    expect(await collect(await store.open(sha256))).toHaveLength(0);
  });

  it('hashes a stream the same, in whatever pieces it comes', async () => {
    const bytes = randomBytes(3 * MIB + 17);
    const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 2 * MIB), bytes.subarray(2 * MIB)];
    const stored = await store.put(Readable.from(pieces), {
      maxBytes: bytes.length,
      expected: { sha256: hash('sha256', bytes), sha512: hash('sha512', bytes) },
    });
    expect(stored.size).toBe(bytes.length);
    expect(await store.read(stored.sha256, bytes.length)).toEqual(bytes);
  });

  it.each(['sha256', 'sha512'] as const)('leaves nothing behind when the %s is another', async (algorithm) => {
    const expected = { [algorithm]: hash(algorithm, Buffer.from('announced')) };
    for (const source of [Buffer.from('sent'), Readable.from([Buffer.from('sent')])]) {
      const error = await store.put(source, { maxBytes: MIB, expected }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DigestMismatchError);
      expect(error).toMatchObject({
        expected: `${algorithm}:${expected[algorithm]}`,
        found: `${algorithm}:${hash(algorithm, Buffer.from('sent'))}`,
      });
    }
    expect(filesIn(dir)).toEqual([]);
  });

  it('leaves nothing behind when there are too many bytes, and stops reading', async () => {
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 1000;
        yield randomBytes(1000);
      }
    }
    await expect(store.put(endless(), { maxBytes: 5000 })).rejects.toThrow(TooLargeError);
    await expect(store.put(randomBytes(5001), { maxBytes: 5000 })).rejects.toThrow('at most 5000 bytes');
    expect(given).toBe(6000);
    expect(filesIn(dir)).toEqual([]);
  });

  it('leaves nothing behind when the sender goes away', async () => {
    async function* broken() {
      yield randomBytes(1000);
      throw new Error('connection reset');
    }
    await expect(store.put(broken(), { maxBytes: MIB })).rejects.toThrow('connection reset');
    expect(filesIn(dir)).toEqual([]);
  });

  it('says that the disk is full when it is', async () => {
    async function* full() {
      yield randomBytes(10);
      throw Object.assign(new Error('write'), { code: 'ENOSPC' });
    }
    await expect(store.put(full(), { maxBytes: MIB })).rejects.toThrow(StoreFullError);
    expect(filesIn(dir)).toEqual([]);
  });

  it('does not write again what it has', async () => {
    const bytes = randomBytes(100);
    const { sha256 } = await store.put(bytes, { maxBytes: MIB });
    const { ino } = statSync(pathOf(sha256));
    await store.put(bytes, { maxBytes: MIB });
    await store.put(Readable.from([bytes]), { maxBytes: MIB });
    expect(statSync(pathOf(sha256)).ino).toBe(ino);
    expect(filesIn(dir)).toHaveLength(1);
  });

  it('keeps the same bytes once when many send them at once', async () => {
    const bytes = randomBytes(50_000);
    const other = createFileStore(dir);
    const puts = Array.from({ length: 20 }, (_, i) =>
      (i % 2 ? store : other).put(i % 3 ? bytes : Readable.from([bytes]), { maxBytes: MIB }),
    );
    const digests = new Set((await Promise.all(puts)).map(({ sha256 }) => sha256));
    expect([...digests]).toEqual([hash('sha256', bytes)]);
    expect(filesIn(dir)).toHaveLength(1);
  });

  it('writes again what was cut short by a crash', async () => {
    const bytes = randomBytes(100);
    const { sha256 } = await store.put(bytes, { maxBytes: MIB });
    writeFileSync(pathOf(sha256), bytes.subarray(0, 50));
    await store.put(bytes, { maxBytes: MIB });
    expect(await store.read(sha256, 100)).toEqual(bytes);
  });

  it('never gives out damaged bytes', async () => {
    const bytes = randomBytes(100_000);
    const { sha256 } = await store.put(bytes, { maxBytes: MIB });
    const damaged = Buffer.from(bytes);
    damaged[500] = (damaged[500] ?? 0) ^ 1;
    writeFileSync(pathOf(sha256), damaged);
    await expect(store.read(sha256, MIB)).rejects.toThrow(DigestMismatchError);
    await expect(store.open(sha256).then(collect)).rejects.toThrow(DigestMismatchError);
  });

  it('knows what it does not have, and what is too large to read at once', async () => {
    const { sha256 } = await store.put(randomBytes(100), { maxBytes: MIB });
    const unknown = hash('sha256', Buffer.from('never sent'));
    expect(await store.size(unknown)).toBeUndefined();
    await expect(store.read(unknown, MIB)).rejects.toThrow(BlobMissingError);
    await expect(store.open(unknown)).rejects.toThrow(BlobMissingError);
    await expect(store.read(sha256, 99)).rejects.toThrow(TooLargeError);
  });

  it.each(['', '../../etc/passwd', `${'a'.repeat(63)}/`, 'A'.repeat(64), `${'a'.repeat(64)}\n`])(
    'never makes a path of %j',
    async (key) => {
      await expect(Promise.resolve().then(() => store.size(key))).rejects.toThrow(InvalidDigestError);
      await expect(store.open(key)).rejects.toThrow(InvalidDigestError);
      await expect(store.read(key, MIB)).rejects.toThrow(InvalidDigestError);
      const expected = { sha256: key };
      await expect(store.put(Buffer.from('x'), { maxBytes: MIB, expected })).rejects.toThrow(InvalidDigestError);
    },
  );

  it('removes at start what processes that died left there a day ago', () => {
    const [stale, fresh] = [join(dir, 'tmp', 'stale'), join(dir, 'tmp', 'fresh')];
    for (const path of [stale, fresh]) writeFileSync(path, 'half');
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(stale, yesterday, yesterday);
    createFileStore(dir);
    expect(readdirSync(join(dir, 'tmp'))).toEqual(['fresh']);
  });

  it('needs no more memory for more bytes', async () => {
    const chunk = randomBytes(MIB);
    async function* many() {
      for (let i = 0; i < 256; i++) yield chunk;
    }
    const before = process.memoryUsage();
    const { sha256 } = await store.put(many(), { maxBytes: 256 * MIB });
    let read = 0;
    for await (const piece of await store.open(sha256)) read += piece.length;
    const after = process.memoryUsage();
    expect(read).toBe(256 * MIB);
    const grown = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
    expect(grown).toBeLessThan(100 * MIB);
  });
});
