import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Spread, spreadOf } from './stats.ts';

/** What the numbers were taken on. `load` is that of the last minute, before the bench began. */
export type Machine = { cores: number; cpu: string; memory: number; node: string; load: number; fsync: Spread };

export const describeMachine = (dir: string): Machine => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  memory: totalmem(),
  node: process.version,
  load: loadavg()[0] ?? 0,
  fsync: spreadOf(Array.from({ length: 100 }, () => timeFsync(join(dir, 'fsync')))),
});

/** 4 KB to the disk: what every durable write pays at least. */
function timeFsync(path: string): number {
  const file = openSync(path, 'w');
  writeSync(file, Buffer.alloc(4096));
  const since = performance.now();
  fdatasyncSync(file);
  const ms = performance.now() - since;
  closeSync(file);
  rmSync(path);
  return ms;
}
