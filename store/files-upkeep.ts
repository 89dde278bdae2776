import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { placesIn } from './places.ts';
import type { StoreUpkeep, Survey } from './upkeep.ts';

const DIGEST = /^[0-9a-f]{64}$/;

/** Removes from a store of files. When a file was last put is its time of modification, when it was set aside its time of change. */
export function createFileUpkeep(dir: string): StoreUpkeep {
  const { shards, aside, pathOf, asideOf } = placesIn(dir);

  return {
    async survey(share, before) {
      const folder = shards[share];
      if (folder === undefined) throw new RangeError(`expected a share from 0 to ${shards.length - 1}, got ${share}`);
      const survey: Survey = { files: 0, bytes: 0, stale: [] };
      for (const name of await namesIn(folder)) {
        const found = await stat(join(folder, name));
        if (!found) continue;
        survey.files += 1;
        survey.bytes += found.size;
        if (found.mtime < before) survey.stale.push(name);
      }
      return survey;
    },

    async setAside(sha256, before) {
      const found = await stat(pathOf(sha256));
      if (!found || found.mtime >= before) return false;
      return fs.rename(pathOf(sha256), asideOf(sha256)).then(
        () => true,
        (error: unknown) => missing(error, false),
      );
    },

    async listAside(before, limit) {
      const found: { sha256: string; putAt: Date }[] = [];
      for (const name of await namesIn(aside)) {
        const file = await stat(join(aside, name));
        if (file && file.ctime < before) found.push({ sha256: name, putAt: file.mtime });
        if (found.length === limit) break;
      }
      return found;
    },

    async putBack(sha256) {
      // Where it was put anew meanwhile the two are the same bytes.
      await fs.rename(asideOf(sha256), pathOf(sha256)).catch((error: unknown) => missing(error, undefined));
    },

    drop: (sha256) => fs.rm(asideOf(sha256), { force: true }),
  };
}

const namesIn = async (folder: string): Promise<string[]> =>
  (await fs.readdir(folder)).filter((name) => DIGEST.test(name));

const stat = (path: string) => fs.stat(path).catch((error: unknown) => missing(error, undefined));

/** Another process was quicker: that is no failure. */
function missing<T>(error: unknown, instead: T): T {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return instead;
  throw error;
}
