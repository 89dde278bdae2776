import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError, EXIT } from '../exit.ts';

/** A file as the manifest lists it; `path` is below the folder, with slashes. */
export type ExportedFile = { path: string; what: string; size: number; sha256: string };
type Bytes = string | AsyncIterable<Uint8Array>;
/** What the bytes must turn out to be. */
type Expected = { sha256: string; size?: number | undefined };

export type Folder = {
  files: ExportedFile[];
  /** Writes a file and notes its digest; bytes that are not as expected end the command. `heard` is told how many came. */
  add(path: string, what: string, bytes: Bytes, expected?: Expected, heard?: (size: number) => void): Promise<void>;
};

/** Evidence in a folder on disk: nothing is held in memory, whatever its size. */
export function createFolder(folder: string): Folder {
  const files: ExportedFile[] = [];
  return {
    files,
    async add(path, what, bytes, expected, heard) {
      const target = join(folder, ...path.split('/'));
      await mkdir(dirname(target), { recursive: true });
      const written = await write(target, bytes, heard);
      assertExpected(what, written, expected);
      files.push({ path, what, ...written });
    },
  };
}

async function write(target: string, bytes: Bytes, heard: (size: number) => void = () => {}) {
  const hash = createHash('sha256');
  let size = 0;
  // The same mode under every umask, so that the same evidence makes the same archive.
  const file = await open(target, 'wx', 0o600);
  try {
    for await (const chunk of typeof bytes === 'string' ? [Buffer.from(bytes)] : bytes) {
      hash.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
      heard(size);
    }
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

function assertExpected(what: string, found: { size: number; sha256: string }, expected: Expected | undefined): void {
  if (!expected || (found.sha256 === expected.sha256 && (expected.size ?? found.size) === found.size)) return;
  throw new CliError(
    EXIT.failed,
    `${what} did not come as it was signed: expected sha256:${expected.sha256}, found sha256:${found.sha256} in ${found.size} bytes.`,
    {
      code: 'evidence.damaged',
      remedy: 'Try again. If it stays so, the store or something in between is damaged: tell the operators.',
    },
  );
}
