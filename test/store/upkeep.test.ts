import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../store/files.ts';
import { createFileUpkeep } from '../../store/files-upkeep.ts';
import { BlobMissingError, type ContentStore } from '../../store/store.ts';
import type { StoreUpkeep } from '../../store/upkeep.ts';

const DAY_MS = 86_400_000;

let dir: string;
let store: ContentStore;
let upkeep: StoreUpkeep;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-upkeep-'));
  store = createFileStore(dir);
  upkeep = createFileUpkeep(dir);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const dayAgo = () => new Date(Date.now() - DAY_MS);
const soon = () => new Date(Date.now() + 1000);
const shareOf = (sha256: string) => Number.parseInt(sha256.slice(0, 2), 16);
const put = async (bytes: Buffer) => (await store.put(bytes, { maxBytes: 1e6 })).sha256;

/** Put two days ago. */
async function putLongAgo(bytes: Buffer): Promise<string> {
  const sha256 = await put(bytes);
  const then = new Date(Date.now() - 2 * DAY_MS);
  utimesSync(join(dir, 'sha256', sha256.slice(0, 2), sha256), then, then);
  return sha256;
}

describe('the upkeep of a store of files', () => {
  it('looks at one share at a time: how much lies there, and what nobody has put for so long', async () => {
    const old = await putLongAgo(randomBytes(100));
    const young = await put(randomBytes(50));
    const found = await upkeep.survey(shareOf(old), dayAgo());
    expect(found).toEqual({
      files: shareOf(old) === shareOf(young) ? 2 : 1,
      bytes: shareOf(old) === shareOf(young) ? 150 : 100,
      stale: [old],
    });
    await expect(upkeep.survey(256, dayAgo())).rejects.toThrow('expected a share from 0 to 255, got 256');
  });

  it('counts a put of the same bytes as new: their age begins again', async () => {
    const bytes = randomBytes(100);
    const sha256 = await putLongAgo(bytes);
    await put(bytes);
    expect((await upkeep.survey(shareOf(sha256), dayAgo())).stale).toEqual([]);
    expect(await upkeep.setAside(sha256, dayAgo())).toBe(false);
  });

  it('sets aside what readers still find, and drops it later', async () => {
    const bytes = randomBytes(100);
    const sha256 = await putLongAgo(bytes);
    expect(await upkeep.setAside(sha256, dayAgo())).toBe(true);
    expect(await upkeep.setAside(sha256, dayAgo())).toBe(false);
    expect(await store.read(sha256, 100)).toEqual(bytes);
    expect(await store.size(sha256)).toBe(100);
    expect(await upkeep.listAside(dayAgo(), 10)).toEqual([]);
    expect(await upkeep.listAside(soon(), 10)).toMatchObject([{ sha256 }]);
    await upkeep.drop(sha256);
    await upkeep.drop(sha256);
    await expect(store.read(sha256, 100)).rejects.toThrow(BlobMissingError);
    expect(await store.size(sha256)).toBeUndefined();
  });

  it('puts back what is wanted after all, also where it was put anew meanwhile', async () => {
    const bytes = randomBytes(100);
    const sha256 = await putLongAgo(bytes);
    await upkeep.setAside(sha256, dayAgo());
    await upkeep.putBack(sha256);
    expect((await upkeep.survey(shareOf(sha256), dayAgo())).files).toBe(1);
    await upkeep.setAside(sha256, dayAgo());
    await put(bytes);
    await upkeep.putBack(sha256);
    await upkeep.putBack(sha256);
    expect(readdirSync(join(dir, 'aside'))).toEqual([]);
    expect(await store.read(sha256, 100)).toEqual(bytes);
  });

  it('keeps what was put while the same was set aside, when that is dropped', async () => {
    const bytes = randomBytes(100);
    const sha256 = await putLongAgo(bytes);
    await upkeep.setAside(sha256, dayAgo());
    await store.put(
      (async function* () {
        yield bytes;
      })(),
      { maxBytes: 100 },
    );
    await upkeep.drop(sha256);
    expect(await store.read(sha256, 100)).toEqual(bytes);
  });

  it('never lets a reader or a sender miss bytes while they are moved to and fro', async () => {
    const bytes = randomBytes(1000);
    const sha256 = await putLongAgo(bytes);
    let moving = true;
    const moves = (async () => {
      for (let n = 0; n < 200; n++) {
        await upkeep.setAside(sha256, soon());
        await upkeep.putBack(sha256);
      }
      moving = false;
    })();
    while (moving) {
      expect(await store.read(sha256, 1000)).toEqual(bytes);
      await put(bytes);
    }
    await moves;
    expect(await store.read(sha256, 1000)).toEqual(bytes);
  });
});
