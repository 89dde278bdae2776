import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { needDigest } from './store.ts';

/** Where a file store keeps what: `sha256/ab/<hex>`, `aside/<hex>` for what is about to be removed, `tmp/` for what is being written. */
export function placesIn(dir: string) {
  const root = resolve(dir);
  const all = join(root, 'sha256');
  const aside = join(root, 'aside');
  return {
    root,
    all,
    aside,
    temporary: join(root, 'tmp'),
    shards: Array.from({ length: 256 }, (_, n) => join(all, n.toString(16).padStart(2, '0'))),
    pathOf(sha256: string): string {
      const hex = needDigest('sha256', sha256);
      return join(all, hex.slice(0, 2), hex);
    },
    asideOf: (sha256: string): string => join(aside, needDigest('sha256', sha256)),
  };
}

/** All of them at once, durably: a first file in a new folder would have to wait for the parents' disk writes too. */
export function makeFolders({ root, all, aside, temporary, shards }: ReturnType<typeof placesIn>): void {
  const made = fs.mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const folder of [temporary, aside, ...shards]) fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const changed = [all, root];
  for (let folder = root; made && folder !== dirname(made); folder = dirname(folder)) changed.push(dirname(folder));
  for (const folder of changed) {
    const opened = fs.openSync(folder, 'r');
    fs.fsyncSync(opened);
    fs.closeSync(opened);
  }
}
