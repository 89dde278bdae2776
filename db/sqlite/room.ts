import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';

/** Errors of a write for which there is no room: the disk is full, the quota used up, the file as large as it may be. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];
/** More than SQLite writes at once: what it was refused, this is refused too. */
const SAMPLE = Buffer.alloc(64 * 1024);

/**
 * Why the files of this database cannot grow, as the system calls it; undefined when they can, or when writing fails for
 * another reason. SQLite tells a quota or a limit of size from a broken disk no more than "disk I/O error": so a file of
 * our own beside them is written where theirs end, and removed.
 */
export function whyNoRoom(path: string): string | undefined {
  const sample = `${path}-room-${process.pid}`;
  try {
    const file = openSync(sample, 'w');
    try {
      const end = Math.max(sizeOf(path), sizeOf(`${path}-wal`));
      for (let written = 0; written < SAMPLE.length; ) {
        written += writeSync(file, SAMPLE, written, SAMPLE.length - written, end + written);
      }
    } finally {
      closeSync(file);
      rmSync(sample, { force: true });
    }
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return NO_ROOM.find((known) => known === code);
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
