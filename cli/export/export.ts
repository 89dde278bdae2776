import { rmSync } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { create } from 'tar';
import type { Client } from '../client.ts';
import { CliError, EXIT, usageError } from '../exit.ts';
import { type Io, printable } from '../io.ts';
import { createCollector, json } from './collector.ts';
import { createFolder, type ExportedFile } from './folder.ts';
import { gather } from './gather.ts';
import { describeExport } from './readme.ts';

const FORMAT = 'waybill-evidence/1';
const EVERY_MS = 5000;

/**
 * Writes everything that is on record about an attestation into a .tar.gz. Made in a folder beside it and renamed at the
 * end: a file of that name is a whole one. The same evidence makes the same bytes. Disk needed meanwhile: twice its size.
 */
export async function exportEvidence(
  io: Io,
  client: Client,
  id: string,
  { file, force = false }: { file: string; force?: boolean | undefined },
): Promise<void> {
  const target = resolve(io.cwd, file);
  if (!force && (await exists(target))) throw usageError(`${file} exists.`, 'Replace it with --force.');
  const draft = await mkdtemp(join(dirname(target), `.${basename(target)}.`)).catch((error: unknown) => {
    throw unwritable(file, error);
  });
  const forget = io.onInterrupt(() => rmSync(draft, { recursive: true, force: true }));
  try {
    const folder = createFolder(join(draft, id));
    const collector = createCollector(client, folder, progressOn(io));
    const { attestation, summaries } = await gather(collector, id);
    const { missing } = collector;
    const { project, pipeline, verdict, judgement, receivedAt } = attestation;
    const told = { attestation, summaries, missing, server: client.url.origin };
    await folder.add('README.txt', 'how to check this archive', describeExport(told, folder.files));
    const files = byPath(folder.files);
    const manifest = { format: FORMAT, attestation: id, project, pipeline, verdict, judgement, files, missing };
    await folder.add('manifest.json', 'this file', json(manifest));

    const archive = join(draft, 'archive.tar.gz');
    await create(
      { file: archive, cwd: draft, gzip: true, portable: true, mtime: new Date(receivedAt), strict: true },
      byPath(folder.files).map(({ path }) => `${id}/${path}`),
    );
    await rename(archive, target);
    io.err(`${printable(file)}: ${files.length + 1} files\n`);
    for (const { what, reason } of missing) io.err(`Not in it: ${printable(`${what}: ${reason}`)}\n`);
  } catch (error) {
    throw isSystemError(error) ? unwritable(file, error) : error;
  } finally {
    await rm(draft, { recursive: true, force: true });
    forget();
  }
}

/** Speaks up about what takes long, and no more than once in a while. */
function progressOn(io: Io): (what: string, size: number, of: number) => void {
  let last = io.now().getTime();
  return (what, size, of) => {
    if (io.now().getTime() - last < EVERY_MS) return;
    last = io.now().getTime();
    io.err(`${printable(what)}: ${mebibytes(size)} of ${mebibytes(of)} MiB\n`);
  };
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 1 });

const byPath = (files: readonly ExportedFile[]): ExportedFile[] => files.toSorted((a, b) => (a.path < b.path ? -1 : 1));

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

function unwritable(file: string, cause: unknown): CliError {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  return new CliError(EXIT.failed, `Could not write ${file}: ${code}.`, { cause });
}
